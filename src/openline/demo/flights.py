"""From recorded flights to two parties' filings: read, made plans of, and divided by operator."""

import gzip
import io
import random
import uuid
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Final

import msgspec

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.operation import Operation, State
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.errors import Invalid, OpenlineError
from openline.formats.flights import Skipped, read_flights
from openline.formats.geojson import read_operations
from openline.formats.limits import MAX_FLIGHTS_BYTES
from openline.formats.simplify import Bounds, simplify
from openline.units import DMM_PER_FLIGHT_LEVEL, DMM_PER_FOOT, DMM_PER_NAUTICAL_MILE

NewId = Callable[[], str]

SIDES: Final = ("A", "B")
RECORDED: Final = "flights.csv.gz"
GZIP: Final = b"\x1f\x8b"
OPERATOR_LENGTH: Final = 3  # ICAO designator at the head of a callsign

PLAN: Final = Bounds(lateral_dmm=DMM_PER_NAUTICAL_MILE, vertical_dmm=200 * DMM_PER_FOOT, time_ms=30_000)
"""A plan keeps within 1 NM of what was flown, half a minute early or late at most. Only climbs and descents
use the 200 ft: a flight that holds its levels has no vertical tolerance at all."""
LEVEL_STEP_DMM: Final = 10 * DMM_PER_FLIGHT_LEVEL
LEVEL_HELD_DMM: Final = 100 * DMM_PER_FOOT
"""A recorded altitude this near a cruising level is that level, held, and an altimeter that reads in steps of
25 ft."""


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to file, by first moment; whose it is, by operation id; which flights are left out."""

    operations: tuple[Operation, ...]
    side_of: dict[str, str]
    skipped: tuple[Skipped, ...]

    def of(self, side: str) -> list[Operation]:
        return [operation for operation in self.operations if self.side_of[operation.id] == side]


def load(path: Path | None, most: int, seed: int) -> Traffic:
    """The first ``most`` flights of a file (None: those that come with Openline), divided between the sides.

    CSV as openline.formats.flights reads it, or GeoJSON, either of them packed with gzip or not. Raises
    Invalid and LimitExceeded as the formats do, ``unreadable``, and ``nothing-to-fly`` where no flight of it
    can be used; all name the file.
    """
    try:
        body = _body(path)
        read = _from_geojson if body.lstrip()[:1] == b"{" else _from_csv
        operations, skipped = read(body, most, _seeded_ids(seed))
        _refuse_nothing(operations, skipped)
    except OpenlineError as fault:
        raise fault.within(message=_name(path)) from None
    return Traffic(operations=tuple(operations), side_of=divide(operations), skipped=tuple(skipped))


def _refuse_nothing(operations: list[Operation], skipped: list[Skipped]) -> None:
    if not operations:
        reasons = "; ".join(f"{one.callsign}: {one.reason}" for one in skipped[:3])
        raise Invalid("nothing-to-fly", f"no flight of it can be filed ({reasons})", field="input")


def divide(operations: Sequence[Operation]) -> dict[str, str]:
    """Side by operation id. Operators go by the number of their flights, each to the side with less so far, A
    first."""
    count = Counter(map(operator_of, operations))
    load = dict.fromkeys(SIDES, 0)
    side_of_operator = {}
    for operator in sorted(count, key=lambda name: (-count[name], name)):
        side = min(SIDES, key=lambda name: load[name])
        side_of_operator[operator] = side
        load[side] += count[operator]
    return {operation.id: side_of_operator[operator_of(operation)] for operation in operations}


def operator_of(operation: Operation) -> str:
    return (operation.callsign or "")[:OPERATOR_LENGTH]


def as_planned(trajectory: Trajectory) -> Trajectory:
    """Few points, levels held where they were held, a plan's tolerances; one of time that was given stays."""
    bounds = PLAN if trajectory.time_tolerance_ms == 0 else msgspec.structs.replace(PLAN, time_ms=0)
    return simplify(
        msgspec.structs.replace(trajectory, points=tuple(map(_at_its_level, trajectory.points))), bounds
    )


def _at_its_level(point: TrajectoryPoint) -> TrajectoryPoint:
    height_dmm = point.altitude.height_dmm
    level_dmm = round(height_dmm / LEVEL_STEP_DMM) * LEVEL_STEP_DMM
    if point.altitude.datum is not Datum.PRESSURE or abs(height_dmm - level_dmm) > LEVEL_HELD_DMM:
        return point
    return TrajectoryPoint(point.position, Altitude(level_dmm, Datum.PRESSURE), point.time_ms)


def _from_csv(body: bytes, most: int, new_id: NewId) -> tuple[list[Operation], list[Skipped]]:
    read = read_flights(body)
    planned: list[Operation] = []
    skipped = list(read.skipped)
    for flight in read.flights:
        if len(planned) == most:
            break  # the rest of a day's recording need not be looked at
        try:
            planned.append(_filing(new_id(), flight.callsign, flight.trajectory))
        except OpenlineError as fault:
            skipped.append(Skipped(flight.callsign, fault.text))
    return planned, skipped


def _filing(identifier: str, callsign: str, trajectory: Trajectory) -> Operation:
    plan = as_planned(trajectory)
    return Operation(
        id=identifier, version=1, state=State.PROPOSED, priority=0, callsign=callsign, trajectory=plan
    )


def _from_geojson(body: bytes, most: int, new_id: NewId) -> tuple[list[Operation], list[Skipped]]:
    """In the order of their starts. What is off nominal in the file is filed as it was intended."""
    planned: list[Operation] = []
    skipped: list[Skipped] = []
    for operation in sorted(read_operations(body, new_id), key=lambda one: one.start_ms):
        if len(planned) == most:
            break
        try:
            planned.append(_refiled(operation))
        except OpenlineError as fault:
            skipped.append(Skipped(operation.callsign or operation.id, fault.text))
    return planned, skipped


def _refiled(operation: Operation) -> Operation:
    path = operation.trajectory
    return msgspec.structs.replace(
        operation,
        version=1,
        state=State.PROPOSED,
        off_nominal_volumes=(),
        trajectory=as_planned(path) if path else None,
    )


def _body(path: Path | None) -> bytes:
    """The file's bytes, unpacked where it is gzip, up to the first byte that is too many for the readers."""
    try:
        data = (resources.files(__package__) / RECORDED).read_bytes() if path is None else path.read_bytes()
        if not data.startswith(GZIP):
            return data
        with gzip.open(io.BytesIO(data)) as unpacked:
            return unpacked.read(MAX_FLIGHTS_BYTES + 1)
    except (OSError, EOFError, zlib.error) as fault:
        text = f"it cannot be read: {getattr(fault, 'strerror', None) or fault}"
        raise Invalid("unreadable", text, message=_name(path), field="input") from None


def _name(path: Path | None) -> str:
    return str(path) if path else RECORDED


def _seeded_ids(seed: int) -> NewId:
    """Ids that one seed always gives again. They are UUIDs of version 4, as random ones are."""
    chance = random.Random(f"operations {seed}")
    return lambda: str(uuid.UUID(int=chance.getrandbits(128), version=4))
