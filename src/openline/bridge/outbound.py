"""What suppliers filed with our DSS, as operations of this node. Pure: what has to be done about an intent,
and what it means.

Nothing is remembered between two looks: an operation keeps the OVN of the intent whose details it has, and
none where only its extents are known.
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Final

from openline.accord.area import touches_area
from openline.accord.shapes import Point
from openline.accord.terms import Accord
from openline.airspace.limits import MAX_PRIORITY
from openline.airspace.operation import OFF_NOMINAL, Operation, State
from openline.bridge.standing import Standing, whole
from openline.units import e9_from_degrees
from openline.utm.uss.shapes import shape_of
from openline.utm.wire.details import OperationalIntent, OperationalIntentDetails
from openline.utm.wire.volumes import Volume4D

_Box = tuple[int, int, int, int]
_MARGIN_E9: Final = 2 * 10**9
"""Two degrees: an edge of 20 degrees bulges by less than half a degree up to 70 degrees of latitude."""
_MOST_SPAN_E9: Final = 20 * 10**9
_MOST_LATITUDE_E9: Final = 70 * 10**9
_MOST_RADIUS_M: Final = 20_000.0
_TURN_E9: Final = 360 * 10**9


class Due(Enum):
    NOTHING = "nothing"
    END = "end"
    LOOK = "look"
    """Get its details, and take it."""


def due(standing: Standing | None, operation: Operation | None, now_ms: int) -> Due:
    """What an intent wants of us. standing: at the DSS, None where it is not there any more. operation: what
    the node holds under its id.
    """
    lives = operation is not None and operation.supplier is not None and operation.state is not State.ENDED
    if standing is None or standing.told:
        return Due.END if lives else Due.NOTHING
    if standing.end_ms <= now_ms:
        return Due.NOTHING  # the node ends what is over by its own clock
    if lives and operation is not None and operation.ovn == standing.ovn:
        return Due.NOTHING
    return Due.LOOK


def concerns(operation: Operation, accords: Iterable[Accord]) -> bool:
    """Whether any partner has to know of it."""
    return any(touches_area(operation, accord) for accord in accords)


def is_far(standing: Standing, accords: Iterable[Accord]) -> bool:
    """Whether it is plain without reckoning that it concerns nobody, as it is of most among thousands. Only
    of what is small enough for its edges to bulge by less than the margin.
    """
    boxes = [_box(accord.area.vertices) if accord.area is not None else None for accord in accords]
    ours = _box_of(standing)
    return ours is not None and all(box is not None and not _meet(ours, box) for box in boxes)


def _box_of(standing: Standing) -> _Box | None:
    places: list[Point] = []
    for one in standing.extents:
        polygon, circle = one.volume.outline_polygon, one.volume.outline_circle
        if polygon is not None:
            places += [Point(e9_from_degrees(it.lat), e9_from_degrees(it.lng)) for it in polygon.vertices]
        elif circle is not None and circle.center is not None and circle.radius is not None:
            if circle.radius.value > _MOST_RADIUS_M:
                return None
            places.append(Point(e9_from_degrees(circle.center.lat), e9_from_degrees(circle.center.lng)))
    return _box(places)


def _box(places: Sequence[Point]) -> _Box | None:
    """South, north, west, east; None of what is too large, or goes over the antimeridian or near a pole."""
    if not places:
        return None
    lats, lons = [it.lat_e9 for it in places], [it.lon_e9 for it in places]
    box = (min(lats), max(lats), min(lons), max(lons))
    is_small = box[1] - box[0] <= _MOST_SPAN_E9 and box[3] - box[2] <= _MOST_SPAN_E9
    return box if is_small and max(map(abs, lats)) <= _MOST_LATITUDE_E9 else None


def _meet(one: _Box, other: _Box) -> bool:
    """With the margin; around the antimeridian two boxes may be a whole turn apart and meet."""
    turned = min((one[2] - other[3]) % _TURN_E9, (other[2] - one[3]) % _TURN_E9)
    beside = one[2] <= other[3] and other[2] <= one[3]
    in_latitude = one[0] - other[1] <= _MARGIN_E9 and other[0] - one[1] <= _MARGIN_E9
    return in_latitude and (beside or turned <= _MARGIN_E9)


def is_of_this_version(standing: Standing, intent: OperationalIntent) -> bool:
    """Whether these details are those that the DSS has the OVN of."""
    return intent.reference.ovn in (None, standing.ovn)


def operation_of(
    standing: Standing, details: OperationalIntentDetails | None, before: Operation | None
) -> Operation:
    """The intent as an operation. details: None where its supplier does not answer: then its extents stand,
    and the priority that was known before.

    Raises Invalid or LimitExceeded where it is none that this node can hold, such as one of 31 days.
    """
    state = State(standing.state.value)
    nominal, off_nominal = _volumes(standing, details, state)
    name = standing.id.lower()
    shapes = shape_of(name, nominal + off_nominal).volumes
    priority = details.priority if details is not None else before.priority if before is not None else 0
    return Operation(
        id=name,
        version=1,
        state=state,
        priority=min(MAX_PRIORITY, max(0, priority)),
        volumes=shapes[: len(nominal)],
        off_nominal_volumes=shapes[len(nominal) :],
        ovn=standing.ovn if details is not None else None,
        supplier=standing.manager,
    )


def _volumes(
    standing: Standing, details: OperationalIntentDetails | None, state: State
) -> tuple[tuple[Volume4D, ...], tuple[Volume4D, ...]]:
    """Nominal and off-nominal ones; an intent that is on its way has only nominal ones."""
    known = details if details is not None else OperationalIntentDetails(standing.extents)
    nominal = _whole(known.volumes, standing)
    off_nominal = _whole(known.off_nominal_volumes, standing)
    if state not in OFF_NOMINAL:
        return nominal + off_nominal, ()
    if details is None:
        return (), nominal
    return nominal, off_nominal


def _whole(volumes: Iterable[Volume4D], standing: Standing) -> tuple[Volume4D, ...]:
    return tuple(whole(one, standing.start_ms, standing.end_ms) for one in volumes)
