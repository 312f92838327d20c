"""The cheapest free step of a grid of delays and climbs, found without visiting the grid.

What is in the way blocks convex regions of (delay, climb). Between two climbs of which both are blocked by
one region at a delay, all climbs are: so a band of rows is judged by its two outer rows, and halved where
that does not settle it. Bands are taken up in the order of the least that anything in them could cost, and
the first step that is proved free is the cheapest. Regions say only what is surely blocked; whether a step
is free is for the proof, so that nothing is missed where the regions are in doubt.
"""

import heapq
from collections.abc import Callable, Iterator
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import numpy as np

from openline.resolve.limits import Range

Floats = np.ndarray[Any, np.dtype[np.float64]]
Spans = tuple[Floats, Floats]
"""Delays (ms) from and to, both included, a pair for each region; none where from is not below or at to."""

T = TypeVar("T")


class Blocked(Protocol):
    """Convex regions of (delay, climb) in which there surely is a conflict."""

    def at(self, climb_dmm: int) -> Spans:
        """The delays that each region blocks at a climb (0.1 mm), region by region in one same order."""


class Boxes(Protocol):
    """Where there surely is a conflict, in boxes: of what makes no convex regions."""

    def covers(self, delays_ms: tuple[int, int], climbs_dmm: tuple[int, int]) -> bool:
        """Is there surely a conflict at every delay and climb between these, both included?"""


class Step(NamedTuple, Generic[T]):
    """delay_ms, climb_dmm (0.1 mm) of a step that is free, and what its proof brought."""

    delay_ms: int
    climb_dmm: int
    proof: T


class Plane(NamedTuple, Generic[T]):
    """delays, climbs: the grid. cost: of a delay (ms) and a climb (0.1 mm), growing with either. prove:
    what the proof that this step is free brings, None where it is not free. boxes: searched by instead,
    where given.
    """

    blocked: Blocked
    delays: Range
    climbs: Range
    cost: Callable[[int, int], float]
    prove: Callable[[int, int], T | None]
    boxes: Boxes | None = None

    def cheapest(self, later: int, up: int, below: float = float("inf")) -> Step[T] | None:
        """The cheapest free step that is later (1) or earlier (-1) or at its time (0), and higher, lower or
        at its level likewise; None where there is none that costs less than ``below``.
        """
        rows = _side(self.climbs, up)
        if self.boxes is not None:
            return self._cheapest_by_boxes(self.boxes, later, up, below)
        open_bands: list[_Band] = []
        if not rows.is_empty:
            self._take_up(open_bands, later, up, rows.first, rows.last, 1 if later else 0)
        while open_bands and open_bands[0].bound < below:
            band = heapq.heappop(open_bands)
            if band.near < band.far:
                middle = (band.near + band.far) // 2
                self._take_up(open_bands, later, up, band.near, middle, band.delay)
                self._take_up(open_bands, later, up, middle + 1, band.far, band.delay)
                continue
            found = self._proved(later * band.delay, up * band.near)
            if found is not None:
                return found
            if later:
                self._take_up(open_bands, later, up, band.near, band.far, band.delay + 1)
        return None

    def _cheapest_by_boxes(self, boxes: Boxes, later: int, up: int, below: float) -> Step[T] | None:
        """Box by box, in the order of the least that anything in them could cost."""
        steps, rows = _side(self.delays, later), _side(self.climbs, up)
        if steps.is_empty or rows.is_empty:
            return None
        open_boxes = [self._box(later, up, rows.first, rows.last, steps.first, steps.last)]
        while open_boxes and open_boxes[0].bound < below:
            box = heapq.heappop(open_boxes)
            if box.is_one_step:
                found = self._proved(later * box.first, up * box.near)
                if found is not None:
                    return found
            elif not boxes.covers(
                _ends(later * box.first, later * box.last, self.delays.step),
                _ends(up * box.near, up * box.far, self.climbs.step),
            ):
                for half in self._halves(box, later, up):
                    heapq.heappush(open_boxes, half)
        return None

    def _halves(self, box: "_Box", later: int, up: int) -> tuple["_Box", "_Box"]:
        """Cut where it is longer, as cost measures it."""
        _, near, far, first, last = box
        wide = self.cost(later * (last - first) * self.delays.step, 0)
        tall = self.cost(0, up * (far - near) * self.climbs.step)
        if last > first and (wide >= tall or near == far):
            middle = (first + last) // 2
            return (
                self._box(later, up, near, far, first, middle),
                self._box(later, up, near, far, middle + 1, last),
            )
        middle = (near + far) // 2
        return (
            self._box(later, up, near, middle, first, last),
            self._box(later, up, middle + 1, far, first, last),
        )

    def _box(self, later: int, up: int, near: int, far: int, first: int, last: int) -> "_Box":
        bound = self.cost(later * first * self.delays.step, up * near * self.climbs.step)
        return _Box(bound, near, far, first, last)

    def gaps(self, later: int) -> Iterator[Step[T]]:
        """At its level, the first free delay of each free gap, from the nearest outward."""
        spans = self._outward(later, 0, 0)
        delay = self._first_free(spans, later, 1)
        while delay is not None:
            found = self._proved(later * delay, 0)
            if found is None:
                delay = self._first_free(spans, later, delay + 1)
            else:
                yield found
                delay = self._after_next_block(spans, later, delay)

    def _take_up(
        self, open_bands: list["_Band"], later: int, up: int, near: int, far: int, start: int
    ) -> None:
        """Add the rows from near to far (outward), unless they are surely blocked from delay ``start`` on."""
        delay = self._first_free(self._outward(later, up * near, up * far), later, start)
        if delay is not None:
            bound = self.cost(later * delay * self.delays.step, up * near * self.climbs.step)
            heapq.heappush(open_bands, _Band(bound, near, far, delay))

    def _outward(self, later: int, row: int, other: int) -> Spans:
        """What is blocked in all rows from one to another, as delays outward, in the order of their start."""
        low, high = self.blocked.at(row * self.climbs.step)
        if other != row:
            other_low, other_high = self.blocked.at(other * self.climbs.step)
            low, high = np.maximum(low, other_low), np.minimum(high, other_high)
        if later < 0:
            low, high = -high, -low
        kept = low <= high
        low, high = low[kept], high[kept]
        order = np.argsort(low)
        return low[order], high[order]

    def _first_free(self, spans: Spans, later: int, start: int) -> int | None:
        """The first delay (in steps outward, ``start`` or more) that is not surely blocked."""
        step, at = self.delays.step, start
        for low, high in zip(spans[0].tolist(), spans[1].tolist(), strict=True):
            if low > at * step:
                break  # as do all that follow
            if high >= at * step:
                at = int(high // step) + 1
        return at if at <= _side(self.delays, later).last else None

    def _after_next_block(self, spans: Spans, later: int, start: int) -> int | None:
        """The first delay that is free again after the next one that is blocked."""
        for low in spans[0].tolist():
            blocked = -int(-low // self.delays.step)
            if blocked > start:
                free = self._first_free(spans, later, blocked)
                if free != blocked:
                    return free
        return None

    def _proved(self, delay: int, climb: int) -> Step[T] | None:
        delay_ms, climb_dmm = delay * self.delays.step, climb * self.climbs.step
        proof = self.prove(delay_ms, climb_dmm)
        return None if proof is None else Step(delay_ms, climb_dmm, proof)


class _Band(NamedTuple):
    """Rows from near to far, outward, and the nearest delay that is not blocked in all of them (steps
    outward). bound: the least that a free step among them could cost. Ordered by it, then by the nearer rows.
    """

    bound: float
    near: int
    far: int
    delay: int


class _Box(NamedTuple):
    """Rows from near to far and delays from first to last, steps outward. bound: the least that a free step
    among them could cost.
    """

    bound: float
    near: int
    far: int
    first: int
    last: int

    @property
    def is_one_step(self) -> bool:
        return self.near == self.far and self.first == self.last


def _ends(one: int, other: int, step: int) -> tuple[int, int]:
    return min(one, other) * step, max(one, other) * step


def _side(steps: Range, sign: int) -> Range:
    return steps.side(sign) if sign else Range(0, 0, steps.step)
