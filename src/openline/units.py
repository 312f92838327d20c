"""The only place where units are converted.

Lengths that are compared or signed are integers of 0.1 mm, suffix ``_dmm`` (decimillimetre): a foot is
exactly 3,048 of them and a nautical mile 18,520,000, so that no level and no minimum ever rounds. Times are
integer milliseconds since 1970-01-01T00:00:00Z, suffix ``_ms``. Angles on the wire are integers of 1e-9
degree, suffix ``_e9``.
"""

import math
from datetime import UTC, datetime, timedelta

DMM_PER_METRE = 10_000
DMM_PER_FOOT = 3_048
DMM_PER_NAUTICAL_MILE = 18_520_000
DMM_PER_FLIGHT_LEVEL = 100 * DMM_PER_FOOT
METRES_PER_NAUTICAL_MILE = 1852.0
METRES_PER_FOOT = 0.3048
E9_PER_DEGREE = 1_000_000_000
MS_PER_SECOND = 1_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def dmm_from_metres(metres: float) -> int:
    """Metres to the nearest 0.1 mm."""
    return round(metres * DMM_PER_METRE)


def metres_from_dmm(dmm: int) -> float:
    return dmm / DMM_PER_METRE


def dmm_from_feet(feet: float) -> int:
    return round(feet * DMM_PER_FOOT)


def feet_from_dmm(dmm: int) -> float:
    return dmm / DMM_PER_FOOT


def dmm_from_nautical_miles(nautical_miles: float) -> int:
    return round(nautical_miles * DMM_PER_NAUTICAL_MILE)


def nautical_miles_from_dmm(dmm: int) -> float:
    return dmm / DMM_PER_NAUTICAL_MILE


def e9_from_degrees(degrees: float) -> int:
    """Degrees to the nearest 1e-9 degree (0.11 mm on the equator)."""
    return round(degrees * E9_PER_DEGREE)


def degrees_from_e9(e9: int) -> float:
    """The correctly rounded quotient: IEEE 754 division, so every machine reads the same degree."""
    return e9 / E9_PER_DEGREE


def ms_from_seconds(seconds: float) -> int:
    return round(seconds * MS_PER_SECOND)


def ms_from_datetime(moment: datetime) -> int:
    """An aware datetime to milliseconds since the epoch, rounded down.

    Raises ValueError for a naive one: a time without a zone is nobody's time.
    """
    if moment.tzinfo is None:
        raise ValueError("a time needs a zone, such as 2018-08-01T12:00:00Z")
    return (moment - _EPOCH) // _MILLISECOND


def datetime_from_ms(moment_ms: int) -> datetime:
    return _EPOCH + moment_ms * _MILLISECOND


def rfc3339_from_ms(moment_ms: int) -> str:
    """As people read it: 2018-08-01T12:00:00Z, with milliseconds only where there are any."""
    moment = datetime_from_ms(moment_ms)
    fraction = f".{moment_ms % MS_PER_SECOND:03d}" if moment_ms % MS_PER_SECOND else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def ms_from_rfc3339(text: str) -> int:
    """Raises ValueError where the text is no RFC 3339 time with a zone."""
    return ms_from_datetime(datetime.fromisoformat(text))


def round_down(value: int, step: int) -> int:
    return value // step * step


def round_up(value: int, step: int) -> int:
    return -(-value // step) * step


def is_finite(*values: float) -> bool:
    return all(math.isfinite(value) for value in values)
