"""Bad input is refused by name, the row is told, and the index stays as it was."""

import math
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.constraint import Constraint
from openline.airspace.operation import Operation, State
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Circle, Polygon, Position, Volume3D, Volume4D
from openline.conflict import ConflictIndex, Minima, conflict_between
from openline.errors import Invalid, LimitExceeded, NotFound, OpenlineError

NAN, INF = math.nan, math.inf
NOON_S = 1_533_124_800.0
Load = dict[str, Any]


def square(east_deg: float) -> np.ndarray:
    """A hundredth of a degree wide, from there and 47 N; longitude first."""
    return np.array([[0.0, 0.0], [0.01, 0.0], [0.01, 0.01], [0.0, 0.01]]) + np.array([east_deg, 47.0])


def load() -> Load:
    """Three squares side by side near 8 E, 47 N; rings 0 and 1 meet, 2 is alone."""
    return {
        "lonlat": np.concatenate([square(east_deg) for east_deg in (8.0, 8.005, 8.1)]),
        "offsets": np.array([0, 4, 8, 12]),
        "altitude_lower_m": np.full(3, 100.0),
        "altitude_upper_m": np.full(3, 200.0),
        "start_s": np.full(3, NOON_S),
        "end_s": np.full(3, NOON_S + 600.0),
        "ids": None,
    }


def changed(change: dict[str, Any]) -> Load:
    """give: whole fields; set: single elements; ring: another ring in place of row 1 (longitude first)."""
    bad = load()
    bad.update(change.get("give", {}))
    for field, elements in change.get("set", {}).items():
        for at, value in elements.items():
            bad[field][at] = value
    if "ring" in change:
        ring = np.array(change["ring"], dtype=float)
        bad["lonlat"] = np.concatenate([bad["lonlat"][:4], ring, bad["lonlat"][8:]])
        bad["offsets"] = np.array([0, 4, 4 + len(ring), 8 + len(ring)])
    return bad


def round_ring(count: int) -> list[tuple[float, float]]:
    turns = np.linspace(0.0, 2.0 * np.pi, count, endpoint=False)
    return [(8.0 + 0.1 * math.cos(turn), 47.0 + 0.1 * math.sin(turn)) for turn in turns]


WIDE = [(0.0, 0.0), (100.0, 0.0), (50.0, 60.0)]
ALL_AROUND = [(0.0, 0.0), (120.0, 0.0), (-120.0, 0.0)]
BOW_TIE = [(8.0, 47.0), (8.01, 47.01), (8.01, 47.0), (8.0, 47.01)]
ON_ITS_OWN_EDGE = [(10.0, 0.0), (10.02, 0.0), (10.02, 0.01), (10.01, 0.0), (10.0, 0.01)]
SPIKE = [(8.0, 0.0), (8.03, 0.0), (8.01, 0.0), (8.01, 0.01)]
ON_ONE_LINE = [(8.0, 0.0), (8.01, 0.0), (8.02, 0.0)]
TINY = [(8.0, 47.0), (8.0 + 1e-7, 47.0), (8.0, 47.0 + 1e-7)]
CLOSED = [(8.0, 47.0), (8.01, 47.0), (8.01, 47.01), (8.0, 47.0)]
TWICE_THE_POLE = [(0.0, 89.0), (90.0, 90.0), (90.0, 89.0), (-90.0, 90.0)]
TWICE_THE_ANTIMERIDIAN = [(180.0, 0.0), (179.0, 1.0), (-180.0, 2.0), (179.0, 3.0), (-180.0, 0.0)]

LOADS: list[dict[str, Any]] = [
    # Places
    {"name": "a longitude that is no number", "set": {"lonlat": {(5, 0): NAN}}, "code": "not-finite"},
    {"name": "an endless latitude", "set": {"lonlat": {(5, 1): -INF}}, "code": "not-finite"},
    {"name": "beyond the pole", "set": {"lonlat": {(5, 1): 90.000_001}}, "code": "out-of-range"},
    {"name": "around twice", "set": {"lonlat": {(5, 0): 361.0}}, "code": "out-of-range"},
    {"name": "huge", "set": {"lonlat": {(5, 0): 1e300}}, "code": "out-of-range"},
    {"name": "three columns", "give": {"lonlat": np.zeros((12, 3))}, "code": "wrong-shape", "row": None},
    {"name": "one column", "give": {"lonlat": np.zeros(24)}, "code": "wrong-shape", "row": None},
    {"name": "words", "give": {"lonlat": [["a", "b"]] * 12}, "code": "wrong-type", "row": None},
    {
        "name": "nothing for places",
        "give": {"lonlat": None},
        "code": ("wrong-type", "wrong-shape"),
        "row": None,
    },
    {"name": "uneven places", "give": {"lonlat": [[1.0, 2.0], [3.0]]}, "code": "wrong-type", "row": None},
    # Offsets
    {"name": "offsets from 1", "set": {"offsets": {0: 1}}, "code": "bad-offsets", "row": None},
    {"name": "offsets short of the end", "set": {"offsets": {3: 11}}, "code": "bad-offsets", "row": None},
    {"name": "offsets past the end", "set": {"offsets": {3: 13}}, "code": "bad-offsets", "row": None},
    {"name": "offsets that go back", "give": {"offsets": np.array([0, 8, 4, 12])}, "code": "bad-offsets"},
    {"name": "offsets below 0", "give": {"offsets": np.array([0, 4, -2, 12])}, "code": "bad-offsets"},
    {"name": "an empty ring", "give": {"offsets": np.array([0, 4, 4, 12])}, "code": "too-few-vertices"},
    {
        "name": "a ring of one vertex",
        "give": {"offsets": np.array([0, 4, 5, 12])},
        "code": "too-few-vertices",
    },
    {"name": "a ring of two", "give": {"offsets": np.array([0, 4, 6, 12])}, "code": "too-few-vertices"},
    {
        "name": "broken offsets",
        "give": {"offsets": np.array([0, 4.0, 8, 12])},
        "code": "wrong-type",
        "row": None,
    },
    {
        "name": "offsets in rows",
        "give": {"offsets": np.zeros((2, 2), int)},
        "code": "wrong-shape",
        "row": None,
    },
    {"name": "no offset at all", "give": {"offsets": np.array([], int)}, "code": "wrong-shape", "row": None},
    {
        "name": "nothing for offsets",
        "give": {"offsets": None},
        "code": ("wrong-type", "wrong-shape"),
        "row": None,
    },
    # Heights
    {"name": "a height that is no number", "set": {"altitude_lower_m": {1: NAN}}, "code": "not-finite"},
    {"name": "an endless height", "set": {"altitude_upper_m": {1: INF}}, "code": "not-finite"},
    {"name": "upside down", "set": {"altitude_lower_m": {1: 200.001}}, "code": "altitudes-inverted"},
    {"name": "too high", "set": {"altitude_upper_m": {1: 100_000.1}}, "code": "out-of-range"},
    {"name": "too low", "set": {"altitude_lower_m": {1: -8_000.1}}, "code": "out-of-range"},
    {"name": "a height short", "give": {"altitude_lower_m": np.zeros(2)}, "code": "wrong-shape", "row": None},
    {"name": "one height for all", "give": {"altitude_upper_m": 200.0}, "code": "wrong-shape", "row": None},
    {
        "name": "a height in words",
        "give": {"altitude_upper_m": ["a", "b", "c"]},
        "code": "wrong-type",
        "row": None,
    },
    # Times
    {"name": "a time that is no number", "set": {"start_s": {1: NAN}}, "code": "not-finite"},
    {"name": "an endless time", "set": {"end_s": {1: INF}}, "code": "not-finite"},
    {"name": "backwards", "set": {"end_s": {1: NOON_S - 0.001}}, "code": "times-inverted"},
    {"name": "milliseconds for seconds", "set": {"end_s": {1: NOON_S * 1e3}}, "code": "out-of-range"},
    {"name": "before 1970", "set": {"start_s": {1: -0.001}}, "code": "out-of-range"},
    {"name": "longer than 30 days", "set": {"end_s": {1: NOON_S + 30 * 86_400 + 0.001}}, "code": "too-long"},
    {"name": "a time too many", "give": {"end_s": np.full(4, NOON_S)}, "code": "wrong-shape", "row": None},
    {
        "name": "nothing for times",
        "give": {"start_s": None},
        "code": ("wrong-type", "wrong-shape"),
        "row": None,
    },
    # Rings
    {"name": "10,001 vertices", "ring": round_ring(10_001), "code": "too-many-vertices"},
    {"name": "over 5,000 km from its centre", "ring": WIDE, "code": "outline-too-large"},
    {"name": "all around the Earth", "ring": ALL_AROUND, "code": "outline-too-large"},
    {"name": "a bow tie", "ring": BOW_TIE, "code": "self-intersection"},
    {"name": "a vertex on its own edge", "ring": ON_ITS_OWN_EDGE, "code": "self-intersection"},
    {"name": "a spike", "ring": SPIKE, "code": "self-intersection"},
    {"name": "on one line", "ring": ON_ONE_LINE, "code": "no-area"},
    {"name": "a centimetre wide", "ring": TINY, "code": "no-area"},
    {"name": "closed", "ring": CLOSED, "code": "vertex-repeated"},
    {"name": "one place", "ring": [(8.0, 47.0)] * 3, "code": "vertex-repeated"},
    {"name": "twice at the pole", "ring": TWICE_THE_POLE, "code": "vertex-repeated"},
    {"name": "one place spelled twice", "ring": TWICE_THE_ANTIMERIDIAN, "code": "vertex-repeated"},
    # Ids
    {"name": "an id short", "give": {"ids": [1, 2]}, "code": "wrong-shape", "row": None},
    {"name": "ids in rows", "give": {"ids": np.zeros((3, 1), int)}, "code": "wrong-shape", "row": None},
    {"name": "broken ids", "give": {"ids": np.array([1.0, 2.0, 3.0])}, "code": "wrong-type", "row": None},
    {"name": "a truth for an id", "give": {"ids": [1, True, 3]}, "code": "wrong-type"},
    {"name": "no id", "give": {"ids": [1, None, 3]}, "code": "wrong-type"},
    {"name": "ids of two kinds", "give": {"ids": [1, "two", 3]}, "code": "wrong-type"},
    {"name": "an id beyond 64 bits", "give": {"ids": [1, 2**63, 3]}, "code": "wrong-type"},
]
LIMITS = {"out-of-range", "too-long", "too-many-vertices", "outline-too-large"}

named = pytest.mark.parametrize("case", LOADS, ids=lambda case: case["name"])


def refuse_unnamed(error: OpenlineError, case: dict[str, Any]) -> None:
    """The code, the class that belongs to it, and the row in words or in the field."""
    codes = case["code"] if isinstance(case["code"], tuple) else (case["code"],)
    assert error.code in codes, error
    assert isinstance(error, LimitExceeded) == (error.code in LIMITS)
    assert bool(error.clause) == isinstance(error, LimitExceeded)
    if case.get("row", 1) is not None:
        assert "row 1" in str(error), error


@named
def test_a_bad_load_is_refused_by_name(case: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        ConflictIndex.from_volumes(**changed(case))
    refuse_unnamed(refused.value, case)


@named
def test_a_bad_load_leaves_the_index_as_it_was(case: dict[str, Any]) -> None:
    index = filled()
    before = state_of(index)
    with pytest.raises(Invalid):
        index.add_volumes(**changed(case))
    assert state_of(index) == before
    index.add_volumes(**load())
    assert len(index) == before["len"] + 3


# What is there, and what it answers -------------------------------------------------------------------------
def text_id(number: int) -> str:
    return str(uuid.UUID(int=number, version=4))


def body(east_deg: float = 0.0, **changes: Any) -> Volume4D:
    ring = square(8.0 + east_deg)
    outline = Polygon(tuple(Position(float(lat), float(lon)) for lon, lat in ring))
    low, high = Altitude.metres(100.0, Datum.WGS84), Altitude.metres(200.0, Datum.WGS84)
    start_ms = round(NOON_S) * 1_000
    return Volume4D(Volume3D(changes.get("outline", outline), low, high), start_ms, start_ms + 600_000)


def operation(number: int, state: State = State.ACCEPTED, **parts: Any) -> Operation:
    parts = parts or {"volumes": (body(),)}
    return Operation(id=text_id(number), version=1, state=state, priority=0, **parts)


def constraint(number: int) -> Constraint:
    return Constraint(id=text_id(number), version=1, volumes=(body(0.003),))


def filled() -> ConflictIndex:
    """Numbers 0, 1, 2 of a load, operations 10 and 11, and constraint 20."""
    index = ConflictIndex.from_volumes(**load())
    index.add_many([operation(10), operation(11, volumes=(body(0.1),)), constraint(20)])
    return index


IDS = (0, 1, 2, 3, text_id(10), text_id(11), text_id(12), text_id(20))


def state_of(index: ConflictIndex) -> dict[str, Any]:
    one, other = index.all_pairs()
    return {
        "len": len(index),
        "holds": [identity in index for identity in IDS],
        "pairs": {frozenset(pair) for pair in zip(one.tolist(), other.tolist(), strict=True)},
        "answer": set(index.query_volume(square(8.0), 100.0, 200.0, NOON_S, NOON_S + 600.0).tolist()),
        "conflicts": index.conflicts(operation(99)),
    }


def test_the_filled_index_has_something_to_lose() -> None:
    state = state_of(filled())
    assert state["len"] == 6
    assert len(state["pairs"]) >= 6
    assert state["answer"] == {0, 1, text_id(10), text_id(20)}
    assert len(state["conflicts"]) == 4


ENDED = operation(12, State.ENDED)
KNOWN_IDS: list[dict[str, Any]] = [
    {"name": "a number that is there", "ids": [50, 1, 51]},
    {"name": "numbers as an array", "ids": np.array([50, 51, 2], np.int32)},
    {"name": "a text that is there", "ids": ["new", text_id(10), "newer"]},
    {"name": "a constraint's", "ids": ["new", "newer", text_id(20)]},
]


@pytest.mark.parametrize("case", KNOWN_IDS, ids=lambda case: case["name"])
def test_an_id_that_is_there_is_refused_in_a_load(case: dict[str, Any]) -> None:
    index = filled()
    before = state_of(index)
    with pytest.raises(Invalid) as refused:
        index.add_volumes(**{**load(), "ids": case["ids"]})
    assert refused.value.code == "duplicate-id"
    assert state_of(index) == before


CHANGES: list[tuple[str, Callable[[ConflictIndex], Any], type[OpenlineError], str]] = [
    ("an id that is there", lambda index: index.add(operation(10)), Invalid, "duplicate-id"),
    ("a constraint's id", lambda index: index.add(operation(20)), Invalid, "duplicate-id"),
    ("a constraint with an operation's id", lambda index: index.add(constraint(10)), Invalid, "duplicate-id"),
    (
        "the last of many is there",
        lambda index: index.add_many([operation(12), operation(11)]),
        Invalid,
        "duplicate-id",
    ),
    ("one comes twice", lambda index: index.add_many([operation(12)] * 2), Invalid, "duplicate-id"),
    ("the last of many has ended", lambda index: index.add_many([operation(13), ENDED]), Invalid, "ended"),
    ("ended", lambda index: index.add(ENDED), Invalid, "ended"),
    (
        "replaced by what has ended",
        lambda index: index.replace(operation(10, State.ENDED)),
        Invalid,
        "ended",
    ),
    ("asked with what has ended", lambda index: index.conflicts(ENDED), Invalid, "ended"),
    ("is what has ended clear", lambda index: index.is_clear(ENDED), Invalid, "ended"),
    ("replaced and not there", lambda index: index.replace(operation(12)), NotFound, "unknown-operation"),
    ("removed and not there", lambda index: index.remove(text_id(12)), NotFound, "unknown-operation"),
    ("removed by a number that is not there", lambda index: index.remove(3), NotFound, "unknown-operation"),
    ("removed by the text of a number", lambda index: index.remove("1"), NotFound, "unknown-operation"),
    ("removed by a broken number", lambda index: index.remove(1.0), NotFound, "unknown-operation"),
    ("removed by a truth", lambda index: index.remove(True), NotFound, "unknown-operation"),
    ("removed by nothing", lambda index: index.remove(None), NotFound, "unknown-operation"),
    ("asked for and not there", lambda index: index.conflicts_of(text_id(12)), NotFound, "unknown-operation"),
    ("no operation", lambda index: index.add("operation"), Invalid, "wrong-type"),
    ("no operation among many", lambda index: index.add_many([operation(12), None]), Invalid, "wrong-type"),
    ("asked with no operation", lambda index: index.conflicts(7), Invalid, "wrong-type"),
    ("replaced by no operation", lambda index: index.replace(body()), Invalid, "wrong-type"),
]


@pytest.mark.parametrize(("name", "change", "error", "code"), CHANGES, ids=[case[0] for case in CHANGES])
def test_a_bad_change_is_refused_by_name_and_changes_nothing(
    name: str, change: Callable[[ConflictIndex], Any], error: type[OpenlineError], code: str
) -> None:
    index = filled()
    before = state_of(index)
    with pytest.raises(error) as refused:
        change(index)
    assert (type(refused.value), refused.value.code) == (error, code)
    assert state_of(index) == before


def test_an_operation_that_cannot_be_made_stops_add_many_whole() -> None:
    """The operations may come from a generator that fails."""

    def broken() -> Any:
        yield operation(12)
        raise RuntimeError("the file ends here")

    index = filled()
    before = state_of(index)
    with pytest.raises(RuntimeError):
        index.add_many(broken())
    assert state_of(index) == before


# One volume that is asked with ------------------------------------------------------------------------------
GOOD_QUESTION: Load = {
    "lonlat": square(8.0),
    "altitude_lower_m": 100.0,
    "altitude_upper_m": 200.0,
    "start_s": NOON_S,
    "end_s": NOON_S + 600.0,
}
QUESTIONS: list[dict[str, Any]] = [
    {"name": "no place", "lonlat": np.empty((0, 2)), "code": "too-few-vertices"},
    {"name": "two places", "lonlat": square(8.0)[:2], "code": "too-few-vertices"},
    {"name": "three columns", "lonlat": np.zeros((4, 3)), "code": "wrong-shape"},
    {"name": "one column", "lonlat": np.zeros(8), "code": "wrong-shape"},
    {"name": "words", "lonlat": "square", "code": "wrong-type"},
    {"name": "nothing", "lonlat": None, "code": ("wrong-type", "wrong-shape")},
    {
        "name": "a place that is no number",
        "lonlat": [[8.0, 47.0], [8.1, NAN], [8.1, 47.1]],
        "code": "not-finite",
    },
    {"name": "beyond the pole", "lonlat": [[8.0, 47.0], [8.1, 90.1], [8.1, 47.1]], "code": "out-of-range"},
    {"name": "around twice", "lonlat": [[8.0, 47.0], [-368.1, 47.0], [8.1, 47.1]], "code": "out-of-range"},
    {"name": "10,001 vertices", "lonlat": round_ring(10_001), "code": "too-many-vertices"},
    {"name": "too wide", "lonlat": WIDE, "code": "outline-too-large"},
    {"name": "a bow tie", "lonlat": BOW_TIE, "code": "self-intersection"},
    {"name": "on one line", "lonlat": ON_ONE_LINE, "code": "no-area"},
    {"name": "closed", "lonlat": CLOSED, "code": "vertex-repeated"},
    {"name": "a height that is no number", "altitude_lower_m": NAN, "code": "not-finite"},
    {"name": "an endless height", "altitude_upper_m": INF, "code": "not-finite"},
    {"name": "upside down", "altitude_lower_m": 200.001, "code": "altitudes-inverted"},
    {"name": "too high", "altitude_upper_m": 100_000.1, "code": "out-of-range"},
    {"name": "a height in words", "altitude_upper_m": "high", "code": "wrong-type"},
    {"name": "no height", "altitude_upper_m": None, "code": "wrong-type"},
    {"name": "a time that is no number", "start_s": NAN, "code": "not-finite"},
    {"name": "backwards", "end_s": NOON_S - 0.001, "code": "times-inverted"},
    {"name": "milliseconds for seconds", "end_s": NOON_S * 1e3, "code": "out-of-range"},
    {"name": "longer than 30 days", "end_s": NOON_S + 30 * 86_400 + 0.001, "code": "too-long"},
    {"name": "no time", "end_s": None, "code": "wrong-type"},
]


@pytest.mark.parametrize("case", QUESTIONS, ids=lambda case: case["name"])
def test_a_bad_question_is_refused_by_name(case: dict[str, Any]) -> None:
    asked = {**GOOD_QUESTION, **{field: value for field, value in case.items() if field in GOOD_QUESTION}}
    for index in (filled(), ConflictIndex(Minima.f3548)):
        with pytest.raises(Invalid) as refused:
            index.query_volume(**asked)
        refuse_unnamed(refused.value, {**case, "row": None})


# What is allowed, though it looks odd -----------------------------------------------------------------------
def test_a_load_of_nothing_adds_nothing() -> None:
    nothing = {
        "lonlat": np.empty((0, 2)),
        "offsets": np.array([0]),
        **{field: np.empty(0) for field in ("altitude_lower_m", "altitude_upper_m", "start_s", "end_s")},
    }
    assert len(ConflictIndex.from_volumes(**nothing)) == 0
    index = filled()
    before = state_of(index)
    index.add_volumes(**nothing)
    index.add_many([])
    assert state_of(index) == before


@pytest.mark.parametrize("dtype", [np.float32, np.float64, ">f8"])
def test_a_load_may_come_in_any_kind_of_array(dtype: Any) -> None:
    """Lists, other dtypes and byte orders, views that are not contiguous; the arrays are copied, not kept."""
    given = load()
    wide = np.zeros((24, 4), dtype)
    wide[::2, ::2] = given["lonlat"]
    wide = wide if dtype != np.float32 else wide.astype(np.float64)
    given["lonlat"] = wide[::2, ::2]
    given["offsets"] = [0, 4, 8, 12]
    given["altitude_lower_m"], given["altitude_upper_m"] = [100] * 3, np.full(3, 200, np.int32)
    given["ids"] = np.array([7, 8, 9], np.uint8)
    index = ConflictIndex.from_volumes(**given)
    wide[:] = 0.0
    one, other = index.all_pairs()
    assert {*one.tolist(), *other.tolist()} == {7, 8}


def test_longitudes_may_count_on_over_the_antimeridian() -> None:
    given = load()
    given["lonlat"][:4] += (-360.0, 0.0)
    one, other = ConflictIndex.from_volumes(**given).all_pairs()
    assert {*one.tolist(), *other.tolist()} == {0, 1}


def test_a_path_beyond_the_named_limit_is_refused_and_changes_nothing() -> None:
    there, back = Position(0.0, -120.0), Position(0.0, -80.0)
    points = tuple(
        TrajectoryPoint(
            there if n % 2 else back, Altitude.flight_level(100), round(NOON_S) * 1_000 + n * 5_000_000
        )
        for n in range(460)
    )
    path = operation(13, trajectory=Trajectory(points, 0, 0, 0))
    index = filled()
    before = state_of(index)
    with pytest.raises(LimitExceeded) as refused:
        index.add_many([operation(12), path])
    assert refused.value.code == "path-too-long"
    assert state_of(index) == before


def test_the_exact_test_of_two_refuses_as_the_index_does() -> None:
    disc = operation(14, volumes=(body(outline=Circle(Position(47.0, 8.0), 1_000)),))
    for pair in ((ENDED, disc), (disc, ENDED)):
        with pytest.raises(Invalid) as refused:
            conflict_between(*pair, Minima.f3548)
        assert refused.value.code == "ended"


# The judges of rings are one --------------------------------------------------------------------------------
def test_a_ring_is_refused_in_a_load_just_as_it_is_as_a_value() -> None:
    """Rings that cross, touch or nearly touch themselves, here and over the antimeridian and the poles."""
    chance = np.random.default_rng(11)
    refused = 0
    for _ in range(600):
        ring = doubtful_ring(chance)
        expected = code_of(lambda ring=ring: Polygon(tuple(Position(lat, lon) for lon, lat in ring)))
        one = np.array(ring), np.array([0, len(ring)]), [100.0], [200.0], [NOON_S], [NOON_S + 1.0]
        assert code_of(lambda one=one: ConflictIndex.from_volumes(*one)) == expected, ring
        refused += expected is not None
    assert 100 < refused < 500


def code_of(make: Callable[[], Any]) -> str | None:
    try:
        make()
    except Invalid as error:
        return error.code
    return None


def doubtful_ring(chance: np.random.Generator) -> list[tuple[float, float]]:
    """A drawing of some vertices on a coarse grid, so that many touch; laid anywhere, small or large."""
    places = chance.permutation(25)[: chance.integers(3, 8)]
    size = 10.0 ** chance.uniform(-6.0, 0.0)
    lat = chance.choice((47.0, 89.999, -85.0, 0.0)) - size * (places % 5)
    lon = chance.choice((8.0, 179.999)) + size * (places // 5)
    lon = np.where(lon > 180.0, lon - 360.0, lon)
    return list(zip(lon.tolist(), lat.tolist(), strict=True))
