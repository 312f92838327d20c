"""GeoJSON (RFC 7946) with 4D properties, as operations, and back.

A Feature is a filing. Its geometry is a Polygon without holes, a Point with ``radius_m``, or a LineString
with ``times``. Its properties:

    id              UUID (or the Feature's own id); where there is none, one is made
    state           Proposed (default), Accepted, Activated, Nonconforming, Contingent, Ended
    priority        0 (default) the least
    version         1 (default)
    callsign, aircraft_type
    part, role      where several Features make one operation: they share the id, are numbered 1, 2, ... by
                    part, and agree in all of the above; role is volume or off_nominal

and, for a volume (a Polygon or a Point), altitude_lower, altitude_upper (see heights.py), start, end
(RFC 3339) and for a Point radius_m; for a trajectory, times (RFC 3339, one a position), altitudes (values,
units, reference), or one altitude, or third coordinates in metres over the ellipsoid, and
lateral_tolerance_m, vertical_tolerance_ft, time_tolerance_s (0 where missing).

Any other property is refused by its name. A FeatureCollection files several operations.
"""

import uuid
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from openline.airspace.operation import Operation, State
from openline.airspace.trajectory import Trajectory
from openline.airspace.volume import Volume4D
from openline.errors import Invalid, LimitExceeded, OpenlineError
from openline.formats.body import json_of
from openline.formats.fields import (
    joined,
    list_of,
    object_of,
    refuse_unknown,
    required,
    text_of,
    whole_of,
)
from openline.formats.geojson_text import feature_collection as feature_collection
from openline.formats.geojson_text import geojson_of as geojson_of
from openline.formats.limits import MAX_FEATURES, MAX_GEOJSON_BYTES
from openline.formats.shapes import FIELDS, kind_of, shape_of

OPERATION_FIELDS: Final = frozenset(
    {"id", "state", "priority", "version", "callsign", "aircraft_type", "part", "role"}
)
_CRS84: Final = frozenset(
    {"urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326"}
)


class _Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the parts of one operation have to agree in."""

    id: str | None
    state: State
    priority: int
    version: int
    callsign: str | None
    aircraft_type: str | None


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """One Feature, read; field is its place in the file."""

    field: str
    facts: _Facts
    part: int | None
    off_nominal: bool
    shape: Volume4D | Trajectory


def new_uuid() -> str:
    """Where a filing has no id. Chance is allowed above the node."""
    return str(uuid.uuid4())


def read_operations(body: bytes, new_id: Callable[[], str] = new_uuid) -> tuple[Operation, ...]:
    """The operations of a GeoJSON file of at most 4 MB, in the order in which they first appear.

    Raises OpenlineError only: Invalid with the field's path, such as
    features[2].properties.altitude_lower.value.
    """
    return operations_of(json_of(body, MAX_GEOJSON_BYTES, "MAX_GEOJSON_BYTES"), new_id)


def operations_of(document: Any, new_id: Callable[[], str] = new_uuid) -> tuple[Operation, ...]:
    """As `read_operations`, of JSON that has been decoded."""
    features = _features(document)
    groups: dict[str, list[_Part]] = {}
    for field, feature in features:
        part = _part(feature, field)
        groups.setdefault(part.facts.id or new_id(), []).append(part)
    return tuple(_operation(identifier, parts) for identifier, parts in groups.items())


def _features(document: Any) -> list[tuple[str, Any]]:
    members = object_of(document, "body")
    _refuse_crs(members)
    kind = members.get("type")
    if kind == "Feature":
        return [("", members)]
    if kind != "FeatureCollection":
        text = "it is neither a Feature nor a FeatureCollection"
        raise Invalid("not-geojson", text, field="type", clause="RFC 7946 3")
    features = list_of(required(members, "features", ""), "features")
    if not features:
        raise Invalid("nothing-filed", "there are no features in it", field="features")
    if len(features) > MAX_FEATURES:
        text = f"{len(features):,} features, more than {MAX_FEATURES:,}"
        raise LimitExceeded("too-many-features", text, field="features", clause="MAX_FEATURES")
    return [(f"features[{number}]", one) for number, one in enumerate(features)]


def _refuse_crs(members: dict[str, Any]) -> None:
    crs = members.get("crs")
    if crs is None:
        return
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str) or name not in _CRS84:
        text = "coordinates are WGS84 longitude and latitude; another crs would put them elsewhere"
        raise Invalid("crs-unsupported", text, field="crs", clause="RFC 7946 4")


def _part(feature: Any, field: str) -> _Part:
    members = object_of(feature, field or "body")
    if members.get("type") != "Feature":
        raise Invalid(
            "not-geojson", "it is not a Feature", field=joined(field, "type"), clause="RFC 7946 3.2"
        )
    properties = object_of(required(members, "properties", field), joined(field, "properties"))
    geometry = object_of(required(members, "geometry", field), joined(field, "geometry"))
    where = joined(field, "properties")
    refuse_unknown(properties, OPERATION_FIELDS | FIELDS[kind_of(geometry, field)], where)
    facts = _facts(members, properties, field)
    shape = shape_of(geometry, properties, field)
    part = properties.get("part")
    return _Part(
        field=field,
        facts=facts,
        part=None if part is None else whole_of(part, joined(where, "part")),
        off_nominal=_is_off_nominal(properties, shape, where),
        shape=shape,
    )


def _facts(members: dict[str, Any], properties: dict[str, Any], field: str) -> _Facts:
    where = joined(field, "properties")

    def whole(name: str, default: int) -> int:
        value = properties.get(name)
        return default if value is None else whole_of(value, joined(where, name))

    return _Facts(
        id=_id(members, properties, field),
        state=_state(properties, where),
        priority=whole("priority", 0),
        version=whole("version", 1),
        callsign=_short_text(properties, "callsign", where),
        aircraft_type=_short_text(properties, "aircraft_type", where),
    )


def _id(members: dict[str, Any], properties: dict[str, Any], field: str) -> str | None:
    where = joined(field, "properties.id")
    own, outer = properties.get("id"), members.get("id")
    if own is not None and outer is not None and own != outer:
        raise Invalid("id-contradicts", "the Feature's id and its property id are two", field=where)
    value = outer if own is None else own
    if value is None:
        return None
    text = text_of(value, where)
    try:
        return str(uuid.UUID(text)) if len(text) == 36 else _bad_id(text, where)
    except ValueError:
        return _bad_id(text, where)


def _bad_id(text: str, field: str) -> str:
    raise Invalid("bad-id", f"{text!r} is no UUID such as 1b4e28ba-2fa1-41d2-883f-0016d3cca427", field=field)


def _state(properties: dict[str, Any], where: str) -> State:
    value = properties.get("state")
    if value is None:
        return State.PROPOSED
    field = joined(where, "state")
    try:
        return State(text_of(value, field))
    except ValueError:
        names = ", ".join(State)
        raise Invalid("bad-state", f"{value!r} is no state", field=field, remedy=f"one of {names}") from None


def _short_text(properties: dict[str, Any], name: str, where: str) -> str | None:
    value = properties.get(name)
    return None if value is None else text_of(value, joined(where, name)).strip().upper()


def _is_off_nominal(properties: dict[str, Any], shape: Volume4D | Trajectory, where: str) -> bool:
    role, field = properties.get("role"), joined(where, "role")
    if role is None:
        return False
    expected = ("trajectory",) if isinstance(shape, Trajectory) else ("volume", "off_nominal")
    if text_of(role, field) not in expected:
        raise Invalid("bad-role", f"the role of this geometry is {' or '.join(expected)}", field=field)
    return bool(role == "off_nominal")


def _operation(identifier: str, parts: list[_Part]) -> Operation:
    _refuse_bad_parts(parts)
    ordered = sorted(parts, key=lambda part: part.part or 0)
    volumes = [part for part in ordered if isinstance(part.shape, Volume4D)]
    trajectories = [part.shape for part in ordered if isinstance(part.shape, Trajectory)]
    facts = ordered[0].facts
    try:
        return Operation(
            id=identifier,
            version=facts.version,
            state=facts.state,
            priority=facts.priority,
            volumes=_shapes(volumes, off_nominal=False),
            off_nominal_volumes=_shapes(volumes, off_nominal=True),
            trajectory=trajectories[0] if trajectories else None,
            callsign=facts.callsign,
            aircraft_type=facts.aircraft_type,
        )
    except OpenlineError as error:
        raise error.within(field=joined(parts[0].field, "properties")) from None


def _shapes(parts: list[_Part], *, off_nominal: bool) -> tuple[Volume4D, ...]:
    return tuple(
        part.shape for part in parts if part.off_nominal is off_nominal and isinstance(part.shape, Volume4D)
    )


def _refuse_bad_parts(parts: Sequence[_Part]) -> None:
    if len(parts) < 2:
        return
    seen: set[int] = set()
    for number, part in enumerate(parts):
        where = joined(part.field, "properties")
        if part.part is None or part.part in seen:
            where = joined(
                parts[max(1, number)].field, "properties"
            )  # the first to have an id is not at fault
            text = "two features have this id, and are not numbered as parts of one operation"
            raise Invalid(
                "duplicate-id", text, field=joined(where, "id"), remedy="give each its own id, or a part"
            )
        seen.add(part.part)
        if part.facts != parts[0].facts:
            text = "the parts of one operation differ in state, priority, version, callsign or aircraft_type"
            raise Invalid("parts-contradict", text, field=where)
    if sum(isinstance(part.shape, Trajectory) for part in parts) > 1:
        text = "an operation has one trajectory"
        raise Invalid("two-trajectories", text, field=joined(parts[-1].field, "geometry"))
