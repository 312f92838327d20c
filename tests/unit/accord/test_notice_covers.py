"""A notice always covers its operation, whatever the terms, the place on Earth and the datum. The oracle is
independent."""

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from openline.accord.disclosure import covers, disclose
from openline.accord.notice import Notice, as_operation
from openline.accord.terms import Disclosure
from openline.airspace.altitude import Altitude, Datum, pressure_margin_dmm
from openline.airspace.geoid import undulation_m
from openline.airspace.limits import MAX_PRESSURE_HEIGHT_DMM, MIN_PRESSURE_HEIGHT_DMM
from openline.airspace.operation import Operation, State
from openline.airspace.position import Position
from openline.airspace.volume import Circle, Polygon
from openline.errors import LimitExceeded
from unit.accord.agreed import BEGIN_MS, HOUR_MS, NOTICE_ID, accord, operation, path, volume
from unit.accord.cover_oracle import Place, ahead, along, holds, path_holds, volume_holds

GRIDS = st.sampled_from([0, 1, 100, 10_000, 10_000_000, 50_000_000, 125_000_000, 1_000_000_000])
LAYERS = st.sampled_from([0, 1, 3_048_000, 30_480_000])
STEPS = st.sampled_from([0, 1_000, 60_000, 3_600_000])
TERMS = st.builds(Disclosure, grid_e9=GRIDS, layer_dmm=LAYERS, step_ms=STEPS, trajectories=st.booleans())
CENTRES = st.one_of(
    st.tuples(st.floats(-85, 85), st.floats(-180, 180)),
    st.tuples(st.floats(88, 90), st.floats(-180, 180)),
    st.tuples(st.just(-90.0), st.just(0.0)),
    st.tuples(st.floats(-70, 70), st.sampled_from([180.0, -180.0, 179.99999, -179.9])),
)


def tell(flown: Operation, terms: Disclosure, datum: Datum = Datum.PRESSURE) -> Notice:
    agreed = accord(terms, datum=datum)
    return disclose(flown, agreed, "east", notice_id=NOTICE_ID, version=1, state=flown.state)


def polygon(corners: list[Place]) -> Polygon:
    return Polygon(tuple(Position(lat, lon) for lat, lon in corners))


@st.composite
def stars(draw: st.DrawFn) -> tuple[Place, list[Place], float]:
    """A centre, and corners at rising azimuths around it: every edge can be seen from the centre."""
    centre = draw(CENTRES)
    size_m = draw(st.sampled_from([20.0, 1_500.0, 40_000.0, 600_000.0]))
    count = draw(st.integers(4, 12))
    turn = draw(st.floats(0, 90))
    reaches = draw(st.lists(st.floats(0.25, 1.0), min_size=count, max_size=count))
    corners = [ahead(centre, turn + 360 * k / count, size_m * reach) for k, reach in enumerate(reaches)]
    return centre, corners, size_m


@given(stars(), TERMS, st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_every_point_of_a_polygon_lies_in_its_notice(star, terms, chance):
    centre, corners, size_m = star
    told = tell(operation(volume(polygon(corners))), terms).volumes[0].shape
    for first, second in zip(corners, corners[1:] + corners[:1], strict=True):
        edge = along(first, second, chance.choice([0.0, 0.5, chance.random()]))
        inward = 1 - chance.choice([0.005 / (0.2 * size_m), chance.random()])
        assert holds(told, along(centre, edge, inward))


@given(CENTRES, st.integers(1, 5_000_000_000), TERMS, st.floats(0, 360))
@settings(max_examples=100, deadline=None)
def test_the_rim_of_a_circle_lies_in_its_notice(centre, radius_dmm, terms, azimuth):
    flown = operation(volume(Circle(Position(*centre), radius_dmm)))
    told = tell(flown, terms).volumes[0].shape
    assert holds(told, ahead(centre, azimuth, radius_dmm / 1e4))


HOOK = [(0, 0), (9, 0), (9, 9), (0, 9), (0, 8), (8, 8), (8, 1), (0, 1)]
COMB = [(0, 0), (9, 0), (9, 9), (8, 9), (8, 1), (7, 1), (7, 9), (6, 9), (6, 1), (5, 1), (5, 9), (0, 9)]


@pytest.mark.parametrize("figure", [HOOK, COMB])
@pytest.mark.parametrize("grid_e9", [0, 1_000, 1_000_000, 10_000_000, 50_000_000, 500_000_000])
@pytest.mark.parametrize("place", [(46.0, 7.0), (89.95, 20.0), (-10.0, 179.98), (-90.0, 0.0)])
def test_what_snapping_would_tear_apart_is_still_covered(figure, grid_e9, place):
    """Inlets narrower than the grid: the ring is closed there, or its hull is told, but it always covers."""
    unit_m = 700.0
    corners = [ahead(place, math.degrees(math.atan2(x, y)), unit_m * math.hypot(x, y)) for x, y in figure]
    told = tell(operation(volume(polygon(corners))), Disclosure(grid_e9=grid_e9)).volumes[0].shape
    inside = [(x + dx, y + dy) for x, y in figure for dx in (-0.01, 0.01) for dy in (-0.01, 0.01)]
    for x, y in inside:
        if _within(figure, x, y):
            where = ahead(place, math.degrees(math.atan2(x, y)), unit_m * math.hypot(x, y))
            assert holds(told, where)


def _within(figure: list[tuple[int, int]], x: float, y: float) -> bool:
    crossings = 0
    for (ax, ay), (bx, by) in zip(figure, figure[1:] + figure[:1], strict=True):
        if (ay > y) != (by > y) and x < ax + (bx - ax) * (y - ay) / (by - ay):
            crossings += 1
    return crossings % 2 == 1


@st.composite
def flights(draw: st.DrawFn) -> dict:  # type: ignore[type-arg]
    place = draw(CENTRES)
    speed_m_s = draw(st.sampled_from([3.0, 220.0, 600.0]))
    count = draw(st.integers(2, 9))
    course, time, height = draw(st.floats(0, 360)), 0, draw(st.integers(0, 100_000_000))
    points = [(*place, height, time)]
    for _ in range(count - 1):
        lasting = draw(st.sampled_from([900, 7_321, 60_000, 600_001, 1_800_000]))
        course += draw(st.floats(-100, 100))
        place = ahead(place, course, speed_m_s * lasting / 1000)
        time += lasting
        height = max(0, min(120_000_000, height + draw(st.integers(-5_000_000, 5_000_000))))
        points.append((*place, height, time))
    return {
        "points": points,
        "lateral_dmm": draw(st.sampled_from([0, 500_000, 18_520_000])),
        "vertical_dmm": draw(st.sampled_from([0, 304_800])),
        "time_ms": draw(st.sampled_from([0, 30_000, 61_000])),
    }


@given(flights(), TERMS, st.randoms(use_true_random=False))
@settings(max_examples=35, deadline=None)
def test_wherever_a_flight_may_be_its_notice_says_so(flight, terms, chance):
    points = flight.pop("points")
    told = tell(operation(trajectory=path(*points, **flight)), terms)
    for leg, fraction in [
        (leg, f) for leg in range(len(points) - 1) for f in (0.0, 0.5, 1.0, chance.random())
    ]:
        before, after = points[leg], points[leg + 1]
        meant = along(before[:2], after[:2], fraction)
        place = ahead(meant, chance.uniform(0, 360), flight["lateral_dmm"] / 1e4 * chance.choice([0, 1]))
        height = (
            before[2] + (after[2] - before[2]) * fraction + flight["vertical_dmm"] * chance.choice([-1, 0, 1])
        )
        time = before[3] + (after[3] - before[3]) * fraction + flight["time_ms"] * chance.choice([-1, 0, 1])
        assert _is_told(told, place, height, BEGIN_MS + HOUR_MS + time)


def _is_told(told: Notice, place: Place, height_dmm: float, time_ms: float) -> bool:
    if told.trajectory is not None:
        return path_holds(told.trajectory, place, height_dmm, time_ms)
    # A quarter of a millimetre of time and height for the float that the test itself computed.
    return any(
        volume_holds(one, place, min(max(height_dmm, one.lower_dmm - 1), height_dmm), time_ms)
        or volume_holds(one, place, round(height_dmm), round(time_ms))
        for one in told.volumes
    )


@given(
    st.sampled_from(list(Datum)),
    st.sampled_from(list(Datum)),
    st.integers(-3_000_000, 150_000_000),
    LAYERS,
    st.floats(-80, 80),
    st.floats(-180, 179),
    st.floats(0, 1),
)
@settings(max_examples=100, deadline=None)
def test_heights_carried_into_another_datum_hold_every_height_that_may_be_meant(
    filed, agreed, height_dmm, layer_dmm, latitude, longitude, fraction
):
    """For every place of the area and every height that the filed one may be there, the notice's heights hold
    it."""
    outline = polygon([(latitude, longitude), (latitude, longitude + 1), (latitude + 1, longitude + 0.5)])
    flown = operation(volume(outline, Altitude(height_dmm, filed), Altitude(height_dmm, filed)))
    told = tell(flown, Disclosure(layer_dmm=layer_dmm), agreed).volumes[0]
    where = (latitude + fraction / 2, longitude + 0.5)
    for meant in _heights_in(agreed, filed, height_dmm, undulation_m(*where) * 1e4):
        assert told.lower_dmm <= meant <= told.upper_dmm


def _heights_in(agreed: Datum, filed: Datum, height_dmm: int, undulation_dmm: float) -> list[float]:
    """Extreme heights in `agreed` that a height filed in `filed` may be, at a place with that undulation."""
    if agreed is filed:
        return [height_dmm]
    margin = pressure_margin_dmm(height_dmm) if filed is Datum.PRESSURE else 0
    above_sea = [
        height_dmm - undulation_dmm if filed is Datum.WGS84 else height_dmm + part
        for part in (-margin, margin)
    ]
    if agreed is Datum.AMSL:
        return above_sea
    if agreed is Datum.WGS84:
        return [height + undulation_dmm for height in above_sea]
    # Every pressure altitude that can be stated, in steps of 10 m, that one may fly at that true height.
    near = [int(above_sea[0]) + offset * 100_000 for offset in range(-200, 201)]
    stated = [level for level in near if MIN_PRESSURE_HEIGHT_DMM <= level <= MAX_PRESSURE_HEIGHT_DMM]
    return [level for level in stated if abs(level - above_sea[0]) <= pressure_margin_dmm(level)]


@given(flights(), st.sampled_from(list(Datum)), st.sampled_from(list(Datum)), LAYERS)
@settings(max_examples=40, deadline=None)
def test_a_climbing_path_in_another_datum_is_covered_between_its_points_too(flight, filed, agreed, layer_dmm):
    points = flight.pop("points")
    told = tell(
        operation(trajectory=path(*points, **flight, datum=filed)), Disclosure(layer_dmm=layer_dmm), agreed
    )
    for leg, fraction in [(leg, f) for leg in range(len(points) - 1) for f in (0.0, 0.31, 0.5, 1.0)]:
        before, after = points[leg], points[leg + 1]
        place = along(before[:2], after[:2], fraction)
        height = round(before[2] + (after[2] - before[2]) * fraction)
        time = BEGIN_MS + HOUR_MS + before[3] + (after[3] - before[3]) * fraction
        for meant in _heights_in(agreed, filed, height, undulation_m(*place) * 1e4):
            assert path_holds(told.trajectory, place, meant, time)


@given(stars(), TERMS)
@settings(max_examples=60, deadline=None)
def test_the_senders_own_check_says_no_to_a_notice_of_somewhere_else(star, terms):
    """The check that guards what is sent is no rubber stamp: an operation moved by twice its size is not
    covered."""
    centre, corners, size_m = star
    notice = tell(operation(volume(polygon(corners))), Disclosure(trajectories=terms.trajectories))
    moved_centre = ahead(centre, 77.0, 2 * size_m)
    moved = operation(volume(Circle(Position(*moved_centre), 10_000)))
    assert covers(notice, operation(volume(polygon(corners))), Datum.PRESSURE)
    assert not covers(notice, moved, Datum.PRESSURE)


@given(flights(), st.sampled_from(["lateral", "vertical", "time"]))
@settings(max_examples=60, deadline=None)
def test_the_senders_own_check_says_no_to_a_path_that_strays(flight, which):
    points = flight.pop("points")
    notice = tell(operation(trajectory=path(*points, **flight)), Disclosure())
    strayed = [list(point) for point in points]
    if which == "lateral":
        strayed[-1][:2] = ahead(points[-1][:2], 10.0, 60.0)
    elif which == "vertical":
        strayed[-1][2] += 1_000
    else:
        strayed[-1][3] += 700_000
    try:
        other = operation(trajectory=path(*map(tuple, strayed), **flight))
    except LimitExceeded:
        assume(False)
    assert not covers(notice, other, Datum.PRESSURE)


def test_state_and_off_nominal_volumes_are_told_and_covered():
    inside = volume(polygon([(47.0, 8.0), (47.0, 8.1), (47.1, 8.0)]))
    outside = volume(Circle(Position(47.5, 8.5), 30_000_000))
    flown = operation(inside, off_nominal_volumes=(outside,), state=State.NONCONFORMING)
    notice = tell(flown, Disclosure(grid_e9=50_000_000))
    told = as_operation(notice, Datum.PRESSURE)
    assert told.state is State.NONCONFORMING
    assert told.id == NOTICE_ID
    assert holds(notice.off_nominal_volumes[0].shape, ahead((47.5, 8.5), 123.0, 3_000.0))
