"""Operations as GeoJSON, as geojson.py reads them back. An OVN is no matter of a filing and stays behind."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from openline.airspace.operation import Operation
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory
from openline.airspace.volume import Polygon, Volume4D
from openline.formats.heights import height_to, heights_to
from openline.units import MS_PER_SECOND, feet_from_dmm, metres_from_dmm, rfc3339_from_ms


def geojson_of(operation: Operation) -> dict[str, Any]:
    """A Feature where the operation has one shape, else a FeatureCollection of its numbered parts."""
    features = list(_features(operation))
    return features[0] if len(features) == 1 else {"type": "FeatureCollection", "features": features}


def feature_collection(operations: Iterable[Operation]) -> bytes:
    """All of them in one GeoJSON text, UTF-8."""
    features = [feature for operation in operations for feature in _features(operation)]
    document = {"type": "FeatureCollection", "features": features}
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()


def _features(operation: Operation) -> Iterator[dict[str, Any]]:
    shapes: list[tuple[Volume4D | Trajectory, str]] = [(one, "volume") for one in operation.volumes]
    shapes += [(one, "off_nominal") for one in operation.off_nominal_volumes]
    shapes += [(operation.trajectory, "trajectory")] if operation.trajectory else []
    for number, (shape, role) in enumerate(shapes, start=1):
        own = _facts(operation) | {"role": role} | ({"part": number} if len(shapes) > 1 else {})
        geometry, properties = _trajectory(shape) if isinstance(shape, Trajectory) else _volume(shape)
        yield {"type": "Feature", "geometry": geometry, "properties": own | properties}


def _facts(operation: Operation) -> dict[str, Any]:
    facts = {
        "id": operation.id,
        "version": operation.version,
        "state": str(operation.state),
        "priority": operation.priority,
        "callsign": operation.callsign,
        "aircraft_type": operation.aircraft_type,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _volume(one: Volume4D) -> tuple[dict[str, Any], dict[str, Any]]:
    outline = one.volume.outline
    properties: dict[str, Any] = {
        "altitude_lower": height_to(one.volume.lower),
        "altitude_upper": height_to(one.volume.upper),
        "start": rfc3339_from_ms(one.start_ms),
        "end": rfc3339_from_ms(one.end_ms),
    }
    if isinstance(outline, Polygon):
        ring = [_coordinates(vertex) for vertex in (*outline.vertices, outline.vertices[0])]
        return {"type": "Polygon", "coordinates": [ring]}, properties
    properties["radius_m"] = metres_from_dmm(outline.radius_dmm)
    return {"type": "Point", "coordinates": _coordinates(outline.center)}, properties


def _trajectory(trajectory: Trajectory) -> tuple[dict[str, Any], dict[str, Any]]:
    points = trajectory.points
    geometry = {"type": "LineString", "coordinates": [_coordinates(point.position) for point in points]}
    return geometry, {
        "times": [rfc3339_from_ms(point.time_ms) for point in points],
        "altitudes": heights_to([point.altitude for point in points]),
        "lateral_tolerance_m": metres_from_dmm(trajectory.lateral_tolerance_dmm),
        "vertical_tolerance_ft": feet_from_dmm(trajectory.vertical_tolerance_dmm),
        "time_tolerance_s": trajectory.time_tolerance_ms / MS_PER_SECOND,
    }


def _coordinates(position: Position) -> list[float]:
    return [position.longitude_deg, position.latitude_deg]
