"""Places, heights, times and volumes (F3548-21 Annex A4, schemas Time to Volume4D)."""

from typing import Annotated, Literal

import msgspec

Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]


class Time(msgspec.Struct, frozen=True):
    """value: RFC 3339, in UTC (`Z`)."""

    value: str
    format: Literal["RFC3339"]


class Radius(msgspec.Struct, frozen=True):
    """value: metres along the ellipsoid, above 0."""

    value: Annotated[float, msgspec.Meta(gt=0)]
    units: Literal["M"]


class Altitude(msgspec.Struct, frozen=True):
    """value: metres over the WGS84 ellipsoid, -8,000 to 100,000."""

    value: Annotated[float, msgspec.Meta(ge=-8_000, le=100_000)]
    reference: Literal["W84"]
    units: Literal["M"]


class LatLngPoint(msgspec.Struct, frozen=True):
    """Degrees on WGS84."""

    lng: Longitude
    lat: Latitude


class Polygon(msgspec.Struct, frozen=True):
    """A ring of geodesic edges; the last vertex is joined to the first."""

    vertices: Annotated[tuple[LatLngPoint, ...], msgspec.Meta(min_length=3)]


class Circle(msgspec.Struct, frozen=True):
    """Both fields are optional in the schema, and a circle without one of them is none."""

    center: LatLngPoint | None = None
    radius: Radius | None = None


class Volume3D(msgspec.Struct, frozen=True, omit_defaults=True):
    """Exactly one outline, and perhaps heights."""

    outline_circle: Circle | None = None
    outline_polygon: Polygon | None = None
    altitude_lower: Altitude | None = None
    altitude_upper: Altitude | None = None


class Volume4D(msgspec.Struct, frozen=True, omit_defaults=True):
    """A volume, and perhaps times."""

    volume: Volume3D
    time_start: Time | None = None
    time_end: Time | None = None
