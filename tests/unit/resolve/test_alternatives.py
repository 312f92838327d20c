"""What the resolver answers is free of conflict, cheapest first, and nothing on the grid is missed."""

import random
from collections.abc import Iterator
from importlib import import_module

import msgspec
import pytest

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.change import Change, apply
from openline.airspace.operation import Operation
from openline.conflict import ConflictIndex, Minima, conflict_between
from openline.errors import Invalid, LimitExceeded
from openline.resolve import Alternative, Limits, alternatives
from openline.resolve.cost import cost_of
from openline.resolve.limits import climbs, delays
from unit.resolve.traffic import FEET, NOON_MS, any_operation, block, flight

HOUR_MS = 3_600_000
MINIMA = (
    Minima.enroute,
    Minima.f3548,
    Minima.of(lateral_nm=1, vertical_ft=500),
    Minima.threes,
    Minima.of(lateral_nm=5, vertical_ft=1_000, dwell_s=40),
)
GRID = Limits(
    earliest_ms=-60_000,
    latest_ms=120_000,
    step_ms=10_000,
    largest_climb_dmm=3_000 * FEET,
    level_step_dmm=500 * FEET,
    largest_offset_dmm=0,
)


def sign(value: int) -> int:
    return (value > 0) - (value < 0)


def kind(change: Change) -> tuple[int, int]:
    return sign(change.delay_ms), sign(change.climb_dmm)


def changes(operation: Operation, limits: Limits, now_ms: int) -> Iterator[Change]:
    """Every step of the grid, as filed among them."""
    times, levels = delays(operation, limits, None, now_ms), climbs(operation, limits)
    for delay in range(times.first, times.last + 1):
        for level in sorted({0, *range(levels.first, levels.last + 1)}):
            yield Change(delay * limits.step_ms, level * limits.level_step_dmm)


def is_free(operation: Operation, change: Change, others: list[Operation], minima: Minima) -> bool:
    changed = apply(operation, change)
    return not any(conflict_between(changed, other, minima) for other in others)


@pytest.mark.parametrize("case", range(20))
def test_nothing_on_the_grid_is_missed_and_each_kind_of_change_comes_at_its_cheapest(case: int) -> None:
    """Flights and areas, in all datums, under minima with and without a dwell; every step is tried."""
    chance = random.Random(f"grid {case}")
    others = [any_operation(number, chance) for number in range(2, 12)]
    own, minima = any_operation(1, chance), MINIMA[case % len(MINIMA)]
    index = ConflictIndex(minima)
    index.add_many(others)
    now = own.start_ms - 40_000
    free = {it: cost_of(it) for it in changes(own, GRID, now) if is_free(own, it, others, minima)}
    found = alternatives(own, index, None, now, 100, limits=GRID)
    assert {one.change for one in found} <= set(free)
    assert bool(found) == bool(free)
    if Change() in free:
        assert [one.change for one in found] == [Change()]
        return
    best: dict[tuple[int, int], float] = {}
    for change, cost in free.items():
        best[kind(change)] = min(cost, best.get(kind(change), cost))
    for (later, up), cost in best.items():
        mine = [one.cost for one in found if kind(one.change) == (later, up)]
        parts = [best[part] for part in ((later, 0), (0, up)) if part in best and part != (later, up)]
        assert (min(mine, default=None) == cost) == all(cost < part for part in parts)
        assert bool(mine) == all(cost < part for part in parts)


def test_the_grid_cases_have_both_what_is_free_and_what_is_not() -> None:
    """Or the test above would say little."""
    as_filed = nothing = between = 0
    for case in range(20):
        chance = random.Random(f"grid {case}")
        others = [any_operation(number, chance) for number in range(2, 12)]
        own, minima = any_operation(1, chance), MINIMA[case % len(MINIMA)]
        index = ConflictIndex(minima)
        index.add_many(others)
        found = alternatives(own, index, None, own.start_ms - 40_000, 1, limits=GRID)
        as_filed += bool(found) and found[0].change.is_none
        nothing += not found
        between += bool(found) and not found[0].change.is_none
    assert between >= 8
    assert nothing + as_filed >= 2


@pytest.mark.parametrize("case", range(9))
def test_on_steps_of_a_second_and_a_foot_no_cheaper_delay_climb_or_combination_is_free(case: int) -> None:
    """Every delay and every climb is tried; of the combinations that would be cheaper, a thousand."""
    chance = random.Random(f"fine {case}")
    others = [any_operation(number, chance) for number in range(2, 14)]
    minima = (
        Minima.enroute,
        Minima.of(lateral_nm=3, vertical_ft=500),
        Minima.of(lateral_nm=5, vertical_ft=1_000, dwell_s=30),
    )[case % 3]
    index = ConflictIndex(minima)
    index.add_many(others)
    own = next(it for it in iter(lambda: any_operation(1, chance), None) if not index.is_clear(it))
    limits = Limits(latest_ms=600_000, largest_climb_dmm=2_000 * FEET, largest_offset_dmm=0)
    now = own.start_ms - HOUR_MS
    found = alternatives(own, index, None, now, 50, limits=limits)
    cheapest = {kind(one.change): one.cost for one in reversed(found)}
    times, levels = delays(own, limits, None, now), climbs(own, limits)
    steps = [Change(delay * 1_000, 0) for delay in range(times.first, times.last + 1) if delay]
    steps += [Change(0, level * FEET) for level in range(levels.first, levels.last + 1) if level]
    least = min(cheapest.values(), default=float("inf"))
    both = [
        Change(
            chance.randint(times.first, times.last) * 1_000, chance.randint(levels.first, levels.last) * FEET
        )
        for _ in range(1_000)
    ]
    steps += [change for change in both if 0 not in kind(change) and cost_of(change) < least]
    for change in steps:
        if cost_of(change) < cheapest.get(kind(change), float("inf")):
            assert not index.is_clear(apply(own, change)), change


def test_a_proof_can_be_made_again_by_anybody() -> None:
    chance = random.Random("proof")
    others = [any_operation(number, chance) for number in range(2, 30)]
    index = ConflictIndex(Minima.enroute)
    index.add_many(others)
    own = next(it for it in iter(lambda: any_operation(1, chance), None) if not index.is_clear(it))
    found = alternatives(own, index, None, own.start_ms - HOUR_MS, 20)
    assert found
    for one in found:
        assert (one.proof.operations, one.proof.minima) == (len(others), Minima.enroute)
        assert one.operation == apply(own, one.change)
        assert one.cost == cost_of(one.change)
        assert not any(conflict_between(one.operation, other, one.proof.minima) for other in others)
    assert [one.cost for one in found] == sorted(one.cost for one in found)
    assert found[:2] == alternatives(own, index, None, own.start_ms - HOUR_MS, 2)


def test_each_later_gap_between_flights_is_named_once() -> None:
    """Two flights cross the way five and ten minutes later: one may go before, between, or after them."""
    index = ConflictIndex(Minima.enroute)
    crossings = [NOON_MS, NOON_MS + 300_000, NOON_MS + 600_000]
    index.add_many([flight(number, 90.0, 350, noon) for number, noon in enumerate(crossings, 2)])
    limits = Limits(largest_climb_dmm=0, largest_offset_dmm=0)
    found = alternatives(flight(1, 0.0, 350), index, None, NOON_MS - HOUR_MS, 10, limits=limits)
    later = [one.change.delay_ms for one in found if one.change.delay_ms > 0]
    earlier = [one.change.delay_ms for one in found if one.change.delay_ms < 0]
    assert len(later) == 3
    assert [round(delay / 300_000) for delay in later] == [0, 1, 2]
    assert len(earlier) == 1
    half_ms = later[0]  # both at 200 m/s, square to one another: clear at 5 NM times the root of 2
    assert half_ms == pytest.approx(9_260 * 2**0.5 / 200 * 1_000, abs=1_500)


def test_nothing_within_the_limits_is_an_answer() -> None:
    index = ConflictIndex(Minima.enroute)
    index.add(block(1, Altitude.flight_level(200), Altitude.flight_level(500)))
    told: list[tuple[int, int]] = []
    found = alternatives(
        flight(2, 10.0, 350), index, None, NOON_MS - HOUR_MS, progress=lambda *at: told.append(at)
    )
    assert found == []
    assert told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_an_operation_is_not_in_its_own_way_and_stays_as_filed_where_it_may() -> None:
    index = ConflictIndex(Minima.enroute)
    candidate = flight(1, 10.0, 350)
    index.add(candidate)
    (only,) = alternatives(candidate, index, None, NOON_MS)
    assert (only.change, only.cost, only.sentence) == (Change(), 0.0, "as filed")


def test_what_is_left_out_of_the_question_is_in_nobodys_way() -> None:
    index = ConflictIndex(Minima.enroute)
    index.add_many([flight(2, 90.0, 350), flight(3, 45.0, 350)])
    own, now = flight(1, 0.0, 350), NOON_MS - HOUR_MS
    (only,) = alternatives(own, index, None, now, among=lambda name: False)
    assert only.change.is_none
    some = alternatives(own, index, None, now, among=lambda name: name == flight(2, 0.0, 350).id)
    alone = ConflictIndex(Minima.enroute)
    alone.add(flight(2, 90.0, 350))
    assert [one.change for one in some] == [one.change for one in alternatives(own, alone, None, now)]


def cheapest(found: list[Alternative], aside: int) -> Change:
    return next(one.change for one in found if sign(one.change.offset_dmm) == aside)


def test_a_flight_keeps_clear_beside_its_way_on_either_side() -> None:
    index = ConflictIndex(Minima.enroute)
    index.add(block(1, Altitude.flight_level(300), Altitude.flight_level(400), radius_m=2_000))
    limits = Limits(earliest_ms=0, latest_ms=0, largest_climb_dmm=0, largest_offset_dmm=12 * 18_520_000)
    found = alternatives(flight(2, 0.0, 350), index, None, NOON_MS - HOUR_MS, limits=limits)
    right, left = cheapest(found, 1), cheapest(found, -1)
    assert len(found) == 2
    # 2 km and 5 NM from the middle, in steps of half a mile.
    assert right.offset_dmm == -left.offset_dmm == 65 * 1_852_000
    for one in found:
        less = msgspec.structs.replace(
            one.change, offset_dmm=one.change.offset_dmm - sign(one.change.offset_dmm) * 9_260_000
        )
        assert not index.is_clear(apply(flight(2, 0.0, 350), less))


def test_an_area_is_shifted_as_a_whole() -> None:
    index = ConflictIndex(Minima.f3548)
    index.add(block(1, Altitude.feet(0, Datum.AMSL), Altitude.feet(3_000, Datum.AMSL), radius_m=2_000))
    candidate = block(2, Altitude.feet(0, Datum.AMSL), Altitude.feet(900, Datum.AMSL), radius_m=1_000)
    limits = Limits(earliest_ms=0, latest_ms=0, largest_climb_dmm=0)
    (only,) = alternatives(candidate, index, None, NOON_MS - 2 * HOUR_MS, limits=limits)
    assert (only.change, only.sentence) == (Change(0, 0, 37_040_000, 0), "shift 2 NM to the north")


def test_where_nothing_else_helps_an_offset_is_combined() -> None:
    """A pillar amid a layer: only beside the one and above or below the other is there a way."""
    index = ConflictIndex(Minima.f3548)
    index.add(block(1, Altitude.flight_level(0), Altitude.flight_level(500), radius_m=3_000))
    index.add(block(2, Altitude.flight_level(345), Altitude.flight_level(352), radius_m=30_000))
    limits = Limits(largest_climb_dmm=1_000 * FEET)
    found = alternatives(flight(3, 0.0, 350), index, None, NOON_MS - 2 * HOUR_MS, limits=limits)
    assert {kind(one.change) for one in found} == {(0, 1), (0, -1)}
    assert all(one.change.offset_dmm for one in found)
    assert {abs(one.change.offset_dmm) for one in found} == {37_040_000}
    assert {one.change.climb_dmm for one in found} == {201 * FEET, -501 * FEET}


def test_a_change_that_cannot_be_filed_at_all_is_passed_over() -> None:
    index = ConflictIndex(Minima.enroute)
    index.add(flight(1, 100.0, 990))
    limits = Limits(latest_ms=0, earliest_ms=0, ceiling_dmm=110_000 * FEET, largest_offset_dmm=0)
    found = alternatives(flight(2, 10.0, 990), index, None, NOON_MS - HOUR_MS, limits=limits)
    assert [one.sentence for one in found] == ["descend 1,000 ft (FL990 becomes FL980)"]


def test_volumes_are_moved_as_flights_are() -> None:
    index = ConflictIndex(Minima.f3548)
    index.add(block(1, Altitude.feet(1_000, Datum.AMSL), Altitude.feet(3_000, Datum.AMSL)))
    candidate = block(2, Altitude.feet(2_500, Datum.AMSL), Altitude.feet(3_500, Datum.AMSL))
    now = NOON_MS - 2 * HOUR_MS
    fine, levels = (
        alternatives(candidate, index, None, now, 1, limits=it)[0] for it in (Limits(), Limits.levels)
    )
    assert fine.sentence == "climb 501 ft (3,500 ft becomes 4,001 ft)"
    assert levels.sentence == "climb 1,000 ft (3,500 ft becomes 4,500 ft)"


def test_a_search_that_would_not_end_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """And never that there is nothing."""
    monkeypatch.setattr(import_module("openline.resolve.alternatives"), "MAX_PROOFS", 5)
    index = ConflictIndex(Minima.threes)
    index.add(flight(1, 10.0, 350))
    with pytest.raises(LimitExceeded, match="too-many-proofs"):
        alternatives(flight(2, 0.0, 350), index, None, NOON_MS - HOUR_MS)


def test_that_nothing_is_free_takes_few_proofs_whether_a_short_contact_is_tolerated_or_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ten million steps, and sixty offsets of each."""
    monkeypatch.setattr(import_module("openline.resolve.alternatives"), "MAX_PROOFS", 1_000)
    for minima in (Minima.threes, Minima.enroute):
        index = ConflictIndex(minima)
        index.add(block(1, Altitude.flight_level(0), Altitude.flight_level(600)))
        assert alternatives(flight(2, 0.0, 350), index, None, NOON_MS - HOUR_MS) == []


@pytest.mark.parametrize("limit", [0, -1, 2.0, None, True])
def test_a_limit_that_is_no_number_of_answers_is_refused(limit: object) -> None:
    with pytest.raises(Invalid, match="bad-limit"):
        alternatives(flight(1, 0.0, 350), ConflictIndex(Minima.enroute), None, NOON_MS, limit)
