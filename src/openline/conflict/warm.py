"""Compile the engine now, so that nobody has to wait for it later: once a machine and version.

Each step asks one small question, as any caller would; the compiled kernels stay on disk (`kernels.jit`).
"""

import multiprocessing
import uuid
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any, Final, cast

import numpy as np

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.operation import Operation, State
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Circle, Polygon, Volume3D, Volume4D
from openline.conflict.between import conflict_between
from openline.conflict.index import ConflictIndex

_BEGIN_MS: Final = 1_533_081_600_000
_LOW, _HIGH = Altitude.metres(100.0, Datum.WGS84), Altitude.metres(200.0, Datum.WGS84)

Step = tuple[str, Callable[[], object]]

ABREAST: Final = (
    ("volumes", "questions of volumes", "obstacles"),
    ("trajectories", "questions of trajectories", "arrays"),
)
"""Steps whose kernels have little in common, so that two processes compile them in less time than one."""


def steps() -> Iterator[Step]:
    """What is compiled, in words, and the call that does it; in the order in which they must be made."""
    index = ConflictIndex()
    square, disc, flight = example_volume(1), _operation(2, _disc()), example_flight(3)
    yield "volumes", lambda: index.add_many((square, disc))
    yield "questions of volumes", lambda: index.conflicts(square)
    yield "trajectories", lambda: index.add(flight)
    yield "questions of trajectories", lambda: index.conflicts(flight)
    yield "changes", lambda: index.replace(flight)
    yield "removals", lambda: index.remove(disc.id)
    yield "two operations", lambda: conflict_between(square, flight, index.minima)
    yield "obstacles", lambda: index.obstacles(square, -1_000, 1_000, 1_000, 1_000)
    yield "arrays", _arrays


def compile_abreast() -> Iterator[str]:
    """The larger part of it by two processes; names each step when it is done. Where one of them ends before
    its time, what it has not made is left to whoever takes the steps.
    """
    context = multiprocessing.get_context("spawn")
    told: list[Connection] = []
    processes = []
    for names in ABREAST:
        hears, tells = context.Pipe(duplex=False)
        processes.append(context.Process(target=_take, args=(names, tells)))
        processes[-1].start()
        tells.close()
        told.append(hears)
    while told:
        for connection in cast(list[Connection], wait(told)):
            try:
                yield connection.recv()
            except EOFError:
                told.remove(connection)
    for process in processes:
        process.join()


def _take(names: Sequence[str], told: Connection) -> None:
    for name, step in steps():
        if name in names:
            step()
            told.send(name)


def load_kernels() -> None:
    """Take every step: some seconds where the kernels are on disk already."""
    for _, step in steps():
        step()


def _arrays() -> Any:
    ring = np.array([(7.0, 46.0), (7.01, 46.0), (7.0, 46.01)])
    index = ConflictIndex.from_volumes(ring, [0, 3], [100.0], [200.0], [0.0], [60.0])
    index.query_volume(ring, 100.0, 200.0, 0.0, 60.0)
    return index.all_pairs()


def example_volume(number: int) -> Operation:
    """One square volume, under an id of that number."""
    return _operation(number, _square())


def _operation(number: int, outline: Polygon | Circle) -> Operation:
    volume = Volume4D(Volume3D(outline, _LOW, _HIGH), _BEGIN_MS, _BEGIN_MS + 60_000)
    return Operation(id=_id(number), version=1, state=State.ACCEPTED, priority=0, volumes=(volume,))


def example_flight(number: int) -> Operation:
    """One flight through that square."""
    points = tuple(
        TrajectoryPoint(Position(46.0, 7.0 + 0.001 * n), _LOW, _BEGIN_MS + 10_000 * n) for n in range(3)
    )
    flown = Trajectory(points, 10_000, 10_000, 0)
    return Operation(id=_id(number), version=1, state=State.ACCEPTED, priority=0, trajectory=flown)


def _square() -> Polygon:
    return Polygon((Position(46.0, 7.0), Position(46.0, 7.01), Position(46.01, 7.01), Position(46.01, 7.0)))


def _disc() -> Circle:
    return Circle(Position(46.0, 7.0), 10_000_000)


def _id(number: int) -> str:
    return str(uuid.UUID(int=number, version=4))
