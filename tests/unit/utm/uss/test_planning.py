"""What may be planned, by tables: who meets whom, in which state, with which priority."""

import itertools
import uuid
from typing import Any

import pytest

from openline.airspace.operation import TRANSITIONS
from openline.airspace.operation import State as Flown
from openline.errors import OpenlineError, Refused
from openline.utm.space import time_of
from openline.utm.uss.intents import OFF_NOMINAL, Wanted, details_of
from openline.utm.uss.limits import OI_MAX_PLAN_HORIZON_MS
from openline.utm.uss.planning import MOVES, Before, Other, check, judge, what_is_done
from openline.utm.uss.shapes import shape_of
from openline.utm.wire import volumes
from openline.utm.wire.details import OperationalIntentDetails
from openline.utm.wire.references import (
    OperationalIntentReference,
    UssAvailabilityState,
)
from openline.utm.wire.references import OperationalIntentState as State

NOW_MS = 1_770_000_000_000
HERE, THERE = 0.0, 1_000.0
OURS, THEIRS = str(uuid.uuid4()), str(uuid.uuid4())


def square(
    east_m: float, start_ms: int = NOW_MS - 1_000, end_ms: int = NOW_MS + 1_800_000
) -> volumes.Volume4D:
    lng = 8.0 + east_m / 76_000
    corners = ((lng, 47.0), (lng + 0.001, 47.0), (lng + 0.001, 47.001), (lng, 47.001))
    ring = volumes.Polygon(tuple(volumes.LatLngPoint(lng=x, lat=y) for x, y in corners))
    low, high = volumes.Altitude(100.0, "W84", "M"), volumes.Altitude(200.0, "W84", "M")
    return volumes.Volume4D(
        volumes.Volume3D(outline_polygon=ring, altitude_lower=low, altitude_upper=high),
        time_of(start_ms),
        time_of(end_ms),
    )


def other(priority: int | None = 0, state: State = State.ACCEPTED, east_m: float = HERE) -> Other:
    reference = OperationalIntentReference(
        id=THEIRS,
        manager="them",
        uss_availability=UssAvailabilityState.UNKNOWN,
        version=1,
        state=state,
        time_start=time_of(NOW_MS),
        time_end=time_of(NOW_MS + 1_000),
        uss_base_url="https://them.test",
        subscription_id=THEIRS,
    )
    return Other(reference, None if priority is None else shape_of(THEIRS, (square(east_m),)), priority)


def judged(state: State, priority: int, before: Before | None, them: Other) -> str:
    """ "free", "met" (it conflicts and may), or the clause by which it is refused."""
    wanted = Wanted(state=state, area=(square(HERE),), priority=priority)
    try:
        met = judge(wanted, shape_of(OURS, wanted.area), before, [them])
    except Refused as fault:
        return str(fault.clause) if fault.code == "conflict" else fault.code
    return "met" if met else "free"


def stood(state: State, east_m: float) -> Before:
    return Before(OURS, state, shape_of(OURS, (square(east_m),)))


A, V, N, C = State.ACCEPTED, State.ACTIVATED, State.NONCONFORMING, State.CONTINGENT
OVER_THEM, EQUAL, UNDER_THEM = 5, 4, 3


@pytest.mark.parametrize(
    ("before", "state", "priority", "outcome"),
    [
        # A flight that is not there yet
        (None, A, OVER_THEM, "met"),
        (None, A, EQUAL, "F3548-21 SCD0035"),
        (None, A, UNDER_THEM, "F3548-21 SCD0015"),
        (None, V, UNDER_THEM, "F3548-21 SCD0025"),
        # Planned, and changed or activated: a conflict that is there already is none that may be
        ((A, THERE), A, OVER_THEM, "met"),
        ((A, THERE), A, EQUAL, "F3548-21 SCD0040"),
        ((A, HERE), A, EQUAL, "F3548-21 SCD0040"),
        ((A, THERE), A, UNDER_THEM, "F3548-21 SCD0020"),
        ((A, HERE), A, UNDER_THEM, "F3548-21 SCD0020"),
        ((A, HERE), V, OVER_THEM, "met"),
        ((A, HERE), V, EQUAL, "F3548-21 SCD0045"),
        ((A, HERE), V, UNDER_THEM, "F3548-21 SCD0025"),
        # In the air: only a new conflict is refused
        ((V, THERE), V, OVER_THEM, "met"),
        ((V, THERE), V, EQUAL, "F3548-21 SCD0050"),
        ((V, HERE), V, EQUAL, "met"),
        ((V, THERE), V, UNDER_THEM, "F3548-21 SCD0030"),
        ((V, HERE), V, UNDER_THEM, "met"),
        ((N, HERE), V, UNDER_THEM, "met"),
        ((N, THERE), V, UNDER_THEM, "F3548-21 SCD0030"),
        # Off nominal: where it is, it is
        ((V, THERE), N, UNDER_THEM, "free"),
        ((A, THERE), C, UNDER_THEM, "free"),
    ],
)
def test_a_conflict_is_refused_as_the_standard_has_it(
    before: tuple[State, float] | None, state: State, priority: int, outcome: str
) -> None:
    was = None if before is None else stood(*before)
    assert judged(state, priority, was, other(EQUAL)) == outcome


@pytest.mark.parametrize(("state", "priority"), list(itertools.product((A, V), (0, 9))))
def test_who_is_elsewhere_is_no_conflict(state: State, priority: int) -> None:
    assert judged(state, priority, None, other(4, east_m=THERE)) == "free"


@pytest.mark.parametrize(
    ("theirs", "outcome"),
    [(A, "met"), (V, "F3548-21 SCD0015"), (N, "F3548-21 SCD0015"), (C, "F3548-21 SCD0015")],
)
def test_of_a_uss_that_is_down_the_planned_is_below_all_and_the_flying_above_all(
    theirs: State, outcome: str
) -> None:
    for priority in (-1_000, 0, 1_000):
        assert judged(A, priority, None, other(None, theirs)) == outcome


def test_a_flight_is_in_no_conflict_with_itself() -> None:
    wanted = Wanted(state=A, area=(square(HERE),))
    assert judge(wanted, shape_of(THEIRS, wanted.area), None, [other()]) == ()


def test_volumes_that_overlap_by_a_centimetre_conflict_and_those_a_centimetre_apart_do_not() -> None:
    wanted = Wanted(state=A, area=(square(HERE),))
    shape, degree_m = shape_of(OURS, wanted.area), 111_187.0

    def shifted(metres: float) -> volumes.Volume4D:
        north = 0.001 + metres / degree_m
        corners = ((8.0, 47.0 + north), (8.001, 47.0 + north), (8.001, 47.01), (8.0, 47.01))
        ring = volumes.Polygon(tuple(volumes.LatLngPoint(lng=x, lat=y) for x, y in corners))
        base = square(HERE)
        low, high = base.volume.altitude_lower, base.volume.altitude_upper
        return volumes.Volume4D(volumes.Volume3D(None, ring, low, high), base.time_start, base.time_end)

    for metres, conflicts in ((-0.011, True), (0.011, False)):
        them = other()
        them = Other(them.reference, shape_of(THEIRS, (shifted(metres),)), 0)
        if conflicts:
            with pytest.raises(Refused):
                judge(wanted, shape, None, [them])
        else:
            assert judge(wanted, shape, None, [them]) == ()


# The flight by itself -----------------------------------------------------------------------------
def checked(state: State, area: tuple[volumes.Volume4D, ...], was: State | None = None) -> str:
    wanted = Wanted(state=state, area=area)
    try:
        check(wanted, shape_of(OURS, area), was, NOW_MS)
    except OpenlineError as fault:
        return fault.code
    return "well"


@pytest.mark.parametrize(
    ("state", "start_ms", "end_ms", "outcome"),
    [
        (A, 0, 60_000, "well"),
        (A, OI_MAX_PLAN_HORIZON_MS, OI_MAX_PLAN_HORIZON_MS + 60_000, "well"),
        (A, OI_MAX_PLAN_HORIZON_MS + 1, OI_MAX_PLAN_HORIZON_MS + 60_000, "beyond-horizon"),
        (A, -60_000, 1, "well"),
        (A, -60_000, 0, "already-over"),
        (V, -60_000, 0, "already-over"),
        (V, 0, 60_000, "well"),
        (V, 1, 60_000, "not-active-now"),
        (N, 1, 60_000, "well"),
        (N, -60_000, 0, "already-over"),
        (C, 1, 60_000, "well"),
    ],
)
def test_times_are_as_the_state_asks(state: State, start_ms: int, end_ms: int, outcome: str) -> None:
    assert checked(state, (square(HERE, NOW_MS + start_ms, NOW_MS + end_ms),)) == outcome


def test_ten_thousand_vertices_together_are_the_most() -> None:
    assert checked(A, (square(HERE),) * 1_000) == "well"
    ring = [volumes.LatLngPoint(lng=8.0 + i * 1e-6, lat=47.0) for i in range(9_999)]
    top = volumes.LatLngPoint(lng=8.005, lat=47.01)
    base = square(HERE)

    def with_ring(points: list[Any]) -> volumes.Volume4D:
        shape = volumes.Volume3D(
            None, volumes.Polygon(tuple(points)), base.volume.altitude_lower, base.volume.altitude_upper
        )
        return volumes.Volume4D(shape, base.time_start, base.time_end)

    wanted = Wanted(state=A, area=(with_ring([*ring, top]), with_ring([*ring[:2], top])))
    with pytest.raises(OpenlineError) as caught:
        check(wanted, shape_of(OURS, (base,)), None, NOW_MS)
    assert caught.value.code == "too-many-vertices"


@pytest.mark.parametrize(("was", "state"), list(itertools.product((None, *State), State)))
def test_states_follow_one_another_by_the_one_table(was: State | None, state: State) -> None:
    allowed = was in (None, state) or Flown(state.value) in TRANSITIONS[Flown(was.value if was else "Ended")]
    assert (checked(state, (square(HERE),), was) == "well") is allowed
    assert (state in MOVES[was]) is allowed


@pytest.mark.parametrize("state", list(State))
def test_details_have_the_volumes_that_their_state_asks_for(state: State) -> None:
    before = OperationalIntentDetails((square(THERE),), (), 0)
    details = details_of(Wanted(state=state, area=(square(HERE),), priority=7), before)
    assert bool(details.off_nominal_volumes) is (state in OFF_NOMINAL)
    assert bool(details.volumes) is (state is not C)
    assert details.priority == 7
    if state is N:
        assert details.volumes == before.volumes


def test_what_is_done_has_a_word() -> None:
    words = {
        what_is_done(Wanted(state=state, area=()), None if was is None else stood(was, HERE))
        for was in (None, A, V)
        for state in (A, V)
    }
    assert words == {"plan", "change", "activate", "change in flight"}
