"""The measuring set as validated Operations of one volume each."""

from uuid import UUID

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.operation import Operation, State
from openline.airspace.volume import Polygon, Position, Volume3D, Volume4D
from volumes import Asked, Volumes


def identifier(number: int) -> str:
    return str(UUID(int=number, version=4))


def operations(volumes: Volumes, first_number: int = 0) -> list[Operation]:
    return [_operation(identifier(first_number + row), one) for row, one in enumerate(volumes.each())]


def _operation(operation_id: str, one: Asked) -> Operation:
    """Heights to 0.1 mm and times to the millisecond, as they are filed."""
    lonlat, lower_m, upper_m, start_s, end_s = one
    outline = Polygon(tuple(Position(latitude, longitude) for longitude, latitude in lonlat.tolist()))
    lower, upper = (Altitude.metres(height_m, Datum.WGS84) for height_m in (lower_m, upper_m))
    body = Volume4D(Volume3D(outline, lower, upper), round(start_s * 1_000), round(end_s * 1_000))
    return Operation(id=operation_id, version=1, state=State.ACCEPTED, priority=0, volumes=(body,))
