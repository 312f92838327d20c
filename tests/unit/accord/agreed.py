"""Two parties, their keys, an accord between them, and operations to tell: samples for the tests of the
accord."""

from typing import Any

from openline.accord.terms import Accord, Disclosure, Party, draft
from openline.airspace.altitude import Altitude, Datum
from openline.airspace.operation import Operation, State
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Circle, Polygon, Volume3D, Volume4D
from openline.journal.certificate import Certificate, seal_certificate
from openline.journal.keys import SigningKey

BEGIN_MS = 1_800_000_000_000
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
ACCORD_ID = "0b0e4a5c-6f8b-4c0e-9d53-3f2a1c7b9e10"
NOTICE_ID = "5f0c1d2e-3b4a-4958-8776-6554433221ff"
OPERATION_ID = "deadbeef-1111-4222-8333-444455556666"
OVN = "0vn-0vn-0vn-0vn-0vn-0vn"

EAST_KEY, WEST_KEY, STRANGER_KEY = (SigningKey.from_seed(bytes([number]) * 32) for number in (1, 2, 3))
EAST_NODE, WEST_NODE = (SigningKey.from_seed(bytes([number]) * 32) for number in (11, 12))
EAST = Party("east", "Eastern Control", EAST_KEY.public.hex)
WEST = Party("west", "Western Control", WEST_KEY.public.hex)


def accord(disclosure: Disclosure | None = None, **changes: Any) -> Accord:
    return draft(
        ACCORD_ID,
        EAST,
        WEST,
        valid_from_ms=BEGIN_MS,
        valid_until_ms=BEGIN_MS + 90 * DAY_MS,
        disclosure=disclosure,
        **changes,
    )


def certificate(
    party: str, key: SigningKey, node: SigningKey, *, days: int = 30, begin_ms: int = BEGIN_MS
) -> bytes:
    content = Certificate(
        party=party,
        node_key=node.public.hex,
        valid_from_ms=begin_ms,
        valid_until_ms=begin_ms + days * DAY_MS,
    )
    return seal_certificate(content, key)


def volume(
    outline: Polygon | Circle,
    lower: Altitude | None = None,
    upper: Altitude | None = None,
    start_ms: int = BEGIN_MS + HOUR_MS,
    end_ms: int = BEGIN_MS + 2 * HOUR_MS,
) -> Volume4D:
    lower, upper = lower or Altitude.flight_level(100), upper or Altitude.flight_level(120)
    return Volume4D(Volume3D(outline, lower, upper), start_ms, end_ms)


def square(latitude_deg: float = 47.0, longitude_deg: float = 8.0, side_deg: float = 0.1) -> Polygon:
    south, west, north, east = latitude_deg, longitude_deg, latitude_deg + side_deg, longitude_deg + side_deg
    return Polygon(
        (Position(south, west), Position(south, east), Position(north, east), Position(north, west))
    )


def path(
    *points: tuple[float, float, int, int],
    lateral_dmm: int = 0,
    vertical_dmm: int = 0,
    time_ms: int = 0,
    datum: Datum = Datum.PRESSURE,
) -> Trajectory:
    """Points as latitude, longitude, height in 0.1 mm, ms after the accord's begin plus an hour."""
    return Trajectory(
        tuple(
            TrajectoryPoint(Position(lat, lon), Altitude(height, datum), BEGIN_MS + HOUR_MS + time)
            for lat, lon, height, time in points
        ),
        lateral_dmm,
        vertical_dmm,
        time_ms,
    )


def operation(*volumes: Volume4D, state: State = State.ACCEPTED, **fields: Any) -> Operation:
    return Operation(
        id=OPERATION_ID,
        version=7,
        state=state,
        priority=fields.pop("priority", 5),
        volumes=volumes,
        callsign="SECRET1",
        aircraft_type="A320",
        ovn=OVN,
        **fields,
    )


def merged(content: Any, patch: Any) -> Any:
    """RFC 7396 JSON Merge Patch."""
    if not isinstance(patch, dict):
        return patch
    result = dict(content) if isinstance(content, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
