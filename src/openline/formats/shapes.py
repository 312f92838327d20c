"""A GeoJSON geometry with its 4D properties, as a Volume4D or a Trajectory."""

from typing import Any, Final

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.limits import MAX_POINTS, MAX_VERTICES
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Circle, Outline, Polygon, Volume3D, Volume4D
from openline.errors import Invalid, LimitExceeded, OpenlineError
from openline.formats.fields import joined, list_of, moment_of, number_of, object_of, required, text_of
from openline.formats.heights import altitude_of, altitudes_of
from openline.units import dmm_from_feet, dmm_from_metres, ms_from_seconds

VOLUME_FIELDS: Final = frozenset({"altitude_lower", "altitude_upper", "start", "end"})
TRAJECTORY_FIELDS: Final = frozenset(
    {"times", "altitude", "altitudes", "lateral_tolerance_m", "vertical_tolerance_ft", "time_tolerance_s"}
)
FIELDS: Final = {
    "Polygon": VOLUME_FIELDS,
    "Point": VOLUME_FIELDS | {"radius_m"},
    "LineString": TRAJECTORY_FIELDS,
}
"""The properties that belong to a geometry of each type."""

_OWN_NAMES: Final = {
    "lower": "properties.altitude_lower",
    "upper": "properties.altitude_upper",
    "start_ms": "properties.start",
    "end_ms": "properties.end",
    "radius_dmm": "properties.radius_m",
    "lateral_tolerance_dmm": "properties.lateral_tolerance_m",
    "vertical_tolerance_dmm": "properties.vertical_tolerance_ft",
    "time_tolerance_ms": "properties.time_tolerance_s",
    "vertices": "geometry.coordinates",
    "points": "geometry.coordinates",
}


def shape_of(geometry: Any, properties: dict[str, Any], field: str) -> Volume4D | Trajectory:
    """Raises Invalid and LimitExceeded as the values do, with the names of the file; "geometry-unsupported",
    "holes".
    """
    members = object_of(geometry, joined(field, "geometry"))
    kind = kind_of(members, field)
    coordinates = list_of(
        required(members, "coordinates", joined(field, "geometry")), joined(field, "geometry.coordinates")
    )
    try:
        if kind == "LineString":
            return _trajectory(coordinates, properties)
        outline = _polygon(coordinates) if kind == "Polygon" else _circle(coordinates, properties)
        return _volume(outline, properties)
    except OpenlineError as error:
        error.field = joined(field, _own_name(error.field or ""))
        raise


def kind_of(geometry: dict[str, Any], field: str) -> str:
    """Polygon, Point or LineString. Raises Invalid "geometry-unsupported"."""
    where = joined(field, "geometry.type")
    kind = text_of(required(geometry, "type", joined(field, "geometry")), where)
    if kind not in FIELDS:
        raise Invalid(
            "geometry-unsupported",
            f"a geometry of type {kind!r} cannot be filed",
            field=where,
            remedy="file a Polygon, a Point with radius_m or a LineString with times",
        )
    return kind


def _own_name(field: str) -> str:
    """What the values call by their own name, by the name that the file has for it."""
    head = field.split(".")[0].split("[")[0]
    return _OWN_NAMES[head] + field[len(head) :] if head in _OWN_NAMES else field


def _volume(outline: Outline, properties: dict[str, Any]) -> Volume4D:
    where = "properties"
    lower = altitude_of(required(properties, "altitude_lower", where), "properties.altitude_lower")
    upper = altitude_of(required(properties, "altitude_upper", where), "properties.altitude_upper")
    start_ms = moment_of(required(properties, "start", where), "properties.start")
    end_ms = moment_of(required(properties, "end", where), "properties.end")
    return Volume4D(Volume3D(outline, lower, upper), start_ms, end_ms)


def _polygon(coordinates: list[Any]) -> Polygon:
    field = "geometry.coordinates"
    if len(coordinates) > 1:
        text = "a polygon with holes cannot be filed"
        raise Invalid(
            "holes", text, field=f"{field}[1]", remedy="file the area without its holes, or in parts"
        )
    ring = list_of(coordinates[0] if coordinates else None, f"{field}[0]")
    _refuse_many(ring, MAX_VERTICES + 1, "MAX_VERTICES", field)
    places = [_place(one, f"{field}[0][{number}]") for number, one in enumerate(ring)]
    for number, (_, height) in enumerate(places):
        _refuse_height(height, f"{field}[0][{number}][2]")
    return Polygon(tuple(position for position, _ in places))


def _circle(coordinates: list[Any], properties: dict[str, Any]) -> Circle:
    position, height = _place(coordinates, "geometry.coordinates")
    _refuse_height(height, "geometry.coordinates[2]")
    radius_m = number_of(required(properties, "radius_m", "properties"), "properties.radius_m")
    return Circle(position, dmm_from_metres(radius_m))


def _trajectory(coordinates: list[Any], properties: dict[str, Any]) -> Trajectory:
    field = "geometry.coordinates"
    _refuse_many(coordinates, MAX_POINTS, "MAX_POINTS", field)
    places = [_place(one, f"{field}[{number}]") for number, one in enumerate(coordinates)]
    times = list_of(required(properties, "times", "properties"), "properties.times")
    if len(times) != len(places):
        text = f"{len(times)} times for {len(places)} positions"
        raise Invalid("count-differs", text, field="properties.times")
    moments = [moment_of(one, f"properties.times[{number}]") for number, one in enumerate(times)]
    heights = _heights(properties, [height for _, height in places])
    points = tuple(
        TrajectoryPoint(position, height, moment)
        for (position, _), height, moment in zip(places, heights, moments, strict=True)
    )
    return Trajectory(points, *_tolerances(properties))


def _heights(properties: dict[str, Any], third: list[float | None]) -> list[Altitude]:
    """From just one of: the property altitudes, the property altitude, third coordinates (RFC 7946: W84
    metres).
    """
    given = [name for name in ("altitudes", "altitude") if properties.get(name) is not None]
    if any(height is not None for height in third):
        given.append("coordinates")
    if len(given) != 1:
        code = "missing-field" if not given else "altitude-twice"
        text = (
            "a trajectory's heights are given once: as altitudes, altitude or third coordinates in W84 metres"
        )
        raise Invalid(code, text, field="properties.altitudes")
    if given == ["altitudes"]:
        return altitudes_of(properties["altitudes"], "properties.altitudes", len(third))
    if given == ["altitude"]:
        return [altitude_of(properties["altitude"], "properties.altitude")] * len(third)
    return [_third(height, number) for number, height in enumerate(third)]


def _third(height: float | None, number: int) -> Altitude:
    field = f"geometry.coordinates[{number}][2]"
    if height is None:
        raise Invalid("missing-field", "some positions have a height and this one has none", field=field)
    try:
        return Altitude.metres(height, Datum.WGS84)
    except OpenlineError as error:
        error.field = field
        raise


def _tolerances(properties: dict[str, Any]) -> tuple[int, int, int]:
    def number(name: str) -> float:
        value = properties.get(name)
        return 0.0 if value is None else number_of(value, f"properties.{name}")

    return (
        dmm_from_metres(number("lateral_tolerance_m")),
        dmm_from_feet(number("vertical_tolerance_ft")),
        ms_from_seconds(number("time_tolerance_s")),
    )


def _place(value: Any, field: str) -> tuple[Position, float | None]:
    numbers = list_of(value, field)
    if len(numbers) not in (2, 3):
        text = "a position is [longitude, latitude], with a height as the third at most"
        raise Invalid("bad-position", text, field=field, clause="RFC 7946 3.1.1")
    longitude, latitude = number_of(numbers[0], f"{field}[0]"), number_of(numbers[1], f"{field}[1]")
    try:
        position = Position(latitude, longitude)
    except OpenlineError as error:
        error.field = f"{field}[{1 if error.field == 'latitude_deg' else 0}]"
        error.remedy = "GeoJSON has the longitude first"
        raise
    return position, number_of(numbers[2], f"{field}[2]") if len(numbers) == 3 else None


def _refuse_height(height: float | None, field: str) -> None:
    if height:  # none, or the 0 that drawing programs write
        text = "the heights of a volume are altitude_lower and altitude_upper"
        raise Invalid("altitude-twice", text, field=field)


def _refuse_many(values: list[Any], most: int, limit: str, field: str) -> None:
    if len(values) > most:
        code = "too-many-vertices" if limit == "MAX_VERTICES" else "too-many-points"
        text = f"{len(values):,} positions, more than {most:,}"
        raise LimitExceeded(code, text, field=field, clause=limit)
