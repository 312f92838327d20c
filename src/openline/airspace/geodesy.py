"""Geodesics of the WGS84 ellipsoid: the shortest way between places, and a plane to see a neighbourhood in.

All of it rests on pyproj.Geod (Karney, "Algorithms for geodesics", J. Geodesy 87, 2013: accurate to 15 nm).
Angles are degrees, lengths metres, arguments floats or numpy arrays that broadcast together. Results are
floats: they decide geometry, and enter no id and no digest.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
import pyproj

from openline.airspace import checks
from openline.airspace.position import Position, from_ecef
from openline.errors import Invalid

Floats = npt.NDArray[np.float64]

GEOD: Final = pyproj.Geod(ellps="WGS84")
EQUATORIAL_RADIUS_M: Final = 6_378_137.0
FLATTENING: Final = 1 / 298.257223563
LEAST_RADIUS_M: Final = 6_335_439.0
"""The least radius of curvature of the ellipsoid: along the meridian at the equator, a (1 - e^2)."""
EARTH_AREA_M2: Final = 510_065_621_724_088.0
_ECCENTRICITY_2: Final = FLATTENING * (2 - FLATTENING)
_MAX_DENSIFIED: Final = 2_000_000


def inverse(
    latitude_deg: Any, longitude_deg: Any, to_latitude_deg: Any, to_longitude_deg: Any
) -> tuple[Floats, Floats]:
    """Distance in metres and azimuth at the first place in degrees (clockwise from north) of the shortest
    way.
    """
    lat1, lon1, lat2, lon2 = _broadcast(latitude_deg, longitude_deg, to_latitude_deg, to_longitude_deg)
    azimuth, _, distance = GEOD.inv(lon1, lat1, lon2, lat2)
    return np.asarray(distance, dtype=np.float64), np.asarray(azimuth, dtype=np.float64)


def direct(latitude_deg: Any, longitude_deg: Any, azimuth_deg: Any, distance_m: Any) -> tuple[Floats, Floats]:
    """Latitude and longitude of where one comes to."""
    lat, lon, azimuth, distance = _broadcast(latitude_deg, longitude_deg, azimuth_deg, distance_m)
    to_lon, to_lat, _ = GEOD.fwd(lon, lat, azimuth, distance)
    return np.asarray(to_lat, dtype=np.float64), np.asarray(to_lon, dtype=np.float64)


def distance_m(first: Position, second: Position) -> float:
    """Between two positions on the ellipsoid."""
    _, _, distance = GEOD.inv(
        first.longitude_deg, first.latitude_deg, second.longitude_deg, second.latitude_deg
    )
    return float(distance)


def along(first: Position, second: Position, fraction: float) -> Position:
    """The position at ``fraction`` (0 to 1) of the geodesic from first to second; the ends themselves at 0
    and 1.
    """
    if fraction <= 0.0:
        return first
    if fraction >= 1.0:
        return second
    azimuth, _, distance = GEOD.inv(
        first.longitude_deg, first.latitude_deg, second.longitude_deg, second.latitude_deg
    )
    lon, lat, _ = GEOD.fwd(first.longitude_deg, first.latitude_deg, azimuth, distance * fraction)
    return Position(float(lat), float(lon))


def densify(
    latitudes_deg: Any, longitudes_deg: Any, step_m: float, *, closed: bool = True
) -> tuple[Floats, Floats]:
    """The same ring (or path, where not closed) with points along its geodesic edges no more than ``step_m``
    apart.

    Every given vertex is kept as it is; a ring is open, its closing edge from last to first is followed too.
    Raises Invalid "densify-too-fine" where the result would pass two million points.
    """
    lat = np.atleast_1d(np.asarray(latitudes_deg, dtype=np.float64))
    lon = np.atleast_1d(np.asarray(longitudes_deg, dtype=np.float64))
    lat_from, lon_from = (lat, lon) if closed else (lat[:-1], lon[:-1])
    lat_to, lon_to = (np.roll(lat, -1), np.roll(lon, -1)) if closed else (lat[1:], lon[1:])
    distance, azimuth = inverse(lat_from, lon_from, lat_to, lon_to)
    pieces = _pieces(distance, step_m)
    edge = np.repeat(np.arange(pieces.size), pieces)
    nth = np.arange(edge.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    dense_lat, dense_lon = direct(
        lat_from[edge], lon_from[edge], azimuth[edge], distance[edge] * nth / pieces[edge]
    )
    dense_lat[nth == 0], dense_lon[nth == 0] = lat_from, lon_from
    if closed:
        return dense_lat, dense_lon
    return np.append(dense_lat, lat[-1]), np.append(dense_lon, lon[-1])


def _pieces(distance_m: Floats, step_m: float) -> npt.NDArray[np.int64]:
    checks.real(step_m, "step_m", 1e-3, 1e8, "step_m")
    pieces = np.maximum(1, np.ceil(distance_m / step_m)).astype(np.int64)
    if int(pieces.sum()) > _MAX_DENSIFIED:
        raise Invalid("densify-too-fine", f"steps of {step_m} m make {int(pieces.sum()):,} points")
    return pieces


class LocalFrame(msgspec.Struct, frozen=True):
    """The azimuthal equidistant plane about a place: x east, y north, metres; exact in distance and azimuth
    from there.

    It goes through the geodesic inverse and direct problems themselves, so it holds over the antimeridian, at
    the poles and up to (not at) the antipode. Distances not through its centre are stretched, never shrunk by
    more than rounding: by at most `distortion` within a radius.
    """

    latitude_deg: float
    longitude_deg: float

    @classmethod
    def at(cls, position: Position) -> "LocalFrame":
        return cls(position.latitude_deg, position.longitude_deg)

    def project(self, latitude_deg: Any, longitude_deg: Any) -> tuple[Floats, Floats]:
        """Degrees to x, y in metres."""
        distance, azimuth = inverse(self.latitude_deg, self.longitude_deg, latitude_deg, longitude_deg)
        angle = np.radians(azimuth)
        return distance * np.sin(angle), distance * np.cos(angle)

    def unproject(self, x_m: Any, y_m: Any) -> tuple[Floats, Floats]:
        """Metres to latitude and longitude in degrees."""
        x, y = np.asarray(x_m, dtype=np.float64), np.asarray(y_m, dtype=np.float64)
        return direct(self.latitude_deg, self.longitude_deg, np.degrees(np.arctan2(x, y)), np.hypot(x, y))

    @staticmethod
    def distortion(radius_m: float) -> float:
        """How much longer, in parts of itself, a short line within ``radius_m`` of the centre may appear:
        4e-5 at 100 km.

        Across the direction to the centre a geodesic disc's rim is stretched by s / m, with m the reduced
        length; on a sphere of radius R that is (s/R) / sin(s/R) <= 1 + (s/R)^2/6 + (s/R)^4/32 for s < R. R is
        taken as the least radius of curvature of the ellipsoid (Rauch's comparison), so that it bounds. Valid
        to 6,000 km.
        """
        turn = radius_m / LEAST_RADIUS_M
        return turn**2 / 6 + turn**4 / 32


def ecef(latitude_deg: Any, longitude_deg: Any) -> tuple[Floats, Floats, Floats]:
    """Earth-centred coordinates in metres of places on the ellipsoid."""
    lat, lon = np.radians(latitude_deg), np.radians(longitude_deg)
    normal = EQUATORIAL_RADIUS_M / np.sqrt(1 - _ECCENTRICITY_2 * np.sin(lat) ** 2)
    return (
        normal * np.cos(lat) * np.cos(lon),
        normal * np.cos(lat) * np.sin(lon),
        normal * (1 - _ECCENTRICITY_2) * np.sin(lat),
    )


def ring_centre(latitudes_deg: Any, longitudes_deg: Any) -> Position:
    """A place amid the given ones, over the antimeridian and around a pole too: the direction of their mean
    ECEF vector.

    Raises Invalid "no-direction" where they lie evenly all around the Earth.
    """
    x, y, z = ecef(np.asarray(latitudes_deg, dtype=np.float64), np.asarray(longitudes_deg, dtype=np.float64))
    mean_x, mean_y, mean_z = float(np.mean(x)), float(np.mean(y)), float(np.mean(z))
    # The ECEF vector points at the geocentric latitude; 1 / (1 - e^2) makes it the geodetic one, to within
    # the mean's use.
    if np.sqrt(mean_x**2 + mean_y**2 + mean_z**2) < 1.0:
        return from_ecef(0.0, 0.0, 0.0)
    return from_ecef(mean_x, mean_y, mean_z / (1 - _ECCENTRICITY_2))


def centre_of(positions: Sequence[Position]) -> Position:
    """`ring_centre` of positions."""
    return ring_centre([p.latitude_deg for p in positions], [p.longitude_deg for p in positions])


def ring_area_m2(latitudes_deg: Any, longitudes_deg: Any) -> float:
    """Of the smaller of the two parts into which the ring's geodesic edges divide the ellipsoid, in either
    orientation.
    """
    area, _ = GEOD.polygon_area_perimeter(
        np.asarray(longitudes_deg, dtype=np.float64), np.asarray(latitudes_deg, dtype=np.float64)
    )
    return min(abs(float(area)), EARTH_AREA_M2 - abs(float(area)))


def _broadcast(*values: Any) -> tuple[Floats, ...]:
    """Own, writable copies: pyproj may work in place."""
    arrays = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values))
    return tuple(np.array(array) for array in arrays)
