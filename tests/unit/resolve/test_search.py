"""The search over a grid finds what trying every step of it would find, whatever blocks it."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.resolve.cost import cost_of_parts
from openline.resolve.limits import Range
from openline.resolve.search import Plane, Spans

DELAY_STEP_MS, CLIMB_STEP_DMM = 7_000, 3_048
SIDES = [(later, up) for later in (-1, 0, 1) for up in (-1, 0, 1) if later or up]

Region = tuple[float, float, float, float, float]
"""An ellipse of delays and climbs: its middle in steps, both half axes, and how much it leans."""


class Ellipses:
    """Convex regions in closed form; ``sure`` of the half axes is what they surely block."""

    def __init__(self, regions: list[Region], sure: float) -> None:
        self.regions = regions
        self.sure = sure
        self.asked: list[int] = []

    def at(self, climb_dmm: int) -> Spans:
        self.asked.append(climb_dmm)
        spans = [self._span(region, climb_dmm, self.sure) for region in self.regions]
        return np.array([one[0] for one in spans]), np.array([one[1] for one in spans])

    def holds(self, delay_ms: int, climb_dmm: int) -> bool:
        spans = [self._span(region, climb_dmm, 1.0) for region in self.regions]
        return any(low <= delay_ms <= high for low, high in spans)

    @staticmethod
    def _span(region: Region, climb_dmm: int, share: float) -> tuple[float, float]:
        delay, climb, wide, tall, lean = region
        up = (climb_dmm / CLIMB_STEP_DMM - climb) / (tall * share)
        if abs(up) > 1.0:
            return math.inf, -math.inf
        half = wide * share * math.sqrt(1.0 - up * up)
        middle = delay + lean * up * tall * share
        return (middle - half) * DELAY_STEP_MS, (middle + half) * DELAY_STEP_MS


class Rectangles(Ellipses):
    """The same, with corners: half axes are half sides."""

    @staticmethod
    def _span(region: Region, climb_dmm: int, share: float) -> tuple[float, float]:
        delay, climb, wide, tall, _ = region
        if abs(climb_dmm / CLIMB_STEP_DMM - climb) > tall * share:
            return math.inf, -math.inf
        return (delay - wide * share) * DELAY_STEP_MS, (delay + wide * share) * DELAY_STEP_MS


number = st.floats(-30.0, 30.0)
size = st.floats(0.1, 25.0)
regions = st.lists(st.tuples(number, number, size, size, st.floats(-1.5, 1.5)), max_size=14)
grids = st.tuples(st.integers(-20, 0), st.integers(0, 20), st.integers(-18, 6), st.integers(-6, 18))


def plane_of(blocked: Ellipses, grid: tuple[int, int, int, int]) -> Plane[bool]:
    return Plane(
        blocked,
        Range(grid[0], grid[1], DELAY_STEP_MS),
        Range(grid[2], grid[3], CLIMB_STEP_DMM),
        lambda delay_ms, climb_dmm: cost_of_parts(delay_ms, climb_dmm, 0),
        lambda delay_ms, climb_dmm: None if blocked.holds(delay_ms, climb_dmm) else True,
    )


def sign(value: int) -> int:
    return (value > 0) - (value < 0)


def free_steps(plane: Plane[bool], later: int, up: int) -> list[tuple[float, int, int]]:
    """Every step of that side of the grid that is free, tried one by one: cost, delay, climb."""
    found = []
    for delay in range(plane.delays.first, plane.delays.last + 1):
        climbs = range(plane.climbs.first, plane.climbs.last + 1) if up else (0,)
        for climb in climbs:
            step = delay * DELAY_STEP_MS, climb * CLIMB_STEP_DMM
            if (sign(delay), sign(climb)) == (later, up) and plane.prove(*step):
                found.append((plane.cost(*step), *step))
    return found


@pytest.mark.parametrize("shape", [Ellipses, Rectangles])
@pytest.mark.parametrize("sure", [1.0, 0.9, 1e-3])
@settings(max_examples=60, deadline=None)
@given(regions=regions, grid=grids)
def test_the_cheapest_free_step_of_every_side_is_found_and_none_where_there_is_none(
    shape: Callable[[list[Region], float], Ellipses],
    sure: float,
    regions: list[Region],
    grid: tuple[int, int, int, int],
) -> None:
    plane = plane_of(shape(regions, sure), grid)
    for later, up in SIDES:
        free = free_steps(plane, later, up)
        found = plane.cheapest(later, up)
        assert (found is None) == (not free)
        if found is not None:
            assert plane.cost(found.delay_ms, found.climb_dmm) == min(free)[0]
            assert (min(free)[0], found.delay_ms, found.climb_dmm) in free
            assert plane.cheapest(later, up, min(free)[0]) is None


class Covering:
    """A box is surely blocked where one region surely holds its corners: they are convex."""

    def __init__(self, blocked: Ellipses) -> None:
        self._alone = [type(blocked)([region], blocked.sure) for region in blocked.regions]

    def covers(self, delays_ms: tuple[int, int], climbs_dmm: tuple[int, int]) -> bool:
        corners = [
            (delay, *one.at(climb)) for one in self._alone for delay in delays_ms for climb in climbs_dmm
        ]
        held = [bool(low[0] <= delay <= high[0]) for delay, low, high in corners]
        return any(all(held[n : n + 4]) for n in range(0, len(held), 4))


@pytest.mark.parametrize("sure", [1.0, 0.9, 1e-3])
@settings(max_examples=60, deadline=None)
@given(regions=regions, grid=grids)
def test_box_by_box_the_same_is_found(
    sure: float, regions: list[Region], grid: tuple[int, int, int, int]
) -> None:
    blocked = Ellipses(regions, sure)
    by_bands = plane_of(blocked, grid)
    by_boxes = by_bands._replace(boxes=Covering(blocked))
    for later, up in SIDES:
        one, other = by_bands.cheapest(later, up), by_boxes.cheapest(later, up)
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            cost = by_bands.cost(one.delay_ms, one.climb_dmm)
            assert by_bands.cost(other.delay_ms, other.climb_dmm) == cost


@settings(max_examples=200, deadline=None)
@given(regions=regions, sure=st.sampled_from([1.0, 0.9]))
def test_the_first_free_delay_of_each_gap_comes_once_and_outward(regions: list[Region], sure: float) -> None:
    blocked = Ellipses(regions, sure)
    plane = plane_of(blocked, (-20, 20, 0, 0))
    surely = plane_of(Ellipses([], 1.0), (-20, 20, 0, 0))._replace(
        prove=lambda delay_ms, climb_dmm: (
            None
            if any(low <= delay_ms <= high for low, high in zip(*blocked.at(climb_dmm), strict=True))
            else True
        )
    )
    for later in (-1, 1):
        found = [step.delay_ms // (later * DELAY_STEP_MS) for step in plane.gaps(later)]
        assert found == gaps_one_by_one(plane, surely, later)


def gaps_one_by_one(plane: Plane[bool], surely: Plane[bool], later: int) -> list[int]:
    """A gap ends where a step is surely blocked; in it counts the first that is free."""
    found, in_gap = [], False
    for delay in range(1, 21):
        if not surely.prove(later * delay * DELAY_STEP_MS, 0):
            in_gap = False
        elif not in_gap and plane.prove(later * delay * DELAY_STEP_MS, 0):
            found.append(delay)
            in_gap = True
    return found


def test_a_wide_grid_is_judged_by_few_of_its_rows() -> None:
    blocked = Rectangles([(0.0, 0.0, 1e6, 4_321.0, 0.0)], 1.0)
    plane = plane_of(blocked, (-1_000, 1_000, -1_000_000, 1_000_000))
    found = plane.cheapest(0, 1)
    assert found is not None
    assert found.climb_dmm == 4_322 * CLIMB_STEP_DMM
    assert plane.cheapest(1, 0) is None
    assert len(set(blocked.asked)) < 100
