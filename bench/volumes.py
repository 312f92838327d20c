"""The measuring set: random 4D volumes over a square, as the arrays of ``ConflictIndex.from_volumes``.

Half are stars (radius 180 to 1,500 m, 5 to 12 vertices), half are corridors (2 to 10 km long, 100 to 300 m
wide). Each is 15 to 60 m thick, begins at 0 to 120 m and lasts 10 to 40 minutes within some hours. A seed
gives the same set every time.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Asked = tuple[Floats, float, float, float, float]
"""What ``query_volume`` takes: lonlat (k, 2), lower and upper in m, start and end in s."""

CORNER_LONLAT = (7.0, 46.5)
BEGIN_S = 1_533_081_600.0
"""2018-08-01T00:00:00Z"""
SIDE_M, HOURS = 100_000.0, 24.0

_M_PER_DEGREE_NORTH, _M_PER_DEGREE_EAST = 111_132.954, 111_319.491
_LARGEST_M2, _LONGEST_S = 2.5e9, 30 * 86_400.0


@dataclass(frozen=True)
class Volumes:
    """n volumes. Ring k is lonlat[offsets[k]:offsets[k + 1]], open, in degrees; heights in m over the WGS84
    ellipsoid, times in Unix seconds, (n,) each.
    """

    lonlat: Floats
    offsets: Ints
    lower_m: Floats
    upper_m: Floats
    start_s: Floats
    end_s: Floats

    def __len__(self) -> int:
        return len(self.lower_m)

    @property
    def arrays(self) -> tuple[Floats, Ints, Floats, Floats, Floats, Floats]:
        """As ``from_volumes`` and ``add_volumes`` take them."""
        return self.lonlat, self.offsets, self.lower_m, self.upper_m, self.start_s, self.end_s

    @property
    def owner(self) -> Ints:
        """Of each vertex the number of its volume."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    def ring(self, row: int) -> Floats:
        return self.lonlat[self.offsets[row] : self.offsets[row + 1]]

    def each(self) -> Iterator[Asked]:
        """One after the other, with plain floats, as ``query_volume`` takes them."""
        spans = (self.lower_m, self.upper_m, self.start_s, self.end_s)
        for row, (lower, upper, start, end) in enumerate(zip(*(it.tolist() for it in spans), strict=True)):
            yield self.ring(row), lower, upper, start, end

    def take(self, rows: Ints) -> "Volumes":
        sizes = np.diff(self.offsets)[rows]
        offsets = _offsets(sizes)
        vertices = np.arange(offsets[-1]) + np.repeat(self.offsets[rows] - offsets[:-1], sizes)
        spans = (self.lower_m, self.upper_m, self.start_s, self.end_s)
        return Volumes(self.lonlat[vertices], offsets, *(it[rows] for it in spans))


def generate(count: int, seed: int, *, hours: float = HOURS, side_m: float = SIDE_M) -> Volumes:
    """The set of ``count`` volumes whose places lie in a square of ``side_m``."""
    chance = np.random.default_rng(seed)
    x_m, y_m = chance.uniform(0, side_m, count), chance.uniform(0, side_m, count)
    star = chance.random(count) < 0.5
    sizes = np.where(star, chance.integers(5, 13, count), 4)
    flat_m = _rings(chance, x_m, y_m, star, sizes)
    lower_m = chance.uniform(0, 120, count)
    start_s = chance.uniform(0, hours * 3_600, count)
    upper_m = lower_m + chance.uniform(15, 60, count)
    end_s = start_s + chance.uniform(600, 2_400, count)
    return Volumes(to_lonlat(flat_m), _offsets(sizes), lower_m, upper_m, BEGIN_S + start_s, BEGIN_S + end_s)


def to_lonlat(flat_m: Floats) -> Floats:
    """Metres east and north of the corner as degrees, longitude first."""
    longitude, latitude = CORNER_LONLAT
    east = _M_PER_DEGREE_EAST * np.cos(np.radians(latitude))
    return np.stack((longitude + flat_m[:, 0] / east, latitude + flat_m[:, 1] / _M_PER_DEGREE_NORTH), axis=1)


def with_giants(volumes: Volumes, seed: int, *, share: float = 0.01, side_m: float = SIDE_M) -> Volumes:
    """The same set, a share of it grown to the largest that is legal: squares of 2,500 km2, for 30 days."""
    chance = np.random.default_rng(seed)
    count = round(share * len(volumes))
    giant = np.sort(chance.choice(len(volumes), count, replace=False))
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.sqrt(_LARGEST_M2 * 0.999) / 2
    square_m = chance.uniform(0, side_m, (count, 1, 2)) + corners
    rings = [volumes.ring(row) for row in range(len(volumes))]
    for row, ring in zip(giant.tolist(), square_m, strict=True):
        rings[row] = to_lonlat(ring)
    start_s, end_s = volumes.start_s.copy(), volumes.end_s.copy()
    start_s[giant] -= chance.uniform(0, _LONGEST_S - 86_400, count)
    end_s[giant] = start_s[giant] + _LONGEST_S
    offsets = _offsets(np.array([len(ring) for ring in rings]))
    return Volumes(np.concatenate(rings), offsets, volumes.lower_m, volumes.upper_m, start_s, end_s)


def _offsets(sizes: Ints) -> Ints:
    return np.concatenate(([0], np.cumsum(sizes)))


def _rings(chance: np.random.Generator, x_m: Floats, y_m: Floats, star: Bools, sizes: Ints) -> Floats:
    """The vertices of all rings, in m.

    What one ring draws lies together, so that the values are those of a loop over the rings: of a star an
    angle for each vertex, the radius, and a share of it for each vertex; of a corridor heading, half length
    and half width.
    """
    draws = np.where(star, 2 * sizes + 1, 3)
    drawn = chance.random(int(draws.sum()))
    begin = _offsets(draws)[:-1]
    owner = np.repeat(np.arange(len(sizes)), sizes)
    number = np.arange(len(owner)) - _offsets(sizes)[owner]
    flat_m = np.stack((x_m[owner], y_m[owner]), axis=1)
    of_star = star[owner]
    starry, straight = owner[of_star], owner[~of_star]
    flat_m[of_star] = _stars(flat_m[of_star], drawn, begin[starry], number[of_star], sizes[starry])
    flat_m[~of_star] = _corridors(flat_m[~of_star], drawn, begin[straight], number[~of_star])
    return flat_m


def _stars(centre_m: Floats, drawn: Floats, begin: Ints, number: Ints, size: Ints) -> Floats:
    angle = 2 * np.pi * (number + _within(drawn[begin + number], -0.3, 0.3)) / size
    radius_m = _within(drawn[begin + size], 300, 1_500) * _within(drawn[begin + size + 1 + number], 0.6, 1)
    x_m, y_m = centre_m.T
    return np.stack((x_m + radius_m * np.cos(angle), y_m + radius_m * np.sin(angle)), axis=1)


def _corridors(centre_m: Floats, drawn: Floats, begin: Ints, number: Ints) -> Floats:
    heading = _within(drawn[begin], 0, np.pi)
    along_m = _within(drawn[begin + 1], 1_000, 5_000) * np.array([-1, 1, 1, -1])[number]
    across_m = _within(drawn[begin + 2], 50, 150) * np.array([-1, -1, 1, 1])[number]
    cosine, sine = np.cos(heading), np.sin(heading)
    x_m, y_m = centre_m.T
    return np.stack(
        (x_m + along_m * cosine - across_m * sine, y_m + along_m * sine + across_m * cosine), axis=1
    )


def _within(drawn: Floats, low: float, high: float) -> Floats:
    return low + (high - low) * drawn
