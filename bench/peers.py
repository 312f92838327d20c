"""What Openline is measured against: spatial indices of other libraries, in their fastest forms.

They hold outlines whose edges are straight in longitude and latitude, and are built at one stroke from a
finished set. Outlines and questions are made and prepared before the clock runs.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import shapely
from numpy.typing import NDArray
from rtree import index as rtree

from volumes import Floats, Ints, Volumes

Outlines = NDArray[np.object_]
Pairs = tuple[Ints, Ints]

_AT_A_TIME = 1_000
"""Outlines of one bulk query, the fastest of 200 to 100,000 (which takes 2.5 times as long)."""
_DEGREES_PER_S = 1e-3
"""In a tree over x and time: a day is drawn 86 degrees long. Any scale gives the same answers."""


def outlines_of(volumes: Volumes) -> Outlines:
    """Prepared polygons, (n,)."""
    made = shapely.polygons(shapely.linearrings(volumes.lonlat, indices=volumes.owner))
    shapely.prepare(made)
    return made


class PlaneTree:
    """shapely's STRtree over x and y; then numpy filters by time and height, then the exact test."""

    name = "STRtree (x, y)"

    def __init__(self, volumes: Volumes, ids: Ints) -> None:
        self._ids, self._held = ids, volumes
        self._outlines = outlines_of(volumes)
        self._tree = shapely.STRtree(self._outlines)
        self._tree.query(self._outlines[0])  # it is built by the first question

    def questions(self, volumes: Volumes) -> list[tuple[object, ...]]:
        """What ``query`` takes for each of them."""
        spans = (volumes.lower_m, volumes.upper_m, volumes.start_s, volumes.end_s)
        return list(zip(outlines_of(volumes), *(it.tolist() for it in spans), strict=True))

    def query(self, outline: shapely.Polygon, lower: float, upper: float, start: float, end: float) -> Ints:
        """The ids of all that share a point with it, unordered."""
        held = self._held
        rows = self._tree.query(outline)
        rows = rows[held.start_s[rows] <= end]
        rows = rows[held.end_s[rows] >= start]
        rows = rows[held.lower_m[rows] <= upper]
        rows = rows[held.upper_m[rows] >= lower]
        return self._ids[rows[shapely.intersects(outline, self._outlines[rows])]]

    def pairs_among(self, first: int, last: int) -> Pairs:
        """Row numbers of all pairs whose first is one of these rows, and is the lesser of the two."""
        i, j = self._tree.query(self._outlines[first:last])
        return self._exactly(*self._overlapping(i + first, j, "start_s", "end_s"))

    def _exactly(self, i: Ints, j: Ints) -> Pairs:
        """Of pairs that overlap in all but height and outline those that share a point."""
        i, j = self._overlapping(i, j, "lower_m", "upper_m")
        meet = shapely.intersects(self._outlines[i], self._outlines[j])
        return i[meet], j[meet]

    def _overlapping(self, i: Ints, j: Ints, low: str, high: str) -> Pairs:
        lows, highs = getattr(self._held, low), getattr(self._held, high)
        return _chosen(i, j, (i < j) & (lows[i] <= highs[j]) & (highs[i] >= lows[j]))

    def pairs(self, threads: int, every: int = 1) -> Pairs:
        """All pairs, on threads (shapely lets go of the GIL); only those of one block in ``every``."""
        last = len(self._held)
        starts = range(0, last, _AT_A_TIME * every)
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(lambda it: self.pairs_among(it, min(it + _AT_A_TIME, last)), starts))
        return np.concatenate([i for i, _ in found]), np.concatenate([j for _, j in found])


class TimeTree(PlaneTree):
    """shapely's STRtree over x and time; then numpy filters by y and height, then the exact test.

    Not how the library is meant to be used, and its fastest form where volumes are short-lived.
    """

    name = "STRtree (x, t)"

    def __init__(self, volumes: Volumes, ids: Ints) -> None:
        super().__init__(volumes, ids)
        self._boxes = _in_time(volumes, self._outlines)
        self._south, self._north = shapely.bounds(self._outlines)[:, (1, 3)].T.copy()
        self._tree = shapely.STRtree(self._boxes)
        self._tree.query(self._boxes[0])

    def questions(self, volumes: Volumes) -> list[tuple[object, ...]]:
        outlines = outlines_of(volumes)
        south, north = shapely.bounds(outlines)[:, (1, 3)].T.tolist()
        heights = volumes.lower_m.tolist(), volumes.upper_m.tolist()
        return list(zip(outlines, _in_time(volumes, outlines), south, north, *heights, strict=True))

    def query(  # type: ignore[override]
        self,
        outline: shapely.Polygon,
        box: shapely.Polygon,
        south: float,
        north: float,
        lower: float,
        upper: float,
    ) -> Ints:
        held = self._held
        rows = self._tree.query(box)
        rows = rows[self._south[rows] <= north]
        rows = rows[self._north[rows] >= south]
        rows = rows[held.lower_m[rows] <= upper]
        rows = rows[held.upper_m[rows] >= lower]
        return self._ids[rows[shapely.intersects(outline, self._outlines[rows])]]

    def pairs_among(self, first: int, last: int) -> Pairs:
        i, j = self._tree.query(self._boxes[first:last])
        i = i + first
        i, j = _chosen(i, j, (self._south[i] <= self._north[j]) & (self._north[i] >= self._south[j]))
        return self._exactly(i, j)


class SpaceTimeTree:
    """rtree (libspatialindex) over x, y, height and time; then shapely's exact test."""

    name = "rtree (x, y, z, t)"

    def __init__(self, volumes: Volumes, ids: Ints) -> None:
        self._ids = ids
        self._outlines = outlines_of(volumes)
        low, high = _boxes_4d(volumes, self._outlines)
        rows = np.arange(len(volumes))
        self._tree = rtree.Index((rows, low, high), properties=rtree.Property(dimension=4))

    def questions(self, volumes: Volumes) -> list[tuple[object, ...]]:
        outlines = outlines_of(volumes)
        boxes = np.concatenate(_boxes_4d(volumes, outlines), axis=1).tolist()
        return list(zip(outlines, map(tuple, boxes), strict=True))

    def query(self, outline: shapely.Polygon, box: tuple[float, ...]) -> Ints:
        """The ids of all that share a point with it, unordered."""
        rows = np.fromiter(self._tree.intersection(box), dtype=np.int64)
        return self._ids[rows[shapely.intersects(outline, self._outlines[rows])]]


def _chosen(i: Ints, j: Ints, keep: NDArray[np.bool_]) -> Pairs:
    return i[keep], j[keep]


def _in_time(volumes: Volumes, outlines: Outlines) -> Outlines:
    """Rectangles: longitude to the right, time upwards."""
    west, _, east, _ = shapely.bounds(outlines).T
    return shapely.box(west, volumes.start_s * _DEGREES_PER_S, east, volumes.end_s * _DEGREES_PER_S)


def _boxes_4d(volumes: Volumes, outlines: Outlines) -> tuple[Floats, Floats]:
    """Lower and upper corners, (n, 4)."""
    west, south, east, north = shapely.bounds(outlines).T
    return (
        np.column_stack((west, south, volumes.lower_m, volumes.start_s)),
        np.column_stack((east, north, volumes.upper_m, volumes.end_s)),
    )
