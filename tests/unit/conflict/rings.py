"""Many rings in flat arrays, and drawings laid on the ellipsoid: what the vectorised oracle works on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pyproj import Geod

from openline.airspace.volume import Polygon, Position

GEOD = Geod(ellps="WGS84")
EQUATORIAL_M = GEOD.a
ECCENTRICITY2 = GEOD.es
BANDS_DEG = (-180.0, 180.0)


@dataclass(frozen=True)
class Rings:
    """Ring k is lat, lon [offsets[k] : offsets[k + 1]], open, degrees."""

    lat: np.ndarray
    lon: np.ndarray
    offsets: np.ndarray

    @classmethod
    def even(cls, lat: np.ndarray, lon: np.ndarray) -> "Rings":
        """From (n, vertices) arrays."""
        count, vertices = lat.shape
        return cls(lat.ravel(), wrapped(lon.ravel()), np.arange(count + 1) * vertices)

    @classmethod
    def joined(cls, parts: "Sequence[Rings]") -> "Rings":
        counts = np.concatenate([part.counts for part in parts])
        lat, lon = (np.concatenate([getattr(part, name) for part in parts]) for name in ("lat", "lon"))
        return cls(lat, lon, np.append(0, np.cumsum(counts)))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def counts(self) -> np.ndarray:
        return np.diff(self.offsets)

    @property
    def owner(self) -> np.ndarray:
        """The ring of each vertex."""
        return np.repeat(np.arange(len(self)), self.counts)

    @property
    def following(self) -> np.ndarray:
        """The row of the next vertex of the same ring."""
        then = np.arange(1, len(self.lat) + 1)
        then[self.offsets[1:] - 1] = self.offsets[:-1]
        return then

    @property
    def lonlat(self) -> np.ndarray:
        return np.stack([self.lon, self.lat], axis=1)

    def taken(self, chosen: np.ndarray) -> "Rings":
        """The chosen rings, in that order."""
        counts = self.counts[chosen]
        offsets = np.append(0, np.cumsum(counts))
        rows = np.repeat(self.offsets[:-1][chosen] - offsets[:-1], counts) + np.arange(offsets[-1])
        return Rings(self.lat[rows], self.lon[rows], offsets)

    def interleaved(self, other: "Rings") -> "Rings":
        """Row 2k is ring k of this, row 2k + 1 ring k of the other."""
        order = np.arange(2 * len(self)).reshape(2, -1).T.ravel()
        return Rings.joined((self, other)).taken(order)

    def reversed(self) -> "Rings":
        """Each written the other way round, from its last vertex."""
        rows = np.repeat(self.offsets[:-1] + self.offsets[1:] - 1, self.counts) - np.arange(len(self.lat))
        return Rings(self.lat[rows], self.lon[rows], self.offsets)

    def ring(self, k: int) -> np.ndarray:
        """(m, 2), longitude first."""
        return self.lonlat[self.offsets[k] : self.offsets[k + 1]]

    def polygon(self, k: int) -> Polygon:
        return Polygon(tuple(Position(float(lat), float(lon)) for lon, lat in self.ring(k)))


def wrapped(lon: np.ndarray) -> np.ndarray:
    """From -180 to 180; what is there already stays as it is, 180 and -180 included."""
    low, high = BANDS_DEG
    return np.where((lon < low) | (lon > high), (lon - low) % 360.0 + low, lon)


def ahead(
    lat: np.ndarray, lon: np.ndarray, azimuth: np.ndarray, metres: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Latitude, longitude, and the azimuth in which one goes on; arguments broadcast."""
    lat, lon, azimuth, metres = (
        np.array(one, dtype=float) for one in np.broadcast_arrays(lat, lon, azimuth, metres)
    )
    to_lon, to_lat, back = GEOD.fwd(lon, lat, azimuth, metres)
    return to_lat, wrapped(to_lon), back + 180.0


def way(
    lat: np.ndarray, lon: np.ndarray, to_lat: np.ndarray, to_lon: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Azimuth and metres of the geodesic; arguments broadcast."""
    lat, lon, to_lat, to_lon = (
        np.array(one, dtype=float) for one in np.broadcast_arrays(lat, lon, to_lat, to_lon)
    )
    azimuth, _, metres = GEOD.inv(lon, lat, to_lon, to_lat)
    return azimuth, metres


def laid(lat: np.ndarray, lon: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A drawing (metres right and up of the places) on the earth: distance and direction from there kept."""
    to_lat, to_lon, _ = ahead(lat, lon, np.degrees(np.arctan2(x, y)), np.hypot(x, y))
    return to_lat, to_lon


def ecef(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """(..., 3) metres, on the surface."""
    lat, lon = np.radians(lat), np.radians(lon)
    normal = EQUATORIAL_M / np.sqrt(1.0 - ECCENTRICITY2 * np.sin(lat) ** 2)
    return np.stack(
        [
            normal * np.cos(lat) * np.cos(lon),
            normal * np.cos(lat) * np.sin(lon),
            normal * (1.0 - ECCENTRICITY2) * np.sin(lat),
        ],
        axis=-1,
    )


def degrees(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude of places on the surface, (n, 3)."""
    x, y, z = places.T
    lat = np.degrees(np.arctan2(z, np.hypot(x, y) * (1.0 - ECCENTRICITY2)))
    return lat, np.degrees(np.arctan2(y, x))


@dataclass(frozen=True)
class Steps:
    """Rings cut into short steps: places (m, 3) earth-centred, each one's start; metres (m,), its length."""

    places: np.ndarray
    metres: np.ndarray
    offsets: np.ndarray
    lat: np.ndarray
    lon: np.ndarray

    @property
    def owner(self) -> np.ndarray:
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))


def walked(rings: Rings, step_m: float) -> Steps:
    """Every geodesic edge in equal steps of at most step_m, by Karney's inverse and direct problems."""
    then = rings.following
    azimuth, metres = way(rings.lat, rings.lon, rings.lat[then], rings.lon[then])
    pieces = np.maximum(1, np.ceil(metres / step_m)).astype(int)
    edge = np.repeat(np.arange(len(pieces)), pieces)
    nth = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    lat, lon = rings.lat[edge], rings.lon[edge]
    inner = nth > 0
    at = edge[inner]
    lat[inner], lon[inner], _ = ahead(
        rings.lat[at], rings.lon[at], azimuth[at], metres[at] * nth[inner] / pieces[at]
    )
    offsets = np.append(0, np.cumsum(pieces))[rings.offsets]
    return Steps(ecef(lat, lon), (metres / pieces)[edge], offsets, lat, lon)
