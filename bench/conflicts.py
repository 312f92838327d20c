"""How long the conflict engine takes: index, one question, all pairs. Run by ``make bench``.

    python bench/conflicts.py [--flights 600] [--volumes 2000] [--seed 1]

Random flights over Switzerland and its neighbours within three hours, some 40 points each, levels FL100 to
FL400; random small volumes over 60 km x 60 km within six hours. Prints one line a measure; the machine is
named with it.
"""

import argparse
import platform
import random
import time
import uuid

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.geodesy import along, direct
from openline.airspace.operation import Operation, State
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Circle, Polygon, Position, Volume3D, Volume4D
from openline.conflict import ConflictIndex, Minima

BEGIN_MS = 1_533_081_600_000


def flight(chance: random.Random, points: int = 40, tolerance_ms: int = 0) -> Operation:
    start = Position(chance.uniform(45.0, 48.5), chance.uniform(5.0, 11.0))
    length = chance.uniform(150_000, 450_000)
    latitude, longitude = direct(start.latitude_deg, start.longitude_deg, chance.uniform(0.0, 360.0), length)
    end = Position(float(latitude), float(longitude))
    begin, lasting = (
        BEGIN_MS + chance.randrange(3 * 3_600_000),
        round(length / chance.uniform(180, 250) * 1000),
    )
    level = Altitude.flight_level(10 * chance.randrange(10, 41))
    plan = tuple(
        TrajectoryPoint(along(start, end, n / (points - 1)), level, begin + lasting * n // (points - 1))
        for n in range(points)
    )
    trajectory = Trajectory(plan, 18_520, 30_480, tolerance_ms)
    return Operation(id=_id(chance), version=1, state=State.ACCEPTED, priority=0, trajectory=trajectory)


def volume(chance: random.Random) -> Operation:
    centre = Position(47.0 + chance.uniform(-0.27, 0.27), 8.0 + chance.uniform(-0.4, 0.4))
    bottom = chance.uniform(400, 900)
    lower = Altitude.metres(bottom, Datum.WGS84)
    upper = Altitude.metres(bottom + chance.uniform(20, 120), Datum.WGS84)
    begin = BEGIN_MS + chance.randrange(6 * 3_600_000)
    end = begin + chance.randrange(60_000, 1_800_000)
    outline = _outline(chance, centre)
    body = Volume4D(Volume3D(outline, lower, upper), begin, end)
    return Operation(id=_id(chance), version=1, state=State.ACCEPTED, priority=0, volumes=(body,))


def _outline(chance: random.Random, centre: Position) -> Polygon | Circle:
    radius = chance.uniform(200, 2_000)
    if chance.random() < 0.3:
        return Circle(centre, round(radius * 10_000))
    azimuths = sorted(chance.uniform(0, 360) for _ in range(chance.randrange(4, 12)))
    if max(b - a for a, b in zip(azimuths, [*azimuths[1:], azimuths[0] + 360], strict=True)) > 170:
        return Circle(centre, round(radius * 10_000))
    around = [
        direct(centre.latitude_deg, centre.longitude_deg, azimuth, radius * chance.uniform(0.5, 1))
        for azimuth in azimuths
    ]
    return Polygon(tuple(Position(float(lat), float(lon)) for lat, lon in around))


def _id(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def measure(name: str, operations: list[Operation], minima: Minima) -> None:
    index = ConflictIndex(minima)
    begin = time.perf_counter()
    index.add_many(operations)
    added = time.perf_counter() - begin
    begin = time.perf_counter()
    pairs = sum(1 for _ in index.all_conflicts())
    paired = time.perf_counter() - begin
    asked = []
    for operation in operations[:: max(1, len(operations) // 100)]:
        begin = time.perf_counter()
        index.conflicts(operation)
        asked.append(time.perf_counter() - begin)
    asked.sort()
    print(
        f"{name:34} {len(operations):6,} operations  add {1e3 * added / len(operations):7.3f} ms each  "
        f"all pairs {paired:7.2f} s ({pairs:,} conflicts)  "
        f"one question p50 {1e3 * asked[len(asked) // 2]:7.2f} ms, longest {1e3 * asked[-1]:7.2f} ms",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--flights", type=int, default=600)
    parser.add_argument("--volumes", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    print(f"{platform.machine()}, Python {platform.python_version()}, seed {given.seed}")
    flights = [flight(chance) for _ in range(given.flights)]
    measure("flights, enroute", flights, Minima.enroute)
    measure("flights, threes", flights, Minima.threes)
    late = [flight(chance, tolerance_ms=60_000) for _ in range(given.flights)]
    measure("flights, 60 s tolerance, enroute", late, Minima.enroute)
    volumes = [volume(chance) for _ in range(given.volumes)]
    measure("volumes, f3548", volumes, Minima.f3548)
    measure("volumes and flights, enroute", volumes[: given.volumes // 4] + flights, Minima.enroute)


if __name__ == "__main__":
    main()
