"""F3548 volumes as numbers: times outward, rings judged, what meets over the antimeridian and at a pole."""

import pytest

from openline.errors import Invalid
from openline.utm.dss.airspace import Airspace
from openline.utm.dss.decision import Put
from openline.utm.dss.limits import COVER_TOLERANCE_M
from openline.utm.dss.operational_intents import QUESTION
from openline.utm.dss.records import Intent, Kind
from openline.utm.dss.values import intent_record
from openline.utm.space import end_ms_of, judged_zones_of, start_ms_of, time_of, zones_of
from openline.utm.unions import covers, union_km2
from openline.utm.wire.references import OperationalIntentState
from openline.utm.wire.volumes import Time, Volume3D, Volume4D
from unit.utm.dss.dss_room import NOW_MS, circle, polygon, uuid4, volume

STATE = OperationalIntentState.ACCEPTED
BEGIN_MS = 1_530_000_000_000  # 2018-06-26T08:00:00Z
TIMES = {
    "2018-06-26T08:00:00Z": (0, 0),
    "2018-06-26t08:00:00z": (0, 0),
    "2018-06-26T08:00:00.001Z": (1, 1),
    "2018-06-26T08:00:00.0012Z": (1, 2),
    "2018-06-26T08:00:00.001000001Z": (1, 2),
    "2018-06-26T08:00:00.123456789+00:00": (123, 124),
    "2018-06-26T07:59:59.9999Z": (-1, 0),
}


@pytest.mark.parametrize("text", TIMES)
def test_a_start_is_rounded_down_and_an_end_up(text: str) -> None:
    start, end = TIMES[text]
    time = Time(text, "RFC3339")
    assert (start_ms_of(time) - BEGIN_MS, end_ms_of(time) - BEGIN_MS) == (start, end)


NO_TIMES = [
    "2018-06-26T08:00:00",
    "2018-06-26T08:00:00+02:00",
    "2018-06-26",
    "2018-06-26T08:00Z",
    "something-invalid",
    "20180626T080000Z",
    "2018-13-26T08:00:00Z",
    "",
]


@pytest.mark.parametrize("text", NO_TIMES)
def test_no_time_is(text: str) -> None:
    with pytest.raises(Invalid, match="bad-time"):
        start_ms_of(Time(text, "RFC3339"))


def test_a_time_is_written_as_it_is_read() -> None:
    assert time_of(BEGIN_MS + 7) == Time("2018-06-26T08:00:00.007Z", "RFC3339")
    assert start_ms_of(time_of(NOW_MS)) == NOW_MS


RINGS: dict[str, tuple[str, Volume3D]] = {
    "closed": ("vertex-repeated", polygon((8, 47), (8.01, 47), (8.01, 47.01), (8, 47))),
    "closed over the antimeridian": (
        "vertex-repeated",
        polygon((180, 47), (179.99, 47), (179.99, 47.01), (-180, 47)),
    ),
    "a point": ("vertex-repeated", polygon((8, 47), (8, 47), (8, 47))),
    "a bow tie": ("self-intersection", polygon((8, 47), (8.01, 47.01), (8.01, 47), (8, 47.01))),
    "a line": ("no-area", polygon((8, 47), (8, 47.01), (8, 47.02))),
    "no ring": ("too-few-vertices", polygon((8, 47), (8, 47.01))),
    "no outline": ("outline", Volume3D()),
    "two outlines": (
        "outline",
        Volume3D(circle().outline_circle, polygon((8, 47), (8.01, 47), (8.01, 47.01)).outline_polygon),
    ),
    "half a circle": ("outline", Volume3D(outline_circle=type(circle().outline_circle)())),  # type: ignore[misc]
}


@pytest.mark.parametrize("case", RINGS)
def test_no_outline_is(case: str) -> None:
    code, shape = RINGS[case]
    asked = Volume4D(shape, time_of(NOW_MS), time_of(NOW_MS + 1))
    with pytest.raises(Invalid) as refused:
        zones_of((asked,), QUESTION)
    assert refused.value.code == code


# What meets ---------------------------------------------------------------------------------------
def airspace_with(*extents: Volume4D) -> Airspace:
    airspace = Airspace()
    zones = judged_zones_of(extents)
    intent = Intent(
        OperationalIntentState.ACCEPTED, "o" * 16, "https://x.example", None, "", "", extents=extents
    )
    record = intent_record(uuid4(1), "uss1", 1, (zones.start_ms, zones.end_ms), (0,), intent)
    airspace.apply([Put(record, zones)], [])
    return airspace


MEETING = {
    "over the antimeridian": (
        polygon((179.9, 0), (-179.9, 0), (-179.9, 0.1), (179.9, 0.1)),
        circle(180.0, 0.05),
    ),
    "over the antimeridian, from the other side": (
        circle(179.999, 10.0, 300.0),
        circle(-179.999, 10.0, 300.0),
    ),
    "at the pole": (circle(0.0, 90.0, 200.0), circle(180.0, 89.999, 300.0)),
    "around the pole": (polygon((0, 89.9), (120, 89.9), (-120, 89.9)), circle(60.0, 89.97, 10.0)),
    "a bulging edge": (polygon((8, 60), (8.6, 60), (8.3, 60.01)), circle(8.3, 59.9999, 15.0)),
}


@pytest.mark.parametrize("case", MEETING)
def test_meet(case: str) -> None:
    one, other = MEETING[case]
    for here, there in ((one, other), (other, one)):
        found = airspace_with(volume(here)).near(Kind.OPERATIONAL_INTENT, judged_zones_of((volume(there),)))
        assert [it.id for it in found] == [uuid4(1)]


def test_a_question_without_times_finds_what_lasts_longer_than_thirty_days() -> None:
    long = Volume4D(
        volume().volume, Time("1969-12-31T00:00:00Z", "RFC3339"), Time("2120-01-01T00:00:00Z", "RFC3339")
    )
    for end in (None, Time("2119-01-01T00:00:00Z", "RFC3339")):
        asked = Volume4D(circle(), None, end)
        assert airspace_with(long).near(Kind.OPERATIONAL_INTENT, judged_zones_of((asked,)))


def test_a_change_that_is_taken_back_leaves_everything_as_it_was() -> None:
    airspace = airspace_with(volume())
    (before,) = airspace.all(Kind.OPERATIONAL_INTENT)
    away = volume(circle(9.0))
    far = judged_zones_of((away,))
    served = Intent(STATE, "p" * 16, "https://x.example", uuid4(9), "", "", extents=(away,))
    moved = intent_record(before.id, "uss1", 2, (far.start_ms, far.end_ms), (1,), served)
    undo = airspace.apply([Put(moved, far)], [])
    assert airspace.dependents(uuid4(9)) == (before.id,)
    airspace.take_back(undo)
    assert airspace.all(Kind.OPERATIONAL_INTENT) == [before]
    assert airspace.dependents(uuid4(9)) == ()
    assert not airspace.near(Kind.OPERATIONAL_INTENT, far)
    assert airspace.near(Kind.OPERATIONAL_INTENT, judged_zones_of((volume(),))) == [before]


# Areas --------------------------------------------------------------------------------------------
def test_what_volumes_share_is_counted_once() -> None:
    one, other = circle(8.0, 47.0, 10_000.0), circle(10.0, 47.0, 10_000.0)
    assert union_km2([one]) == pytest.approx(314.16, rel=0.01)
    assert union_km2([one, one, one]) == pytest.approx(union_km2([one]))
    assert union_km2([one, other]) == pytest.approx(2 * union_km2([one]), rel=0.001)


SQUARE = polygon((8, 47), (8.01, 47), (8.01, 47.01), (8, 47.01))
COVERING = [
    (SQUARE, SQUARE, True),
    (circle(8.005, 47.005, 2_000.0), SQUARE, True),
    (SQUARE, circle(8.005, 47.005, 300.0), True),
    (SQUARE, circle(8.005, 47.005, 500.0), False),
    (circle(8.0, 47.0, 500.0), circle(8.0, 47.0, 500.0 + COVER_TOLERANCE_M), True),
    (circle(8.0, 47.0, 500.0), circle(8.0, 47.0, 500.1 + COVER_TOLERANCE_M), False),
    (SQUARE, polygon((8.001, 47.001), (8.009, 47.001), (8.005, 47.02)), False),
    (polygon((179.9, 0), (-179.9, 0), (-179.9, 0.1), (179.9, 0.1)), circle(180.0, 0.05, 1_000.0), True),
]


@pytest.mark.parametrize(("outer", "inner", "covered"), COVERING)
def test_covers(outer: Volume3D, inner: Volume3D, covered: bool) -> None:
    assert covers(outer, inner, COVER_TOLERANCE_M) is covered
