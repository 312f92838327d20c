"""Things to put into an index, near enough to one another to conflict now and then, and what they are worth.

An Entry is what the index is told, and beside it an operation of the same parts (its stand-in), so that the
exact test of two can say what any question must answer.
"""

import random
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.constraint import Constraint
from openline.airspace.geodesy import direct
from openline.airspace.operation import Operation, State
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Circle, Position, Volume3D, Volume4D
from openline.conflict import Approach, Conflict, Minima, conflict_between
from unit.conflict import outline_oracle

NOON_MS = 1_533_124_800_000
CENTRES = ((47.0, 8.0), (89.9, 20.0), (10.0, 180.0))
Id = str | int
Figures = tuple[int, int, Approach]
"""Of a conflict, without the ids."""


def text_id(number: int) -> str:
    return str(uuid.UUID(int=number, version=4))


IDS = tuple(text_id(n) for n in range(9))


# Operations and constraints ---------------------------------------------------------------------------------
def operation_at_random(chance: random.Random, identity: str) -> Operation:
    centre = place_at_random(chance)
    parts: dict[str, Any] = {}
    if chance.random() < 0.7:
        parts["trajectory"] = flown(chance, centre)
    if chance.random() < 0.5 or not parts:
        parts["volumes"] = tuple(body(chance, centre) for _ in range(chance.randrange(1, 4)))
    state = State.ACCEPTED
    if chance.random() < 0.2:
        state, parts["off_nominal_volumes"] = State.NONCONFORMING, (body(chance, centre),)
    return Operation(id=identity, version=1, state=state, priority=0, **parts)


def constraint_at_random(chance: random.Random, identity: str) -> Constraint:
    centre = place_at_random(chance)
    volumes = tuple(body(chance, centre) for _ in range(chance.randrange(1, 3)))
    return Constraint(id=identity, version=1, volumes=volumes)


def place_at_random(chance: random.Random) -> Position:
    place = direct(*chance.choice(CENTRES), chance.uniform(0, 360), chance.uniform(0, 15_000))
    return Position(float(place[0]), float(place[1]))


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


FAR = Trajectory(
    (
        TrajectoryPoint(Position(0.0, -120.0), Altitude.flight_level(100), NOON_MS - 20_000_000),
        TrajectoryPoint(Position(0.0, -80.0), Altitude.flight_level(100), NOON_MS),
    ),
    0,
    0,
    0,
)
"""4,452 km in 446 pieces."""


# Entries ----------------------------------------------------------------------------------------------------
_keys = count()


class Short:
    """Told by a short name: a failing run tells all its steps."""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))


@dataclass(frozen=True, repr=False)
class Entry(Short):
    id: Id
    filed: Operation | Constraint | None
    """None: a row of a load."""
    stand_in: Operation
    key: int = field(default_factory=lambda: next(_keys))

    def __repr__(self) -> str:
        return f"<{self.id} {self.key}>"

    @property
    def is_constraint(self) -> bool:
        return isinstance(self.filed, Constraint)

    def called(self, identity: Id) -> "Entry":
        return Entry(identity, self.filed, self.stand_in, self.key)


def entry_of(filed: Operation | Constraint) -> Entry:
    return Entry(filed.id, filed, standing_in(filed.volumes) if isinstance(filed, Constraint) else filed)


def standing_in(volumes: Iterable[Volume4D]) -> Operation:
    return Operation(
        id=text_id(1_000_000 + next(_keys)),
        version=1,
        state=State.ACCEPTED,
        priority=0,
        volumes=tuple(volumes),
    )


ENTRIES = [
    entry_of(operation_at_random(random.Random(f"{identity} {n}"), identity))
    for identity in IDS
    for n in range(3)
]
ENTRIES += [
    entry_of(Operation(id=identity, version=2, state=State.ACCEPTED, priority=0, trajectory=FAR))
    for identity in IDS[:2]
]
ENTRIES += [
    entry_of(constraint_at_random(random.Random(f"constraint {n}"), identity))
    for n, identity in enumerate((*IDS[6:], text_id(20), text_id(21)))
]


# Loads ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, repr=False)
class Load(Short):
    """Volumes as arrays, the stand-in of each row, and names for the rows (None: row numbers)."""

    arrays: dict[str, np.ndarray]
    bodies: tuple[Volume4D, ...]
    names: tuple[Id, ...] | None
    wholes: dict[tuple[int, ...], Entry] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<load {self.names or len(self.bodies)}>"

    def entries(self, names: Iterable[Id]) -> list[Entry]:
        """What is in the index after it: equal names are volumes of one."""
        rows: dict[Id, list[int]] = {}
        for row, name in enumerate(names):
            rows.setdefault(name, []).append(row)
        return [self.entry(tuple(of)).called(name) for name, of in rows.items()]

    def entry(self, rows: tuple[int, ...]) -> Entry:
        if rows not in self.wholes:
            self.wholes[rows] = Entry("", None, standing_in(self.bodies[row] for row in rows))
        return self.wholes[rows]

    def question(self, row: int) -> dict[str, Any]:
        """The row as `query_volume` has it."""
        begin, end = self.arrays["offsets"][row : row + 2]
        spans = {
            name: values[row] for name, values in self.arrays.items() if values.shape == (len(self.bodies),)
        }
        return {"lonlat": self.arrays["lonlat"][begin:end], **spans}


def load_at_random(chance: random.Random, names: tuple[Id, ...] | None, rows: int) -> Load:
    rings, bodies = [], []
    for _ in range(rows):
        centre = place_at_random(chance)
        star = outline_oracle.star(
            chance, (centre.latitude_deg, centre.longitude_deg), chance.uniform(500, 9_000)
        )
        low_m, start_ms = (
            chance.choice((2_400.0, 2_900.0, 3_000.0)),
            NOON_MS + chance.randrange(-300_000, 200_000),
        )
        low, high = Altitude.metres(low_m, Datum.WGS84), Altitude.metres(low_m + 300.0, Datum.WGS84)
        rings.append(np.array(star)[:, ::-1])
        bodies.append(
            Volume4D(Volume3D(outline_oracle.polygon_of(star), low, high), start_ms, start_ms + 100_000)
        )
    heights = [[one.volume.lower.height_dmm / 1e4, one.volume.upper.height_dmm / 1e4] for one in bodies]
    times = [[one.start_ms / 1e3, one.end_ms / 1e3] for one in bodies]
    arrays = {
        "lonlat": np.concatenate(rings),
        "offsets": np.cumsum([0, *(len(ring) for ring in rings)]),
        "altitude_lower_m": np.array(heights)[:, 0],
        "altitude_upper_m": np.array(heights)[:, 1],
        "start_s": np.array(times)[:, 0],
        "end_s": np.array(times)[:, 1],
    }
    return Load(arrays, tuple(bodies), names)


_NAMES: tuple[tuple[Id, ...] | None, ...] = (
    None,
    None,
    (0, 1, 2, 3),
    (3, 3, 4, 3),
    (10**15, -5, -5),
    (IDS[0], IDS[1], IDS[0]),
    (IDS[3], "zone a", "zone b", "zone a"),
    ("zone b", "1"),
)
LOADS = [
    load_at_random(random.Random(f"load {n}"), names, len(names) if names else 5)
    for n, names in enumerate(_NAMES)
]
NAMES: tuple[Id, ...] = (*IDS, text_id(20), *range(8), 10**15, -5, "zone a", "zone b", "1")


# What any question must answer ------------------------------------------------------------------------------
_met: dict[tuple[int, int, Minima], Figures | None] = {}


def figures(one: Entry, other: Entry, minima: Minima) -> Figures | None:
    """Of the conflict of two entries, None where there is none."""
    if one.id == other.id or (one.is_constraint and other.is_constraint):
        return None
    key = (min(one.key, other.key), max(one.key, other.key), minima)
    if key not in _met:
        # What has one id in turn, or is there twice, is compared under two.
        found = conflict_between(renamed(one.stand_in, IDS[0]), renamed(other.stand_in, IDS[1]), minima)
        _met[key] = None if found is None else figures_of(found)
    return _met[key]


def renamed(operation: Operation, identity: str) -> Operation:
    parts = {name: getattr(operation, name) for name in operation.__struct_fields__}
    return Operation(**{**parts, "id": identity})


def figures_of(conflict: Conflict) -> Figures:
    return conflict.start_ms, conflict.end_ms, conflict.closest


def in_order(names: Iterable[Id]) -> list[Id]:
    """Numbers before texts."""
    return sorted(names, key=lambda name: (isinstance(name, str), name))


def expected(
    asked: Entry, others: Iterable[Entry], minima: Minima, among: Callable[[str], bool] | None = None
) -> list[tuple[str, Figures]]:
    """The other's id as text and the figures, in the order in which the index tells them."""
    by_id = {one.id: one for one in others if among is None or among(str(one.id))}
    found = ((name, figures(asked, by_id[name], minima)) for name in in_order(by_id))
    return [(str(name), one) for name, one in found if one is not None]
