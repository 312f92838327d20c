"""The closed form against plain sampling: nearest points, and the extremes of what is within reach."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.conflict.linear import apart, clip, nearest, rectangle, within, within_on_line

metres = st.one_of(st.floats(-100.0, 100.0), st.sampled_from([0.0, 1.0, -1.0, 50.0]))
pairs = st.tuples(metres, metres, metres, metres, metres, metres)
parallel = st.builds(
    lambda px, py, ax, ay, share: (px, py, ax, ay, ax * share, ay * share),
    metres,
    metres,
    metres,
    metres,
    st.sampled_from([0.0, 1.0, -1.0, 0.5]),
)
bands = st.sampled_from([0.0, 1e-3, 0.2, 5.0])
EDGE = 1e-6


def grid(polygon: list[tuple[float, float]], band: float) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.meshgrid(np.linspace(0.0, 1.0, 41), np.linspace(0.0, 2.0, 81))
    inside = np.abs(a - b) <= band + 1e-3
    return a[inside], b[inside]


@settings(max_examples=200, deadline=None)
@given(pair=st.one_of(pairs, parallel), band=bands, reach=st.floats(0.1, 100.0))
def test_no_sample_is_nearer_or_further_out_than_the_closed_form(
    pair: tuple[float, ...], band: float, reach: float
) -> None:
    polygon = rectangle(0.0, 1.0, 0.0, 2.0)
    polygon = clip(clip(polygon, 1.0, -1.0, band + 1e-3), -1.0, 1.0, band + 1e-3)
    a, b = grid(polygon, band)
    away = np.hypot(
        pair[0] + a * pair[2] - b * pair[4],
        pair[1] + a * pair[3] - b * pair[5],
    )
    distance, at_a, at_b = nearest(pair, polygon)
    assert math.isclose(distance, apart(pair, at_a, at_b))
    assert -EDGE <= at_a <= 1.0 + EDGE
    assert abs(at_a - at_b) <= band + 2e-3
    assert distance <= away.min() + EDGE
    near = away <= reach - EDGE
    if not near.any():
        return
    points = within(pair, polygon, reach)
    for found, sampled in (([p[0] for p in points], a[near]), ([p[1] for p in points], b[near])):
        assert min(found) <= sampled.min() + EDGE
        assert max(found) >= sampled.max() - EDGE
    assert all(apart(pair, *point) <= reach + 1e-4 for point in points)
    later = [max(p) for p in points] + [max(p) for p in within_on_line(pair, polygon, reach, 0.0)]
    assert min(later) <= np.maximum(a, b)[near].min() + EDGE


def test_a_polygon_of_one_instant_is_kept() -> None:
    """One leg ends as the other begins: closed times meet."""
    polygon = rectangle(0.0, 10.0, 10.0, 20.0)
    polygon = clip(clip(polygon, 1.0, -1.0, 1e-3), -1.0, 1.0, 1e-3)
    assert polygon
    assert nearest((3.0, 4.0, 0.0, 0.0, 0.0, 0.0), polygon)[0] == 5.0


def test_parallel_flight_is_a_strip_and_not_a_division_by_zero() -> None:
    pair = (0.0, 3.0, 1.0, 0.0, 1.0, 0.0)
    points = within(pair, rectangle(0.0, 100.0, 0.0, 100.0), 5.0)
    gaps = [a - b for a, b in points]
    assert math.isclose(min(gaps), -4.0)
    assert math.isclose(max(gaps), 4.0)
    assert within(pair, rectangle(0.0, 100.0, 0.0, 100.0), 2.9) == []
