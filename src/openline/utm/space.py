"""F3548 volumes as numbers and arrays, as the conflict engine compares them; judged against the limits.

Times are milliseconds since 1970, rounded outward (a start down, an end up). Heights that a volume leaves out
mean the whole column, times that it leaves out all time.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
import numpy as np

from openline.airspace import geodesy, ring
from openline.airspace.limits import MAX_HEIGHT_DMM, MAX_TIME_MS, MIN_HEIGHT_DMM, MIN_TIME_MS
from openline.conflict.kernels.bulk import WGS84, first_doubtful
from openline.conflict.kernels.layout import OFFSET, Floats
from openline.conflict.kernels.zones import disc_part, polygon_part
from openline.errors import Invalid, LimitExceeded, OpenlineError
from openline.units import dmm_from_metres, rfc3339_from_ms
from openline.utm.unions import union_km2
from openline.utm.wire.volumes import Altitude, Circle, Polygon, Time, Volume3D, Volume4D

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_UTC_MARKS: Final = ("Z", "z", "+00:00", "-00:00")
_EARTH_M: Final = 6_371_008.8

Parts = tuple[Floats, Floats, Floats]
"""heads, boxes, bodies of `openline.conflict.kernels.layout`."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What volumes have to have, and how much of it; the limits' names are for who meets them."""

    needs_heights: bool = False
    needs_times: bool = False
    max_volumes: int
    max_vertices: int
    vertices_limit: str
    max_area_km2: float
    area_limit: str


@dataclass(frozen=True, slots=True, eq=False)
class Zones:
    """Volumes ready to be compared. heads, boxes, bodies: as the conflict index takes them.

    start_ms, end_ms: of all of them. start, end: the texts of the earliest start and the latest end; None
    where a volume leaves it out.
    """

    heads: Floats
    boxes: Floats
    bodies: Floats
    start_ms: int
    end_ms: int
    start: str | None
    end: str | None


# Times --------------------------------------------------------------------------------------------
def start_ms_of(time: Time, field: str = "time_start") -> int:
    """Rounded down. Raises Invalid ``bad-time``."""
    return _microseconds(time.value, field)[0] // 1_000


def end_ms_of(time: Time, field: str = "time_end") -> int:
    """Rounded up. Raises Invalid ``bad-time``."""
    whole, has_more = _microseconds(time.value, field)
    return -(-(whole + has_more) // 1_000)


def time_of(moment_ms: int) -> Time:
    """RFC 3339 in UTC, to the millisecond."""
    return Time(rfc3339_from_ms(moment_ms), "RFC3339")


def _microseconds(text: str, field: str) -> tuple[int, bool]:
    """Since 1970, rounded down, and whether there was more."""
    try:
        if len(text) < 20 or text[10] not in "Tt " or not text.endswith(_UTC_MARKS):
            raise ValueError
        since = datetime.fromisoformat(text.upper()) - _EPOCH
    except (ValueError, OverflowError):
        raise Invalid(
            "bad-time",
            f"{text[:60]!r} is no RFC 3339 time in UTC, such as 2018-08-01T12:00:00Z",
            field=field,
            clause="F3548-21 A4 Time",
        ) from None
    fraction = text[19:].rstrip("Zz").split("+")[0].split("-")[0]
    return since // _MICROSECOND, any(digit != "0" for digit in fraction[7:])


# Volumes ------------------------------------------------------------------------------------------
def zones_of(extents: Sequence[Volume4D], rules: Rules, field: str = "extents") -> Zones:
    """Judged. Raises Invalid ``missing-field``, ``outline``, ``altitudes-inverted``, ``times-inverted``,
    ``bad-time``, ``too-few-vertices``, ``vertex-repeated``, ``self-intersection``, ``no-area``; LimitExceeded
    ``too-many-volumes``, ``too-many-vertices``, ``area-too-large``.
    """
    _refuse_counts(extents, rules, field)
    for number, one in enumerate(extents):
        try:
            _refuse_missing(one, rules)
            _refuse_bad_outline(one.volume)
        except OpenlineError as fault:
            raise fault.within(field=f"{field}[{number}]") from None
    for number, one in enumerate(extents):
        if one.volume.outline_polygon is not None:
            _refuse_bad_ring(one.volume.outline_polygon, f"{field}[{number}].volume.outline_polygon")
    refuse_area(extents, rules, field)
    return judged_zones_of(extents, field)


def judged_zones_of(extents: Sequence[Volume4D], field: str = "extents") -> Zones:
    """Of volumes whose outlines and sizes were judged before."""
    if len(extents) == 1:
        start, end = _span(extents[0], field)
        parts = _part(extents[0].volume, start[0], end[0])
        return Zones(*parts, start[0], end[0], start[1], end[1])
    spans = [_span(one, f"{field}[{number}]") for number, one in enumerate(extents)]
    parts = _joined(
        [_part(one.volume, start[0], end[0]) for one, (start, end) in zip(extents, spans, strict=True)]
    )
    first = min((start for start, _ in spans), key=lambda moment: (moment[0], moment[1] or ""))
    last = max((end for _, end in spans), key=lambda moment: (moment[0], moment[1] or ""))
    return Zones(*parts, first[0], last[0], first[1], last[1])


def refuse_area(extents: Sequence[Volume4D], rules: Rules, field: str = "extents") -> None:
    """Of all volumes together, what they share counted once. Raises LimitExceeded ``area-too-large``."""
    area_km2 = sum(_area_km2(one.volume) for one in extents)
    if area_km2 > rules.max_area_km2 and len(extents) > 1:
        area_km2 = union_km2([one.volume for one in extents])
    if area_km2 > rules.max_area_km2:
        raise LimitExceeded(
            "area-too-large",
            f"{area_km2:,.0f} km2, more than {rules.max_area_km2:,.0f}",
            field=field,
            clause=rules.area_limit,
            remedy="file or ask about less at once",
        )


def _refuse_counts(extents: Sequence[Volume4D], rules: Rules, field: str) -> None:
    if not extents:
        raise Invalid("missing-field", "there is no volume", field=field)
    if len(extents) > rules.max_volumes:
        text = f"{len(extents):,} volumes, more than {rules.max_volumes:,}"
        raise LimitExceeded("too-many-volumes", text, field=field, clause="MAX_VOLUMES")
    vertices = sum(_vertices(one.volume) for one in extents)
    if vertices > rules.max_vertices:
        text = f"{vertices:,} vertices, more than {rules.max_vertices:,}"
        raise LimitExceeded("too-many-vertices", text, field=field, clause=rules.vertices_limit)


def _vertices(volume: Volume3D) -> int:
    return len(volume.outline_polygon.vertices) if volume.outline_polygon is not None else 1


def _refuse_missing(one: Volume4D, rules: Rules) -> None:
    lower, upper = one.volume.altitude_lower, one.volume.altitude_upper
    if rules.needs_heights and (lower is None or upper is None):
        raise Invalid(
            "missing-field", "a lower and an upper altitude are needed", field="volume.altitude_lower"
        )
    if rules.needs_times and (one.time_start is None or one.time_end is None):
        raise Invalid("missing-field", "a start and an end are needed", field="time_start")
    if lower is not None and upper is not None and lower.value > upper.value:
        text = "the lower altitude lies above the upper one"
        raise Invalid("altitudes-inverted", text, field="volume.altitude_lower")


def _refuse_bad_outline(volume: Volume3D) -> None:
    circle, polygon = volume.outline_circle, volume.outline_polygon
    if (circle is None) == (polygon is None):
        text = "a volume has exactly one outline: a circle or a polygon"
        raise Invalid("outline", text, field="volume", clause="F3548-21 A4 Volume3D")
    if circle is not None and (circle.center is None or circle.radius is None or not circle.radius.value > 0):
        text = "a circle has a centre, and a radius above 0"
        raise Invalid("outline", text, field="volume.outline_circle", clause="F3548-21 A4 Circle")
    if polygon is not None and len(polygon.vertices) < 3:
        text = "a polygon has three vertices at least"
        raise Invalid("too-few-vertices", text, field="volume.outline_polygon", clause="F3548-21 A4 Polygon")


def _refuse_bad_ring(polygon: Polygon, field: str) -> None:
    """The standard wants rings open, simple, and no vertex twice."""
    lonlat = lonlat_of(polygon)
    if first_doubtful(lonlat, np.array((0, len(lonlat))), 0) == 1:
        return
    places = {(lat, lon % 360.0 if abs(lat) < 90.0 else 0.0) for lon, lat in lonlat.tolist()}
    if len(places) < len(lonlat):
        raise Invalid(
            "vertex-repeated",
            "a vertex comes twice",
            field=field,
            clause="F3548-21 A4 Polygon",
            remedy="rings are open: the last vertex is not the first again",
        )
    try:
        ring.refuse_bad_ring(lonlat[:, 1].copy(), lonlat[:, 0].copy())
    except OpenlineError as fault:
        fault.field = None
        raise fault.within(field=field) from None


# As arrays ----------------------------------------------------------------------------------------
Moment = tuple[int, str | None]


def _span(one: Volume4D, field: str) -> tuple[Moment, Moment]:
    """Raises Invalid ``times-inverted``, ``bad-time``."""
    start: Moment = (MIN_TIME_MS, None)
    end: Moment = (MAX_TIME_MS, None)
    if one.time_start is not None:
        start = (start_ms_of(one.time_start, f"{field}.time_start"), one.time_start.value)
    if one.time_end is not None:
        end = (end_ms_of(one.time_end, f"{field}.time_end"), one.time_end.value)
    if start[1] is not None and end[1] is not None and _is_after(start[1], end[1]):
        raise Invalid("times-inverted", "it ends before it starts", field=f"{field}.time_end")
    return start, end


def _is_after(start: str, end: str) -> bool:
    return start != end and _microseconds(start, "time_start") > _microseconds(end, "time_end")


def _part(volume: Volume3D, start_ms: int, end_ms: int) -> Parts:
    low = _height_dmm(volume.altitude_lower, MIN_HEIGHT_DMM)
    high = _height_dmm(volume.altitude_upper, MAX_HEIGHT_DMM)
    span = np.array((_within(start_ms), _within(end_ms), low, high, low, high, WGS84), np.float64)
    circle, polygon = volume.outline_circle, volume.outline_polygon
    if polygon is not None:
        parts: Parts = polygon_part(lonlat_of(polygon), span)
        return parts
    assert circle is not None
    assert circle.center is not None
    assert circle.radius is not None
    disc: Parts = disc_part(circle.center.lng, circle.center.lat, float(circle.radius.value), span)
    return disc


def _within(moment_ms: int) -> int:
    """The index knows the years 1970 to 2100: what lies outside lies at their edge."""
    return min(max(moment_ms, MIN_TIME_MS), MAX_TIME_MS)


def _height_dmm(altitude: Altitude | None, otherwise: int) -> int:
    return otherwise if altitude is None else dmm_from_metres(altitude.value)


def lonlat_of(polygon: Polygon) -> Floats:
    """(n, 2) degrees, longitude first."""
    return np.array([(vertex.lng, vertex.lat) for vertex in polygon.vertices], np.float64)


def _joined(parts: Sequence[Parts]) -> Parts:
    """As one, the bodies one behind the other."""
    offset = 0
    for heads, _, bodies in parts:
        heads[:, OFFSET] += offset
        offset += len(bodies)
    heads, boxes, bodies = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return heads, boxes, bodies


def _area_km2(volume: Volume3D) -> float:
    if volume.outline_polygon is not None:
        lonlat = lonlat_of(volume.outline_polygon)
        return geodesy.ring_area_m2(lonlat[:, 1], lonlat[:, 0]) / 1e6
    return _circle_km2(volume.outline_circle)


def _circle_km2(circle: Circle | None) -> float:
    """As on a sphere of the mean radius: within 1 %, for limits only."""
    assert circle is not None
    assert circle.radius is not None
    turn = min(circle.radius.value / _EARTH_M, math.pi)
    return 2 * math.pi * (_EARTH_M / 1_000) ** 2 * (1 - math.cos(turn))
