"""Stores of many operations, made through the node's own doors: signed, journalled, acknowledged and judged.

Only the order is unusual: many in one transaction, and all the judging after the last of them.
"""

import math
import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from e2e.two_processes import ACCORD_ID, NAMES, Pair
from openline.accord.clauses import Caps
from openline.accord.notice import Notice, NoticePoint, NoticeTrajectory, NoticeVolume
from openline.accord.shapes import Outline, Point
from openline.accord.terms import Accord
from openline.airspace.altitude import Altitude
from openline.airspace.judged import judged_before
from openline.airspace.limits import DAY_MS, HOUR_MS, MAX_HORIZON_MS
from openline.airspace.operation import Operation, State
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Polygon, Volume3D, Volume4D
from openline.bootstrap import Home, Settings, init, open_node
from openline.coordination.codec import encode_message
from openline.coordination.messages import Kind
from openline.journal.entry import Lane, LaneHead, Place, Seen, seal_line
from openline.journal.keys import SigningKey
from openline.node import speaking
from openline.node.desk import PARTS_AT_ONCE
from openline.node.hearer import Hearer
from openline.node.node import Node

AT_A_TIME = 1_000
CAPS = Caps(
    priority=100, area_m2=10**12, duration_ms=DAY_MS, horizon_ms=MAX_HORIZON_MS, open_notices=1_000_000
)
Progress = Callable[[int], None]


def operations(count: int, now_ms: int, chance: random.Random, levels: range) -> Iterator[Operation]:
    """Over 400 by 400 km and ten days: of five, four volumes of 5 to 9 vertices, one flight of 6 points."""
    for number in range(count):
        start_ms = now_ms + 6 * HOUR_MS + chance.randrange(10 * DAY_MS)
        level = chance.choice(levels)
        shape = _flight(chance, start_ms, level) if number % 5 == 4 else _volume(chance, start_ms, level)
        yield Operation(
            id=_id(chance),
            version=1,
            state=State.ACCEPTED,
            priority=0,
            callsign=f"OPS{number % 10_000}",
            **shape,
        )


def _id(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def _volume(chance: random.Random, start_ms: int, level: int) -> dict[str, tuple[Volume4D, ...]]:
    lat, lon = chance.uniform(45, 48.6), chance.uniform(5, 10.2)
    radius_deg, corners = chance.uniform(0.003, 0.03), chance.randrange(5, 10)
    ring = tuple(
        _on_wire_grid(
            lat + radius_deg * math.sin(2 * math.pi * corner / corners),
            lon + 1.4 * radius_deg * math.cos(2 * math.pi * corner / corners),
        )
        for corner in range(corners)
    )
    band = Volume3D(Polygon(ring), Altitude.flight_level(level), Altitude.flight_level(level + 5))
    return {"volumes": (Volume4D(band, start_ms, start_ms + chance.randrange(HOUR_MS // 4, HOUR_MS)),)}


def _flight(chance: random.Random, start_ms: int, level: int) -> dict[str, Trajectory]:
    lat, lon, bearing = chance.uniform(45, 48.6), chance.uniform(5, 10.2), chance.uniform(0, 2 * math.pi)
    points = tuple(
        TrajectoryPoint(
            _on_wire_grid(lat + 0.05 * leg * math.sin(bearing), lon + 0.07 * leg * math.cos(bearing)),
            Altitude.flight_level(level),
            start_ms + leg * 120_000,
        )
        for leg in range(6)
    )
    path = Trajectory(points, lateral_tolerance_dmm=5_000_000, vertical_tolerance_dmm=0, time_tolerance_ms=0)
    return {"trajectory": path}


def _on_wire_grid(latitude_deg: float, longitude_deg: float) -> Position:
    return Point.nearest(Position(latitude_deg, longitude_deg)).position()


def notice_of(operation: Operation, notice_id: str) -> Notice:
    """What an accord that blurs nothing discloses of these; `disclose` proves it, too, and takes its time."""
    path = operation.trajectory
    return Notice(
        notice_id=notice_id,
        version=1,
        state=operation.state,
        callsign=operation.callsign,
        priority=operation.priority,
        volumes=tuple(
            NoticeVolume(
                shape=Outline(tuple(Point.nearest(vertex) for vertex in one.volume.outline.vertices)),
                lower_dmm=one.volume.lower.height_dmm,
                upper_dmm=one.volume.upper.height_dmm,
                start_ms=one.start_ms,
                end_ms=one.end_ms,
            )
            for one in operation.volumes
        ),
        trajectory=path
        and NoticeTrajectory(
            points=tuple(
                NoticePoint(
                    *msgspec.structs.astuple(Point.nearest(one.position)),
                    one.altitude.height_dmm,
                    one.time_ms,
                )
                for one in path.points
            ),
            lateral_tolerance_dmm=path.lateral_tolerance_dmm,
            vertical_tolerance_dmm=path.vertical_tolerance_dmm,
            time_tolerance_ms=path.time_tolerance_ms,
        ),
    )


def own_store(directory: Path, count: int, now_ms: int, progress: Progress = lambda done: None) -> Home:
    """A node without a partner, with ``count`` operations of its own."""
    home = init(directory, Settings(party="alpha", title="Alpha"), now_ms)
    opened = open_node(directory)
    with opened.store, judged_before():
        for some in _some(operations(count, now_ms, random.Random(count), range(10, 400, 10))):
            opened.node.file_many(some, now_ms)
            progress(len(some))
    return home


def told_store(folder: Path, count: int, now_ms: int, progress: Progress = lambda done: None) -> Pair:
    """Two nodes and their line; alpha holds ``count`` operations, half its own (told), half bravo's (heard).

    They fly at different levels; but one in a hundred of bravo's does what one of alpha's does, and these are
    in conflict. Bravo's own store stays empty.
    """
    pair = Pair(folder, caps=CAPS, minima="f3548")
    chance = random.Random(count)
    opened = open_node(pair["alpha"].home.directory)
    both = count // 2
    met: list[Operation] = []
    with opened.store, judged_before():
        for some in _some(operations(both, now_ms, chance, range(10, 200, 10))):
            _tell(opened.node, some, now_ms)
            met += some[::100]
            progress(len(some))
        bravo = Teller(pair["bravo"].home.node_key(), opened.node)
        for some in _some(operations(both - len(met), now_ms, chance, range(210, 400, 10))):
            bravo.tell(some, now_ms)
            progress(len(some))
        bravo.tell([msgspec.structs.replace(one, id=_id(chance)) for one in met], now_ms)
        progress(len(met))
        opened.node.tick(now_ms)  # everything is judged here
        for _ in range(count // PARTS_AT_ONCE):
            opened.node.tick(now_ms)  # and what the engine made of it is kept, some with each step
    return pair


def _some(operations: Iterator[Operation]) -> Iterator[list[Operation]]:
    while some := [one for _, one in zip(range(AT_A_TIME), operations, strict=False)]:
        yield some


def _tell(node: Node, some: Sequence[Operation], now_ms: int) -> None:
    with node.step(now_ms) as step:
        for operation in some:
            step.save(operation)
            for desk in step.all_desks():
                speaking.tell(step, desk, operation, notice_of(operation, step.new_id()))


class Teller:
    """The partner's words without its node: notices sealed by its key, heard by ours."""

    def __init__(self, key: SigningKey, node: Node) -> None:
        self._key = key
        self._node = node
        self._head = LaneHead.empty()

    def tell(self, some: Sequence[Operation], now_ms: int) -> None:
        with self._node.step(now_ms) as step:
            desk = step.desk(ACCORD_ID)
            hearer = Hearer(step, desk, self._node.session_of(ACCORD_ID))
            for operation in some:
                hearer.hear(self._sealed(operation, desk.line.accord, now_ms))
            heard = hearer.finish()
            assert (hearer.taken, heard.problems) == (len(some), ())

    def _sealed(self, operation: Operation, accord: Accord, now_ms: int) -> bytes:
        place = Place(
            accord=accord.id,
            accord_version=1,
            exercise=accord.exercise,
            sender=NAMES[1],
            receiver=NAMES[0],
            lane=Lane.ROUTINE,
            number=self._head.number + 1,
            previous=self._head.hash,
            beside=0,
            seen=Seen(0, 0),
            at_ms=now_ms,
        )
        sealed = seal_line(encode_message(place, Kind.NOTICE, notice_of(operation, operation.id)), self._key)
        self._head = self._head.extend(sealed)
        return sealed
