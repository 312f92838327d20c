"""What do they file? Small operations in one piece of sky, so that many of them meet at little cost."""

import random
from typing import Any, Final

from openline.airspace.altitude import Altitude
from openline.airspace.operation import Operation, State
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Circle, Polygon, Volume3D, Volume4D
from openline.units import DMM_PER_NAUTICAL_MILE

MINUTE_MS: Final = 60_000
SOUTH_DEG, WEST_DEG, SIDE_DEG = 46.0, 7.0, 0.5
SHORT: Final = 0.2
LEVELS: Final = (330, 350, 370)
_TYPES: Final = ("A320", "C172", "PC12")


def new_operation(chance: random.Random, identifier: str, callsign: str, now_ms: int) -> Operation:
    """A flight, at times an area; from some minutes to an hour ahead, and not long. One in five is nearly
    over.
    """
    start_ms = now_ms + chance.randrange(2, 40) * MINUTE_MS
    if chance.random() < SHORT:
        start_ms = now_ms - chance.randrange(6, 8) * MINUTE_MS
    kind = chance.random()
    shape = _flight if kind < 0.7 else _circle if kind < 0.9 else _box
    parts = shape(chance, start_ms)
    return Operation(
        id=identifier,
        version=1,
        state=State.ACCEPTED,
        priority=chance.choice((0, 0, 10)),
        callsign=callsign,
        aircraft_type=chance.choice(_TYPES),
        **parts,
    )


def _place(chance: random.Random) -> tuple[float, float]:
    return (
        round(SOUTH_DEG + chance.random() * SIDE_DEG, 4),
        round(WEST_DEG + chance.random() * SIDE_DEG, 4),
    )


def _flight(chance: random.Random, start_ms: int) -> dict[str, Any]:
    level = Altitude.flight_level(chance.choice(LEVELS))
    ends = [Position(*_place(chance)) for _ in range(2)]
    times = (start_ms, start_ms + chance.randrange(8, 15) * MINUTE_MS)
    points = [TrajectoryPoint(place, level, time) for place, time in zip(ends, times, strict=True)]
    path = Trajectory(
        tuple(points),
        lateral_tolerance_dmm=DMM_PER_NAUTICAL_MILE // 2,
        vertical_tolerance_dmm=0,
        time_tolerance_ms=0,
    )
    return {"trajectory": path}


def _circle(chance: random.Random, start_ms: int) -> dict[str, Any]:
    outline = Circle(Position(*_place(chance)), chance.randrange(2, 8) * DMM_PER_NAUTICAL_MILE)
    return _volume(chance, outline, start_ms)


def _box(chance: random.Random, start_ms: int) -> dict[str, Any]:
    south, west = _place(chance)
    ring = ((0.0, 0.0), (0.0, 0.1), (0.1, 0.1), (0.1, 0.0))
    corners = [Position(round(south + lat, 4), round(west + lon, 4)) for lat, lon in ring]
    return _volume(chance, Polygon(tuple(corners)), start_ms)


def _volume(chance: random.Random, outline: Circle | Polygon, start_ms: int) -> dict[str, Any]:
    low = chance.choice(LEVELS)
    band = Altitude.flight_level(low), Altitude.flight_level(low + 30)
    end_ms = start_ms + chance.randrange(10, 30) * MINUTE_MS
    return {"volumes": (Volume4D(Volume3D(outline, *band), start_ms, end_ms),)}
