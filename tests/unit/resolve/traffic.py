"""Random operations about one place, so near to one another that many conflict."""

import random
import uuid

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.geodesy import direct
from openline.airspace.operation import Operation, State
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Circle, Polygon, Volume3D, Volume4D
from openline.errors import Invalid
from openline.units import DMM_PER_FOOT, DMM_PER_METRE

NOON_MS = 1_533_124_800_000
FEET = DMM_PER_FOOT
NEAR_M = 40_000.0
DATUMS = (Datum.PRESSURE, Datum.PRESSURE, Datum.AMSL, Datum.WGS84)


def operation(number: int, **parts: object) -> Operation:
    identity = str(uuid.UUID(int=number, version=4))
    return Operation(id=identity, version=1, state=State.ACCEPTED, priority=0, **parts)


def flight(number: int, heading: float, level: int, noon_at_middle_ms: int = NOON_MS) -> Operation:
    """Sixteen minutes straight through 47 N 8 E at 200 m/s."""
    points = []
    for minutes in (-8, 8):
        lat, lon = direct(47.0, 8.0, heading, minutes * 60.0 * 200.0)
        time = noon_at_middle_ms + minutes * 60_000
        points.append(TrajectoryPoint(Position(float(lat), float(lon)), Altitude.flight_level(level), time))
    return operation(number, trajectory=Trajectory(tuple(points), 0, 0, 0))


def block(number: int, low: Altitude, high: Altitude, radius_m: int = 200_000) -> Operation:
    """An hour on either side of noon, around 47 N 8 E."""
    body = Volume3D(Circle(Position(47.0, 8.0), radius_m * DMM_PER_METRE), low, high)
    return operation(number, volumes=(Volume4D(body, NOON_MS - 3_600_000, NOON_MS + 3_600_000),))


def any_operation(number: int, chance: random.Random) -> Operation:
    """A flight or an area, in any datum, with or without tolerances."""
    datum = chance.choice(DATUMS)
    made = _flight if chance.random() < 0.6 else _area
    while True:
        try:
            return made(number, chance, datum)
        except Invalid:
            continue  # such as a leg that nobody can fly, or a ring that crosses itself


def _place(chance: random.Random) -> Position:
    lat, lon = direct(47.0, 8.0, chance.uniform(0, 360), chance.uniform(0, NEAR_M))
    return Position(float(lat), float(lon))


def _flight(number: int, chance: random.Random, datum: Datum) -> Operation:
    time, height = NOON_MS + chance.randrange(-600, 600) * 1_000, chance.choice((10, 11, 12)) * 1_000 * FEET
    climbing = chance.random() < 0.5
    points = []
    for _ in range(chance.randrange(2, 5)):
        points.append(TrajectoryPoint(_place(chance), Altitude(height, datum), time))
        time += chance.randrange(120, 600) * 1_000
        height += chance.randrange(-3_000, 3_000) * FEET if climbing else 0
    lateral, vertical = chance.choice((0, 0, 500)) * DMM_PER_METRE, chance.choice((0, 0, 100)) * FEET
    return operation(
        number, trajectory=Trajectory(tuple(points), lateral, vertical, chance.choice((0, 0, 30_000)))
    )


def _area(number: int, chance: random.Random, datum: Datum) -> Operation:
    return operation(number, volumes=tuple(_volume(chance, datum) for _ in range(chance.randrange(1, 3))))


def _volume(chance: random.Random, datum: Datum) -> Volume4D:
    start, low = NOON_MS + chance.randrange(-1_200, 600) * 1_000, chance.randrange(6_000, 13_000) * FEET
    high = low + chance.randrange(0, 3_000) * FEET
    outline = _disc(chance) if chance.random() < 0.5 else _star(chance)
    body = Volume3D(outline, Altitude(low, datum), Altitude(high, datum))
    return Volume4D(body, start, start + chance.randrange(60, 1_800) * 1_000)


def _disc(chance: random.Random) -> Circle:
    return Circle(_place(chance), chance.randrange(200, 8_000) * DMM_PER_METRE)


def _star(chance: random.Random) -> Polygon:
    centre = _place(chance)
    azimuths = sorted(chance.uniform(0, 360) for _ in range(chance.randrange(3, 9)))
    vertices = []
    for azimuth in azimuths:
        lat, lon = direct(centre.latitude_deg, centre.longitude_deg, azimuth, chance.uniform(500, 12_000))
        vertices.append(Position(float(lat), float(lon)))
    return Polygon(tuple(vertices))
