"""Ways out among many live volumes, and settlements of dense traffic. Run by ``make bench``.

    python bench/resolver.py [--live 100000] [--questions 300] [--cases 10] [--seed 11] [--json]

First: how long `alternatives` takes, with its usual limits (steps of a second and a foot), for areas and for
flights that have a conflict as filed. Then: what the greedy and the exact method (OR-tools, where installed)
make of the same random dense cases: fourteen flights of two parties about one place, in steps of minutes and
thousands of feet. "beyond share" is what the party that is worst off bears beyond half and a tenth of that.
"""

import argparse
import random
import time
from importlib.util import find_spec

import numpy as np

from filing import identifier, operations
from measuring import Report, each_s, parser, progress
from openline.airspace.altitude import Altitude, Datum
from openline.airspace.geodesy import direct
from openline.airspace.operation import Operation, State
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.conflict import ConflictIndex, Minima
from openline.resolve import Limits, Settlement, alternatives, settle
from volumes import BEGIN_S, generate

DAY_BEGIN_MS = round(BEGIN_S * 1_000)
MIDDLE = Position(46.95, 7.65)
"""Amid the measuring set."""
FLIGHTS_A_CASE = 14
PARTIES = ("alpha", "bravo")


def measure_alternatives(given: argparse.Namespace, report: Report) -> None:
    index = ConflictIndex.from_volumes(*generate(given.live, given.seed).arrays, minima=Minima.f3548)
    areas = operations(generate(2 * given.questions, given.seed + 1))
    chance = random.Random(given.seed)
    flights = [drone(number, chance) for number in range(20 * given.questions)]
    for name, candidates in (("area", areas), ("flight", flights)):
        asked = [one for one in candidates if not index.is_clear(one)][: given.questions]
        answers = [alternatives(one, index, None, 0) for one in asked[:20]]  # compiled by now
        taken_ms = each_s(alternatives, [(one, index, None, 0) for one in asked]) * 1e3
        p50, p95, p99 = np.percentile(taken_ms, [50, 95, 99])
        report.row(
            live=given.live,
            of=name,
            questions=len(asked),
            answers=float(np.mean([len(found) for found in answers])),
            p50_ms=float(p50),
            p95_ms=float(p95),
            p99_ms=float(p99),
            longest_ms=float(taken_ms.max()),
        )


def drone(number: int, chance: random.Random) -> Operation:
    """Three legs of some kilometres at 20 m/s, 60 to 120 m high."""
    latitude, longitude = chance.uniform(46.55, 47.35), chance.uniform(7.1, 8.2)
    time_ms, heading = DAY_BEGIN_MS + chance.randrange(82_000_000), chance.uniform(0, 360)
    height = Altitude.metres(chance.uniform(60, 120), Datum.WGS84)
    points = [TrajectoryPoint(Position(latitude, longitude), height, time_ms)]
    for _ in range(3):
        metres, heading = chance.uniform(500, 4_000), heading + chance.uniform(-60, 60)
        lat, lon = direct(latitude, longitude, heading, metres)
        latitude, longitude, time_ms = float(lat), float(lon), time_ms + round(metres / 20.0 * 1_000)
        points.append(TrajectoryPoint(Position(latitude, longitude), height, time_ms))
    return operation(number, Trajectory(tuple(points), 0, 0, 0))


def operation(number: int, trajectory: Trajectory) -> Operation:
    return Operation(
        id=identifier(10_000_000 + number),
        version=1,
        state=State.PROPOSED,
        priority=0,
        trajectory=trajectory,
    )


def measure_settlements(given: argparse.Namespace, report: Report) -> None:
    methods = ["greedy"] + (["exact"] if find_spec("ortools") else [])
    for method in methods:
        settled_by(method, dense(random.Random("warm")))  # compilation is not what is measured
    with progress() as bar:
        for case in bar.track(range(given.cases), description="settling"):
            flights = dense(random.Random(f"{given.seed} {case}"))
            for method in methods:
                begin = time.perf_counter()
                settled = settled_by(method, flights)
                taken_ms = (time.perf_counter() - begin) * 1e3
                report.row(case=case, method=method, **figures(settled), ms=taken_ms)
    if len(methods) == 1:
        report.note("OR-tools is not installed, so the exact method was left out")


def dense(chance: random.Random) -> list[Operation]:
    """Straight through the middle of them all at 220 m/s, in ten minutes and on four levels."""
    flights = []
    for number in range(FLIGHTS_A_CASE):
        lat, lon = direct(
            MIDDLE.latitude_deg, MIDDLE.longitude_deg, chance.uniform(0, 360), chance.uniform(0, 30_000)
        )
        heading, level = chance.uniform(0, 360), chance.choice((330, 340, 350, 360))
        amid_ms = DAY_BEGIN_MS + 40_000_000 + chance.randrange(-300, 300) * 1_000
        points = []
        for minutes in (-8, 8):
            at, by = direct(float(lat), float(lon), heading, minutes * 60 * 220.0)
            place = Position(float(at), float(by))
            points.append(TrajectoryPoint(place, Altitude.flight_level(level), amid_ms + minutes * 60_000))
        flights.append(operation(number, Trajectory(tuple(points), 0, 0, 0)))
    return flights


def settled_by(method: str, flights: list[Operation]) -> Settlement:
    index = ConflictIndex(Minima.enroute)
    index.add_many(flights)
    return settle(
        index.all_conflicts(),
        index,
        [],
        DAY_BEGIN_MS,
        operations={one.id: one for one in flights},
        owners={one.id: PARTIES[number % 2] for number, one in enumerate(flights)},
        limits=Limits.levels,
        method=method,  # type: ignore[arg-type]
    )


def figures(settled: Settlement) -> dict[str, object]:
    most = 1.1 / len(PARTIES) * settled.cost
    return {
        "moved": len(settled.moves),
        "cost_s": settled.cost,
        **{f"{party}_s": burden for party, burden in settled.burden.items()},
        "beyond_share_s": max([0.0, *(burden - most for burden in settled.burden.values())]),
        "reason": settled.reason or "",
    }


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--live", type=int, default=100_000)
    made.add_argument("--questions", type=int, default=300)
    made.add_argument("--cases", type=int, default=10)
    given = made.parse_args()
    ways = Report("Ways out of a conflict (alternatives)", given)
    measure_alternatives(given, ways)
    ways.print()
    settlements = Report("Settlements of 14 flights: greedy against exact", given)
    measure_settlements(given, settlements)
    settlements.print()


if __name__ == "__main__":
    main()
