"""The index answers as a brute-force comparison of all pairs would, whatever was added and removed."""

import random
import uuid

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.geodesy import direct
from openline.airspace.operation import Operation, State
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Circle, Position, Volume3D, Volume4D
from openline.conflict import Conflict, ConflictIndex, Minima, conflict_between
from openline.errors import Invalid, NotFound

NOON_MS = 1_533_124_800_000
IDS = tuple(str(uuid.UUID(int=n, version=4)) for n in range(9))
CENTRES = ((47.0, 8.0), (89.9, 20.0), (10.0, 180.0))


def made(chance: random.Random, identity: str) -> Operation:
    place = direct(*chance.choice(CENTRES), chance.uniform(0, 360), chance.uniform(0, 15_000))
    centre = Position(float(place[0]), float(place[1]))
    parts: dict[str, object] = {}
    if chance.random() < 0.7:
        parts["trajectory"] = flown(chance, centre)
    if chance.random() < 0.5 or not parts:
        parts["volumes"] = tuple(body(chance, centre) for _ in range(chance.randrange(1, 4)))
    state = State.ACCEPTED
    if chance.random() < 0.2:
        state, parts["off_nominal_volumes"] = State.NONCONFORMING, (body(chance, centre),)
    return Operation(id=identity, version=1, state=state, priority=0, **parts)


def flown(chance: random.Random, centre: Position) -> Trajectory:
    datum = chance.choice((Datum.PRESSURE, Datum.AMSL))
    heading, level = chance.uniform(0, 360), chance.choice((9_000, 10_000, 11_000))
    points = []
    for minutes in (-4, -1, 0, 3):
        lat, lon = direct(centre.latitude_deg, centre.longitude_deg, heading, minutes * 60 * 200.0)
        height = Altitude.feet(level + chance.choice((0, 0, 1_000)), datum)
        points.append(TrajectoryPoint(Position(float(lat), float(lon)), height, NOON_MS + minutes * 60_000))
    return Trajectory(tuple(points), chance.choice((0, 3_000_000)), 0, chance.choice((0, 30_000)))


def body(chance: random.Random, centre: Position) -> Volume4D:
    low = Altitude.feet(chance.choice((8_000, 9_500, 10_000)), chance.choice((Datum.PRESSURE, Datum.AMSL)))
    start = NOON_MS + chance.randrange(-300_000, 200_000)
    circle = Circle(centre, chance.randrange(1_000_000, 60_000_000))
    return Volume4D(Volume3D(circle, low, low.climbed(1_000 * 3_048)), start, start + 100_000)


POOL = [made(random.Random(f"{identity} {n}"), identity) for identity in IDS for n in range(3)]
FAR = Trajectory(
    (
        TrajectoryPoint(Position(0.0, -120.0), Altitude.flight_level(100), NOON_MS - 20_000_000),
        TrajectoryPoint(Position(0.0, -80.0), Altitude.flight_level(100), NOON_MS),
    ),
    0,
    0,
    0,
)
POOL += [
    Operation(id=identity, version=2, state=State.ACCEPTED, priority=0, trajectory=FAR)
    for identity in IDS[:3]
]

pooled = st.integers(0, len(POOL) - 1).map(lambda number: POOL[number])


class IndexAgainstModel(RuleBasedStateMachine):
    """The model is a dict; every answer is computed anew from its values."""

    def __init__(self) -> None:
        super().__init__()
        self.minima = Minima.enroute
        self.index = ConflictIndex(self.minima)
        self.model: dict[str, Operation] = {}

    @rule(operation=pooled)
    def add(self, operation: Operation) -> None:
        if operation.id in self.model:
            with pytest.raises(Invalid) as refused:
                self.index.add(operation)
            assert refused.value.code == "duplicate-id"
            return
        self.index.add(operation)
        self.model[operation.id] = operation

    @rule(operation=pooled)
    def replace(self, operation: Operation) -> None:
        if operation.id not in self.model:
            with pytest.raises(NotFound) as refused:
                self.index.replace(operation)
            assert refused.value.code == "unknown-operation"
            return
        self.index.replace(operation)
        self.model[operation.id] = operation

    @rule(identity=st.sampled_from(IDS))
    def remove(self, identity: str) -> None:
        if identity not in self.model:
            with pytest.raises(NotFound):
                self.index.remove(identity)
            return
        self.index.remove(identity)
        del self.model[identity]

    @rule(operations=st.lists(pooled, max_size=4))
    def add_many(self, operations: list[Operation]) -> None:
        ids = [operation.id for operation in operations]
        if len(set(ids)) < len(ids) or set(ids) & set(self.model):
            with pytest.raises(Invalid):
                self.index.add_many(operations)
            return
        self.index.add_many(operations)
        self.model.update(zip(ids, operations, strict=True))

    @rule(operation=pooled)
    def ask(self, operation: Operation) -> None:
        expected = [
            found
            for identity, other in sorted(self.model.items())
            if identity != operation.id
            and (found := conflict_between(operation, other, self.minima)) is not None
        ]
        assert self.index.conflicts(operation) == expected
        few = set(IDS[::2])
        assert self.index.conflicts(operation, among=few.__contains__) == [
            found for found in expected if found.other(operation.id) in few
        ]

    @rule()
    def all_pairs(self) -> None:
        operations = sorted(self.model.values(), key=lambda operation: operation.id)
        expected = [
            found
            for n, operation in enumerate(operations)
            for other in operations[n + 1 :]
            if (found := conflict_between(operation, other, self.minima)) is not None
        ]
        assert sorted(self.index.all_conflicts(), key=ids_of) == expected

    @rule(operation=pooled)
    def an_ended_one_changes_nothing(self, operation: Operation) -> None:
        ended = Operation(
            id=operation.id,
            version=9,
            state=State.ENDED,
            priority=0,
            trajectory=flown(random.Random(1), CENTRE),
        )
        for ask in (self.index.replace, self.index.add, self.index.conflicts):
            with pytest.raises((Invalid, NotFound)):
                ask(ended)

    @invariant()
    def it_holds_what_the_model_holds(self) -> None:
        assert len(self.index) == len(self.model)
        assert all((identity in self.index) == (identity in self.model) for identity in IDS)


CENTRE = Position(47.0, 8.0)


def ids_of(conflict: Conflict) -> tuple[str, str]:
    return conflict.ids


TestIndexAgainstModel = IndexAgainstModel.TestCase
TestIndexAgainstModel.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)


def test_the_pool_has_conflicts_and_pairs_without() -> None:
    pairs = [(a, b) for n, a in enumerate(POOL) for b in POOL[n + 1 :] if a.id != b.id]
    found = sum(conflict_between(a, b, Minima.enroute) is not None for a, b in pairs)
    assert 20 < found < len(pairs) - 20


def test_an_operation_has_no_conflict_with_itself() -> None:
    assert conflict_between(POOL[0], POOL[0], Minima.enroute) is None


def test_an_ended_operation_is_refused() -> None:
    ended = Operation(id=IDS[1], version=1, state=State.ENDED, priority=0, trajectory=FAR)
    for ask in (
        lambda: conflict_between(ended, POOL[0], Minima.enroute),
        lambda: conflict_between(POOL[0], ended, Minima.enroute),
        lambda: ConflictIndex(Minima.enroute).add(ended),
        lambda: ConflictIndex(Minima.enroute).conflicts(ended),
    ):
        with pytest.raises(Invalid) as refused:
            ask()
        assert refused.value.code == "ended"


def test_a_path_beyond_the_named_limit_is_refused_and_changes_nothing() -> None:
    there, back = Position(0.0, -120.0), Position(0.0, -80.0)
    points = tuple(
        TrajectoryPoint(there if n % 2 else back, Altitude.flight_level(100), NOON_MS + n * 5_000_000)
        for n in range(460)
    )
    path = Operation(
        id=IDS[3], version=1, state=State.ACCEPTED, priority=0, trajectory=Trajectory(points, 0, 0, 0)
    )
    index = ConflictIndex(Minima.enroute)
    with pytest.raises(Invalid) as refused:
        index.add_many([POOL[0], path])
    assert refused.value.code == "path-too-long"
    assert len(index) == 0
