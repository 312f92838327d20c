"""Earth-centred coordinates, and the flat frame about a point in which two neighbours are compared.

A frame is taken at a point of the ellipsoid near the pair. A neighbour's chord from there is turned into the
frame's east, north, up and stretched to its arc, s = c (1 + c^2/24 R^2 + 3 c^4/640 R^4): the azimuthal
equidistant projection. Against Karney's geodesics the position is off by less than 0.2 mm up to 20 km and 0.2
m up to 200 km (tests/unit/conflict/test_frame.py). What the projection itself does to the distance of two
neighbours is stated in docs/explanation/geometry.md. There is no seam at the antimeridian or the poles.

Scalar functions take and give plain floats in metres, so that they can be compiled as they stand.
"""

import math
from typing import Any

import numpy as np

from openline.airspace.geodesy import EQUATORIAL_RADIUS_M, FLATTENING, GEOD, ecef

EQUATORIAL_M = EQUATORIAL_RADIUS_M
POLAR_M = EQUATORIAL_RADIUS_M * (1.0 - FLATTENING)
ECCENTRICITY2 = FLATTENING * (2.0 - FLATTENING)

Frame = tuple[float, float, float, float, float, float, float, float, float, float]
"""Origin x, y, z; first axis x, y, z; second axis x, y, z; radius."""

Floats = np.ndarray[Any, np.dtype[np.float64]]


def earth_centred(latitude_deg: Floats, longitude_deg: Floats) -> Floats:
    """Points of the ellipsoid's surface as an (n, 3) array of metres."""
    return np.stack(ecef(latitude_deg, longitude_deg), axis=-1)


def degrees_of(x: float, y: float, z: float) -> tuple[float, float]:
    """Latitude and longitude of the point of the surface near (x, y, z), which lies on the surface but for
    rounding.
    """
    latitude = math.degrees(math.atan2(z, math.hypot(x, y) * (1.0 - ECCENTRICITY2)))
    return latitude, math.degrees(math.atan2(y, x))


def on_surface(x: float, y: float, z: float) -> tuple[float, float, float]:
    """The point of the ellipsoid on the ray from the Earth's centre."""
    scale = 1.0 / math.sqrt((x * x + y * y) / (EQUATORIAL_M * EQUATORIAL_M) + z * z / (POLAR_M * POLAR_M))
    return x * scale, y * scale, z * scale


def frame_at(x: float, y: float, z: float) -> Frame:
    """The flat frame at the surface under (x, y, z). The axes' direction is any: only distances are read from
    it.
    """
    x, y, z = on_surface(x, y, z)
    nx, ny, nz = x / EQUATORIAL_M**2, y / EQUATORIAL_M**2, z / POLAR_M**2
    length = math.sqrt(nx * nx + ny * ny + nz * nz)
    nx, ny, nz = nx / length, ny / length, nz / length
    # East is undefined at a pole, so where the normal is steep the first axis is taken from the x axis
    # instead.
    ax, ay, az = (-ny, nx, 0.0) if abs(nz) < 0.9 else (0.0, nz, -ny)
    length = math.sqrt(ax * ax + ay * ay + az * az)
    ax, ay, az = ax / length, ay / length, az / length
    bx, by, bz = ny * az - nz * ay, nz * ax - nx * az, nx * ay - ny * ax
    # Gauss's mean radius of curvature at this latitude (nz is the latitude's sine).
    radius = EQUATORIAL_M * math.sqrt(1.0 - ECCENTRICITY2) / (1.0 - ECCENTRICITY2 * nz * nz)
    return x, y, z, ax, ay, az, bx, by, bz, radius


def flatten(frame: Frame, x: float, y: float, z: float) -> tuple[float, float]:
    """A neighbour's place in the frame, metres."""
    ox, oy, oz, ax, ay, az, bx, by, bz, radius = frame
    dx, dy, dz = x - ox, y - oy, z - oz
    u = dx * ax + dy * ay + dz * az
    v = dx * bx + dy * by + dz * bz
    level = math.hypot(u, v)
    if level == 0.0:
        return 0.0, 0.0
    chord2 = dx * dx + dy * dy + dz * dz
    angle2 = chord2 / (radius * radius)
    arc = math.sqrt(chord2) * (1.0 + angle2 / 24.0 + 3.0 * angle2 * angle2 / 640.0)
    return u * arc / level, v * arc / level


def geodesic_m(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """Karney's geodesic distance on WGS84: exact to 15 nm (C. F. F. Karney, J. Geodesy 87, 2013)."""
    return float(GEOD.inv(longitude_a, latitude_a, longitude_b, latitude_b)[2])


def ahead(latitude: float, longitude: float, azimuth: float, distance: float) -> tuple[float, float]:
    """Latitude and longitude after a distance along the geodesic that starts at an azimuth."""
    lon, lat, _ = GEOD.fwd(longitude, latitude, azimuth, distance)
    return float(lat), float(lon)


def between(
    latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float
) -> tuple[float, float]:
    """The middle of the geodesic from a to b."""
    azimuth, _, distance = GEOD.inv(longitude_a, latitude_a, longitude_b, latitude_b)
    return ahead(latitude_a, longitude_a, float(azimuth), 0.5 * float(distance))
