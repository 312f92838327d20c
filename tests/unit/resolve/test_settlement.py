"""A settlement leaves no conflict, moves nobody without need, and is borne as evenly as it says."""

import random
import sys
from itertools import combinations

import msgspec
import pytest

from openline.airspace.altitude import Altitude
from openline.airspace.geodesy import direct
from openline.airspace.operation import Operation
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.conflict import Conflict, ConflictIndex, Minima, conflict_between
from openline.errors import OpenlineError
from openline.resolve import Limits, Settlement, settle
from unit.resolve.traffic import NOON_MS, block, flight, operation

PARTIES = ("alpha", "bravo")
NOW_MS = NOON_MS - 7_200_000
QUICK = msgspec.structs.replace(Limits.levels, largest_offset_dmm=0)


def crossing(number: int, chance: random.Random) -> Operation:
    """Sixteen minutes at 220 m/s past a place within 30 km of 47 N 8 E, some time about noon."""
    lat, lon = direct(47.0, 8.0, chance.uniform(0, 360), chance.uniform(0, 30_000))
    heading, level = chance.uniform(0, 360), chance.choice((330, 340, 350, 360))
    middle_ms = NOON_MS + chance.randrange(-400, 400) * 1_000
    points = []
    for minutes in (-8, 8):
        at, by = direct(float(lat), float(lon), heading, minutes * 60 * 220.0)
        place = Position(float(at), float(by))
        points.append(TrajectoryPoint(place, Altitude.flight_level(level), middle_ms + minutes * 60_000))
    return operation(number, trajectory=Trajectory(tuple(points), 0, 0, 0))


class Sky:
    """Flights of two parties, and what of them may be moved."""

    def __init__(
        self, movable: list[Operation], fixed: list[Operation], minima: Minima = Minima.enroute
    ) -> None:
        self.all = [*movable, *fixed]
        self.movable = {one.id: one for one in movable}
        self.index = ConflictIndex(Minima.enroute)
        self.index.add_many(self.all)
        self.owners = {one.id: PARTIES[number % 2] for number, one in enumerate(self.all)}

    @property
    def conflicts(self) -> list[Conflict]:
        return [one for one in self.index.all_conflicts() if any(name in self.movable for name in one.ids)]

    def settle(self, **more: object) -> Settlement:
        given = {"operations": self.movable, "owners": self.owners, "limits": QUICK} | more
        return settle(self.conflicts, self.index, [], NOW_MS, **given)

    def after(self, settled: Settlement, staying: str = "") -> list[Operation]:
        moves = {name: one.operation for name, one in settled.moves.items() if name != staying}
        return [moves.get(one.id, one) for one in self.all]

    def left(self, settled: Settlement, staying: str = "") -> list[tuple[Operation, Operation]]:
        """What of the conflicts' operations is in conflict with anything, found pair by pair."""
        concerned = {name for conflict in self.conflicts for name in conflict.ids} & set(self.movable)
        return [
            (first, second)
            for first, second in combinations(self.after(settled, staying), 2)
            if concerned & {first.id, second.id} and conflict_between(first, second, self.index.minima)
        ]


def dense(case: int, flights: int, fixed: int = 3) -> Sky:
    chance = random.Random(f"dense {case}")
    every = [crossing(number, chance) for number in range(1, flights + fixed + 1)]
    return Sky(every[:flights], every[flights:])


def excess(settled: Settlement) -> float:
    """What the party that is worst off bears beyond its even share and a tenth of that, s."""
    most = 1.1 / len(settled.burden) * sum(settled.burden.values())
    return max(0.0, *(burden - most for burden in settled.burden.values()), 0.0)


@pytest.mark.parametrize("method", ["greedy", "exact"])
@pytest.mark.parametrize("case", range(6))
def test_no_conflict_is_left_and_nobody_moves_without_need(method: str, case: int) -> None:
    sky = dense(case, 6 + 3 * case)
    settled = sky.settle(method=method)
    assert settled.is_settled
    assert sky.conflicts
    assert sky.left(settled) == []
    assert all(sky.left(settled, staying=name) for name in settled.moves)
    assert set(settled.moves) <= set(sky.movable)


@pytest.mark.parametrize("method", ["greedy", "exact"])
@pytest.mark.parametrize("case", range(6))
def test_the_burden_is_what_the_moves_cost_and_is_shared_or_the_reason_why_not_is_named(
    method: str, case: int
) -> None:
    sky = dense(case, 6 + 3 * case)
    settled = sky.settle(method=method)
    concerned = {sky.owners[name] for conflict in sky.conflicts for name in conflict.ids}
    burden = dict.fromkeys(concerned, 0.0)
    for name, move in settled.moves.items():
        burden[sky.owners[name]] += move.cost
    assert settled.burden == pytest.approx(burden, abs=0.01)
    assert settled.cost == pytest.approx(sum(burden.values()), abs=0.01)
    assert settled.reason == ("shares-not-kept" if excess(settled) > 1e-3 else None)


@pytest.mark.parametrize("case", range(8))
def test_the_exact_method_is_never_worse_than_the_greedy_one(case: int) -> None:
    sky = dense(100 + case, 14)
    greedy, exact = sky.settle(), sky.settle(method="exact")
    assert exact.is_best
    assert not greedy.is_best
    assert (round(excess(exact), 2), exact.cost) <= (round(excess(greedy), 2), greedy.cost)


def test_the_exact_method_is_sometimes_better() -> None:
    skies = [dense(100 + case, 14) for case in range(8)]
    assert any(
        (excess(sky.settle(method="exact")), sky.settle(method="exact").cost)
        < (excess(sky.settle()), sky.settle().cost)
        for sky in skies
    )


def test_who_has_borne_more_before_bears_less_now() -> None:
    sky = Sky([flight(1, 0.0, 350), flight(2, 90.0, 350)], [])
    for method in ("greedy", "exact"):
        for tired, other in (PARTIES, PARTIES[::-1]):
            settled = sky.settle(method=method, carried={tired: 600.0})
            assert settled.burden[tired] == 0.0
            assert settled.burden[other] > 0.0
            assert settled.reason is None or excess(settled) > 0.0


def test_a_party_bears_its_share_and_no_more() -> None:
    """One of a hundred parts: the other party moves nearly everything, if that can be."""
    sky = dense(4, 16)
    even, uneven = (
        sky.settle(method="exact", shares=shares) for shares in (None, {"alpha": 0.0, "bravo": 1.0})
    )
    assert even.burden["alpha"] > uneven.burden["alpha"]


def test_what_may_not_be_moved_stays_and_the_other_gives_way() -> None:
    fixed, movable = flight(1, 0.0, 350), flight(2, 90.0, 350)
    sky = Sky([movable], [fixed])
    settled = sky.settle()
    assert set(settled.moves) == {movable.id}
    assert sky.left(settled) == []
    assert settled.reason == "shares-not-kept"  # the one that stays bears nothing


def test_where_there_is_no_room_that_is_the_answer() -> None:
    sky = Sky([flight(1, 0.0, 350)], [block(2, Altitude.flight_level(0), Altitude.flight_level(600))])
    settled = sky.settle()
    assert (settled.is_settled, settled.reason, settled.moves) == (False, "none-within-limits", {})


def test_no_conflicts_need_no_changes() -> None:
    sky = Sky([flight(1, 0.0, 350), flight(2, 90.0, 330)], [])
    settled = sky.settle()
    assert (settled.is_settled, settled.reason, settled.moves, settled.cost) == (True, None, {}, 0.0)


def test_without_the_solver_the_exact_method_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)
    sky = Sky([flight(1, 0.0, 350), flight(2, 90.0, 350)], [])
    with pytest.raises(OpenlineError) as raised:
        sky.settle(method="exact")
    assert (raised.value.word, raised.value.code) == ("unavailable", "solver-missing")
    assert sky.settle().is_settled


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"owners": {}}, "owner-missing"),
        ({"shares": {"alpha": 1.0}}, "bad-shares"),
        ({"shares": {"alpha": 0.5, "bravo": 0.4}}, "bad-shares"),
        ({"shares": {"alpha": -0.5, "bravo": 1.5}}, "bad-shares"),
        ({"shares": {"alpha": float("nan"), "bravo": 1.0}}, "bad-shares"),
        ({"method": "best"}, "unknown-method"),
    ],
)
def test_bad_questions_are_refused_by_name(bad: dict[str, object], code: str) -> None:
    sky = Sky([flight(1, 0.0, 350), flight(2, 90.0, 350)], [])
    with pytest.raises(OpenlineError) as raised:
        sky.settle(**bad)
    assert raised.value.code == code


def test_too_many_operations_are_refused() -> None:
    many = [flight(number, number * 1.7, 350) for number in range(1, 203)]
    movable = {one.id: one for one in many}
    conflicts = [conflict_between(many[0], one, Minima.enroute) for one in many[1:]]
    index = ConflictIndex(Minima.enroute)
    with pytest.raises(OpenlineError) as raised:
        settle(conflicts, index, [], NOW_MS, operations=movable, owners=dict.fromkeys(movable, "alpha"))
    assert raised.value.code == "too-many-operations"


def test_progress_is_told_and_ends() -> None:
    told: list[tuple[int, int]] = []
    dense(2, 12).settle(progress=lambda *at: told.append(at))
    assert told
    assert all(1 <= done <= total for done, total in told)
