"""F3548 volumes as what the conflict engine compares: all volumes of an operational intent as one
operation.
"""

from collections.abc import Iterable
from datetime import datetime

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.operation import Operation, State
from openline.airspace.position import Position
from openline.airspace.volume import Circle, Outline, Polygon, Volume3D, Volume4D
from openline.errors import Invalid, OpenlineError
from openline.units import dmm_from_metres
from openline.utm.wire import volumes as wire


def shape_of(entity_id: str, volumes: Iterable[wire.Volume4D]) -> Operation:
    """Raises Invalid (LimitExceeded) where a volume is none: no outline, heights or times, a ring that
    crosses itself.
    """
    return Operation(
        id=entity_id.lower(),
        version=1,
        state=State.ACCEPTED,
        priority=0,
        volumes=tuple(_numbered(number, one) for number, one in enumerate(volumes)),
    )


def _numbered(number: int, one: wire.Volume4D) -> Volume4D:
    try:
        return _volume(one)
    except OpenlineError as fault:
        raise fault.within(field=f"volumes[{number}]") from None


def _volume(one: wire.Volume4D) -> Volume4D:
    lower, upper = one.volume.altitude_lower, one.volume.altitude_upper
    if lower is None or upper is None:
        raise Invalid(
            "heights-missing", "a volume has a lower and an upper altitude", field="volume.altitude"
        )
    if one.time_start is None or one.time_end is None:
        raise Invalid("times-missing", "a volume has a start and an end", field="time_start")
    shape = Volume3D(_outline(one.volume), _altitude(lower), _altitude(upper))
    return Volume4D(shape, ms_of(one.time_start), ms_of(one.time_end))


def _outline(one: wire.Volume3D) -> Outline:
    polygon, circle = one.outline_polygon, one.outline_circle
    if (polygon is None) == (circle is None):
        raise Invalid("outline", "a volume has exactly one outline", field="volume")
    if polygon is not None:
        return Polygon(tuple(Position(it.lat, it.lng) for it in polygon.vertices))
    if circle is None or circle.center is None or circle.radius is None:
        raise Invalid("outline", "a circle has a centre and a radius", field="volume.outline_circle")
    return Circle(
        Position(circle.center.lat, circle.center.lng), max(1, dmm_from_metres(circle.radius.value))
    )


def _altitude(one: wire.Altitude) -> Altitude:
    return Altitude(dmm_from_metres(one.value), Datum.WGS84)


def ms_of(time: wire.Time) -> int:
    """Milliseconds since 1970. Raises Invalid ``bad-time``."""
    try:
        at = datetime.fromisoformat(time.value)
        if at.tzinfo is None:
            raise ValueError
        return round(at.timestamp() * 1_000)
    except (ValueError, OverflowError):
        raise Invalid("bad-time", f"{time.value!r:.60} is no RFC 3339 time", field="time") from None
