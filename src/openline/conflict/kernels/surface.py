"""The WGS84 ellipsoid in compiled code: places, geodesics, and flat frames in which neighbours are compared.

Places are earth-centred metres on the surface. Two flat pictures of a neighbourhood are used:

`project` looks from the centre of the sphere that fits the surface at the frame's origin: a geodesic is drawn
as a straight line (10 km of it within 100 km of the origin to 0.1 mm), lengths grow with the square of the
distance (2.5e-6 at 10 km). For what meets and what is inside.

`flatten` keeps the distance and direction from the origin (azimuthal equidistant): lengths near it are true
to 1e-6 within 10 km, geodesics bend by some 0.4 mm. For what moves.

What decides a distance is `arc_m`, between two places.
"""

import math
from typing import Final

from openline.airspace.geodesy import EQUATORIAL_RADIUS_M, FLATTENING, LEAST_RADIUS_M
from openline.conflict.kernels.jit import inlined, kernel

A: Final = EQUATORIAL_RADIUS_M
F: Final = FLATTENING
B: Final = A * (1.0 - F)
E2: Final = F * (2.0 - F)
SECOND_E2: Final = E2 / (1.0 - E2)

Triple = tuple[float, float, float]
Frame = tuple[float, float, float, float, float, float, float, float, float, float, float, float, float]
"""Origin x, y, z; first axis; second axis; the normal (outward); the radius of the sphere that fits."""


@kernel
def ecef(latitude_deg: float, longitude_deg: float) -> Triple:
    """The place of the surface there."""
    latitude, longitude = math.radians(latitude_deg), math.radians(longitude_deg)
    sine, cosine = math.sin(latitude), math.cos(latitude)
    normal = A / math.sqrt(1.0 - E2 * sine * sine)
    across = normal * cosine
    return across * math.cos(longitude), across * math.sin(longitude), normal * (1.0 - E2) * sine


@kernel
def degrees_of(x: float, y: float, z: float) -> tuple[float, float]:
    """Latitude and longitude of a place on (or metres from) the surface."""
    latitude = math.degrees(math.atan2(z, math.hypot(x, y) * (1.0 - E2)))
    return latitude, math.degrees(math.atan2(y, x))


@kernel
def normal_at(x: float, y: float, z: float) -> Triple:
    """The outward normal of the surface there, of length 1."""
    nx, ny, nz = x / (A * A), y / (A * A), z / (B * B)
    length = math.sqrt(nx * nx + ny * ny + nz * nz)
    return nx / length, ny / length, nz / length


@kernel
def on_surface(x: float, y: float, z: float) -> Triple:
    """A place of the surface, beside the one straight above or below by less than 1 nm from 2 m away, 0.5 mm
    from 1 km and 0.5 m from 30 km (Newton's method along the gradient).
    """
    for _ in range(3):
        excess = (x * x + y * y) / (A * A) + z * z / (B * B) - 1.0
        gx, gy, gz = 2.0 * x / (A * A), 2.0 * y / (A * A), 2.0 * z / (B * B)
        step = excess / (gx * gx + gy * gy + gz * gz)
        x, y, z = x - step * gx, y - step * gy, z - step * gz
    return x, y, z


@kernel
def along_chord(x0: float, y0: float, z0: float, x1: float, y1: float, z1: float, share: float) -> Triple:
    """The place at a share of the geodesic of up to 10 km between two places: at most 2 um beside it, and 0.4
    mm before or behind the share along it.
    """
    rest = 1.0 - share
    return on_surface(rest * x0 + share * x1, rest * y0 + share * y1, rest * z0 + share * z1)


@kernel
def arc_m(ax: float, ay: float, az: float, bx: float, by: float, bz: float) -> float:
    """The length of the geodesic between two places, from their chord and the curvature along it.

    Off by less than 0.1 mm up to 20 km and 1 mm up to 200 km, against Karney's (the test has the figures).
    The curvature is Euler's, of the normal section at the middle.
    """
    dx, dy, dz = bx - ax, by - ay, bz - az
    square = dx * dx + dy * dy + dz * dz
    if square == 0.0:
        return 0.0
    nx, ny, nz = normal_at(ax + bx, ay + by, az + bz)
    level = nx * nx + ny * ny
    # The share of the way that runs east; at a pole every direction is curved alike.
    east = (nx * dy - ny * dx) ** 2 / (level * square) if level > 1e-12 else 0.0
    flat = 1.0 - E2 * nz * nz
    across = A / math.sqrt(flat)
    meridian = across * (1.0 - E2) / flat
    curvature = east / across + (1.0 - east) / meridian
    turn2 = square * curvature * curvature
    return math.sqrt(square) * (1.0 + turn2 * (1.0 / 24.0 + turn2 * (3.0 / 640.0 + turn2 * 5.0 / 7168.0)))


# Frames -----------------------------------------------------------------------------------------------------
@kernel
def frame_at(x: float, y: float, z: float) -> Frame:
    """About the place of the surface in the direction of (x, y, z)."""
    # Any scale will do for the direction; what is far below the surface is first brought near it.
    scale = 1.0 / math.sqrt((x * x + y * y) / (A * A) + z * z / (B * B))
    x, y, z = on_surface(x * scale, y * scale, z * scale)
    return frame_on(x, y, z)


@kernel
def frame_on(x: float, y: float, z: float) -> Frame:
    """About a place of the surface. The axes' direction is any: only distances are read from it."""
    nx, ny, nz = normal_at(x, y, z)
    # East is undefined at a pole, so where the normal is steep the first axis is taken from the x axis.
    if abs(nz) < 0.9:
        ax, ay, az = -ny, nx, 0.0
    else:
        ax, ay, az = 0.0, nz, -ny
    length = math.sqrt(ax * ax + ay * ay + az * az)
    ax, ay, az = ax / length, ay / length, az / length
    bx, by, bz = ny * az - nz * ay, nz * ax - nx * az, nx * ay - ny * ax
    # Gauss's mean radius of curvature at this latitude (nz is the latitude's sine).
    radius = A * math.sqrt(1.0 - E2) / (1.0 - E2 * nz * nz)
    return x, y, z, ax, ay, az, bx, by, bz, nx, ny, nz, radius


@inlined
def project(frame: Frame, x: float, y: float, z: float) -> tuple[float, float]:
    """A place in the frame, geodesics as straight lines; within 5,000 km of the origin."""
    ox, oy, oz, ax, ay, az, bx, by, bz, nx, ny, nz, radius = frame
    dx, dy, dz = x - ox, y - oy, z - oz
    scale = radius / (radius + dx * nx + dy * ny + dz * nz)
    return scale * (dx * ax + dy * ay + dz * az), scale * (dx * bx + dy * by + dz * bz)


@kernel
def flatten(frame: Frame, x: float, y: float, z: float) -> tuple[float, float]:
    """A place in the frame, distance and direction from the origin kept; to 0.2 mm up to 20 km, 0.2 m up to
    200 km.
    """
    ox, oy, oz, ax, ay, az, bx, by, bz, _, _, _, radius = frame
    dx, dy, dz = x - ox, y - oy, z - oz
    u = dx * ax + dy * ay + dz * az
    v = dx * bx + dy * by + dz * bz
    level = math.sqrt(u * u + v * v)
    if level == 0.0:
        return 0.0, 0.0
    chord2 = dx * dx + dy * dy + dz * dz
    angle2 = chord2 / (radius * radius)
    scale = math.sqrt(chord2) * (1.0 + angle2 / 24.0 + 3.0 * angle2 * angle2 / 640.0) / level
    return u * scale, v * scale


# Geodesics --------------------------------------------------------------------------------------------------
@kernel
def inverse(
    latitude_deg: float, longitude_deg: float, to_latitude_deg: float, to_longitude_deg: float
) -> Triple:
    """Length (m) of the geodesic, its azimuth at the first place and at the second (degrees).

    T. Vincenty, "Direct and inverse solutions of geodesics on the ellipsoid", Survey Review 23 (1975), with
    Helmert's expansion: within 0.1 mm of Karney's up to 15,000 km. Not for places that are nearly opposite.
    """
    reduced1 = math.atan((1.0 - F) * math.tan(math.radians(latitude_deg)))
    reduced2 = math.atan((1.0 - F) * math.tan(math.radians(to_latitude_deg)))
    sine1, cosine1, sine2, cosine2 = (
        math.sin(reduced1), math.cos(reduced1), math.sin(reduced2), math.cos(reduced2),
    )  # fmt: skip
    longitude = math.radians(_turned(to_longitude_deg - longitude_deg))
    turn = longitude
    sin_arc = cos_arc = arc = sin_equator = cos2_equator = cos_middle = 0.0
    for _ in range(200):
        sin_turn, cos_turn = math.sin(turn), math.cos(turn)
        ahead, aside = cosine1 * sine2 - sine1 * cosine2 * cos_turn, cosine2 * sin_turn
        sin_arc = math.sqrt(aside * aside + ahead * ahead)
        if sin_arc == 0.0:
            return 0.0, 0.0, 0.0
        cos_arc = sine1 * sine2 + cosine1 * cosine2 * cos_turn
        arc = math.atan2(sin_arc, cos_arc)
        sin_equator = cosine1 * cosine2 * sin_turn / sin_arc
        cos2_equator = 1.0 - sin_equator * sin_equator
        cos_middle = cos_arc - 2.0 * sine1 * sine2 / cos2_equator if cos2_equator > 1e-15 else 0.0
        c = F / 16.0 * cos2_equator * (4.0 + F * (4.0 - 3.0 * cos2_equator))
        before = turn
        turn = longitude + (1.0 - c) * F * sin_equator * (
            arc + c * sin_arc * (cos_middle + c * cos_arc * (2.0 * cos_middle * cos_middle - 1.0))
        )
        if abs(turn - before) < 1e-14:
            break
    sin_turn, cos_turn = math.sin(turn), math.cos(turn)
    a, b = _series(cos2_equator * SECOND_E2)
    metres = B * a * (arc - _correction(b, sin_arc, cos_arc, cos_middle))
    first = math.atan2(cosine2 * sin_turn, cosine1 * sine2 - sine1 * cosine2 * cos_turn)
    second = math.atan2(cosine1 * sin_turn, -sine1 * cosine2 + cosine1 * sine2 * cos_turn)
    return metres, math.degrees(first), math.degrees(second)


@kernel
def direct(latitude_deg: float, longitude_deg: float, azimuth_deg: float, metres: float) -> Triple:
    """Latitude, longitude (-180 to 180) and azimuth after so many metres of the geodesic. Vincenty, as
    `inverse`.
    """
    azimuth = math.radians(azimuth_deg)
    sin_azimuth, cos_azimuth = math.sin(azimuth), math.cos(azimuth)
    # atan2 of sine and cosine, so that a pole is an angle like others.
    latitude = math.radians(latitude_deg)
    reduced = math.atan2((1.0 - F) * math.sin(latitude), math.cos(latitude))
    sine, cosine = math.sin(reduced), math.cos(reduced)
    start = math.atan2(sine, cosine * cos_azimuth)
    sin_equator = cosine * sin_azimuth
    cos2_equator = 1.0 - sin_equator * sin_equator
    a, b = _series(cos2_equator * SECOND_E2)
    plain = metres / (B * a)
    arc = plain
    for _ in range(200):
        cos_middle = math.cos(2.0 * start + arc)
        before = arc
        arc = plain + _correction(b, math.sin(arc), math.cos(arc), cos_middle)
        if abs(arc - before) < 1e-15:
            break
    sin_arc, cos_arc, cos_middle = math.sin(arc), math.cos(arc), math.cos(2.0 * start + arc)
    level = sine * sin_arc - cosine * cos_arc * cos_azimuth
    to_latitude = math.atan2(
        sine * cos_arc + cosine * sin_arc * cos_azimuth,
        (1.0 - F) * math.sqrt(sin_equator * sin_equator + level * level),
    )
    turn = math.atan2(sin_arc * sin_azimuth, cosine * cos_arc - sine * sin_arc * cos_azimuth)
    c = F / 16.0 * cos2_equator * (4.0 + F * (4.0 - 3.0 * cos2_equator))
    longitude = turn - (1.0 - c) * F * sin_equator * (
        arc + c * sin_arc * (cos_middle + c * cos_arc * (2.0 * cos_middle * cos_middle - 1.0))
    )
    onward = math.atan2(sin_equator, -level)
    east = _turned(longitude_deg + math.degrees(longitude))
    return math.degrees(to_latitude), east, math.degrees(onward)


@kernel
def _series(u2: float) -> tuple[float, float]:
    """Vincenty's A and B of u^2, by Helmert's k1 (Vincenty's own addendum of 1976)."""
    root = math.sqrt(1.0 + u2)
    k = (root - 1.0) / (root + 1.0)
    return (1.0 + 0.25 * k * k) / (1.0 - k), k * (1.0 - 0.375 * k * k)


@kernel
def _correction(b: float, sin_arc: float, cos_arc: float, cos_middle: float) -> float:
    twice = 2.0 * cos_middle * cos_middle - 1.0
    last = b / 6.0 * cos_middle * (4.0 * sin_arc * sin_arc - 3.0) * (4.0 * cos_middle * cos_middle - 3.0)
    return b * sin_arc * (cos_middle + 0.25 * b * (cos_arc * twice - last))


@kernel
def _turned(angle_deg: float) -> float:
    """The same direction, from -180 to 180 degrees; exact where it is there already."""
    return angle_deg - 360.0 * math.floor((angle_deg + 180.0) / 360.0)


# Any distance -----------------------------------------------------------------------------------------------
NEAR_M: Final = 200_000.0


@kernel
def geodesic_m(ax: float, ay: float, az: float, bx: float, by: float, bz: float) -> float:
    """The length of the geodesic between two places, near or far (not nearly opposite)."""
    if (bx - ax) ** 2 + (by - ay) ** 2 + (bz - az) ** 2 <= NEAR_M * NEAR_M:
        return arc_m(ax, ay, az, bx, by, bz)
    latitude, longitude = degrees_of(ax, ay, az)
    to_latitude, to_longitude = degrees_of(bx, by, bz)
    metres, _, _ = inverse(latitude, longitude, to_latitude, to_longitude)
    return metres


@kernel
def longest_arc_m(chord_m: float) -> float:
    """No geodesic with this chord is longer: the arc of the sphere that is curved as the ellipsoid is at
    most.
    """
    half = min(1.0, 0.5 * chord_m / LEAST_RADIUS_M)
    return 2.0 * LEAST_RADIUS_M * math.asin(half)
