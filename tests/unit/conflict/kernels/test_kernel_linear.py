"""The closed form against plain sampling: nearest points, and the extremes of what is within reach."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.conflict.kernels import linear
from openline.conflict.kernels.linear import CORNERS, Motion

metres = st.one_of(st.floats(-100.0, 100.0), st.sampled_from([0.0, 1.0, -1.0, 50.0]))
motions = st.tuples(metres, metres, metres, metres, metres, metres)
parallel = st.builds(
    lambda px, py, ax, ay, share: (px, py, ax, ay, ax * share, ay * share),
    metres,
    metres,
    metres,
    metres,
    st.sampled_from([0.0, 1.0, -1.0, 0.5]),
)
bands = st.sampled_from([0.0, 1e-3, 0.2, 5.0])
directions = st.sampled_from([(1.0, 0.0), (0.0, 1.0), (-1.0, 1.0), (0.3, 0.7)])
EDGE = 1e-6
GRID_A, GRID_B = np.meshgrid(np.linspace(0.0, 1.0, 41), np.linspace(0.0, 2.0, 81))

Corners = list[tuple[float, float]]


def empty() -> np.ndarray:
    return np.full((CORNERS, 2), np.nan)


def polygon_of(corners: Corners) -> np.ndarray:
    polygon = empty()
    polygon[: len(corners)] = corners
    return polygon


def band(width: float) -> tuple[np.ndarray, int]:
    """The box of a from 0 to 1 and b from 0 to 2, cut to |a - b| <= width."""
    polygon, spare = empty(), empty()
    corners = linear.box(polygon, 0.0, 1.0, 0.0, 2.0)
    corners = linear.clip(polygon, corners, 1.0, -1.0, width, spare)
    return polygon, linear.clip(polygon, corners, -1.0, 1.0, width, spare)


def sampled(width: float) -> tuple[np.ndarray, np.ndarray]:
    within = np.abs(GRID_A - GRID_B) <= width
    return GRID_A[within], GRID_B[within]


def away(motion: Motion, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    px, py, ax, ay, bx, by = motion
    return np.hypot(px + a * ax - b * bx, py + a * ay - b * by)


@settings(max_examples=300, deadline=None)
@given(motion=st.one_of(motions, parallel), width=bands)
def test_no_sample_is_nearer_than_the_nearest_which_is_in_the_polygon(motion: Motion, width: float) -> None:
    polygon, corners = band(width + 1e-3)
    distance, a, b = linear.nearest(motion, polygon, corners)
    assert math.isclose(distance, linear.apart(motion, a, b), abs_tol=1e-9)
    assert -EDGE <= a <= 1.0 + EDGE
    assert abs(a - b) <= width + 2e-3
    assert distance <= away(motion, *sampled(width + 1e-3)).min() + EDGE


@settings(max_examples=300, deadline=None)
@given(motion=st.one_of(motions, parallel), width=bands, reach=st.floats(0.1, 100.0), direction=directions)
def test_no_sample_within_reach_is_further_out_than_the_extent_which_is_reached(
    motion: Motion, width: float, reach: float, direction: tuple[float, float]
) -> None:
    polygon, corners = band(width + 1e-3)
    a, b = sampled(width + 1e-3)
    distances = away(motion, a, b)
    low, high = linear.extent(motion, polygon, corners, reach, *direction)
    near = distances <= reach - EDGE
    values = direction[0] * a + direction[1] * b
    if near.any():
        assert low <= values[near].min() + EDGE
        assert high >= values[near].max() - EDGE
    if linear.nearest(motion, polygon, corners)[0] > reach + EDGE:
        assert low > high
    for value, beyond in ((low, -1.0), (high, 1.0)):
        if low <= high:
            assert least_at(motion, (polygon, corners), direction, value) <= reach + 1e-3
            out = least_at(motion, (polygon, corners), direction, value + 1e-4 * beyond)
            assert out >= reach - 1e-3


def least_at(
    motion: Motion, polygon: tuple[np.ndarray, int], direction: tuple[float, float], value: float
) -> float:
    """The least |w| on the line of that value of the direction, which is the polygon cut from both sides."""
    cut, spare, (whole, corners) = empty(), empty(), polygon
    cut[:] = whole
    corners = linear.clip(cut, corners, *direction, value + 1e-6, spare)
    corners = linear.clip(cut, corners, -direction[0], -direction[1], -value + 1e-6, spare)
    return linear.nearest(motion, cut, corners)[0]


@pytest.mark.parametrize(
    "corners", [[(3.0, 3.0)] * 4, [(0.0, 0.0), (1.0, 1.0)], [(0.0, 0.0), (1.0, 1.0), (1.0, 1.0), (0.5, 0.5)]]
)
def test_what_is_no_wider_than_a_line_holds_nothing_beyond_its_ends(corners: Corners) -> None:
    polygon = polygon_of(corners)
    for beyond in (-1.0, 5.0, 1e9):
        assert not linear.inside(polygon, len(corners), beyond, beyond)
    assert not linear.inside(polygon, 0, 0.0, 0.0)


def test_a_polygon_of_one_instant_is_kept() -> None:
    """One leg ends as the other begins: closed times meet."""
    polygon, spare = empty(), empty()
    corners = linear.box(polygon, 0.0, 10.0, 10.0, 20.0)
    corners = linear.clip(polygon, corners, -1.0, 1.0, 1e-3, spare)
    still = (3.0, 4.0, 0.0, 0.0, 0.0, 0.0)
    assert linear.nearest(still, polygon, corners)[0] == 5.0
    low, high = linear.extent(still, polygon, corners, 5.0, 1.0, 0.0)
    assert math.isclose(low, 10.0, abs_tol=2e-3)
    assert math.isclose(high, 10.0, abs_tol=2e-3)


def test_parallel_flight_is_a_strip_and_not_a_division_by_zero() -> None:
    abreast = (0.0, 3.0, 1.0, 0.0, 1.0, 0.0)
    polygon = empty()
    corners = linear.box(polygon, 0.0, 100.0, 0.0, 100.0)
    assert linear.extent(abreast, polygon, corners, 5.0, 1.0, -1.0) == pytest.approx((-4.0, 4.0))
    low, high = linear.extent(abreast, polygon, corners, 2.9, 1.0, -1.0)
    assert low > high


@given(value=metres, slope=metres, bound=metres)
def test_below_holds_the_times_at_which_a_line_is_below(value: float, slope: float, bound: float) -> None:
    low, high = linear.below(value, slope, bound, -1.0, 2.0)
    for time in np.linspace(-1.0, 2.0, 31):
        over = value + slope * time - bound
        if abs(over) > 1e-9:
            assert (over < 0.0) == (low <= time <= high)


@given(px=metres, py=metres, vx=metres, vy=metres, reach=st.floats(0.1, 100.0))
def test_passing_holds_the_times_within_reach_and_the_soonest_if_any(
    px: float, py: float, vx: float, vy: float, reach: float
) -> None:
    start, end = linear.passing(px, py, vx, vy, reach)
    for time in np.linspace(-3.0, 3.0, 61):
        distance = math.hypot(px + time * vx, py + time * vy)
        if abs(distance - reach) > 1e-6:
            assert (distance < reach) == (start <= time <= end)
    soonest = linear.soonest(px, py, vx, vy, -3.0, 3.0)
    least = math.hypot(px + soonest * vx, py + soonest * vy)
    for time in np.linspace(-3.0, 3.0, 61):
        assert least <= math.hypot(px + time * vx, py + time * vy) + 1e-9
