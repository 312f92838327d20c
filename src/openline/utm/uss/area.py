"""What to ask the DSS about, so that nothing around a flight is missed."""

from collections.abc import Sequence
from typing import Final

from openline.airspace.geodesy import centre_of, distance_m
from openline.airspace.limits import MAX_DURATION_MS, MAX_HEIGHT_DMM, MIN_HEIGHT_DMM
from openline.airspace.operation import Operation
from openline.airspace.position import Position
from openline.airspace.volume import Circle
from openline.airspace.volume import Volume4D as Shape
from openline.errors import Invalid
from openline.units import metres_from_dmm
from openline.utm.space import time_of
from openline.utm.uss.shapes import ms_of
from openline.utm.wire import volumes as wire

MAX_AREAS: Final = 16
"""Questions for one flight; beyond it, neighbouring volumes share one."""
MAX_PIECES: Final = 4
"""Of 30 days each: an operation starts within 30 days from now and lasts no longer than 30."""
_SLACK: Final = 1.001
"""Edges between vertices may bulge out of the disc around these by a trifle."""


def areas_of(volumes: Sequence[wire.Volume4D], shape: Operation) -> tuple[wire.Volume4D, ...]:
    """At most MAX_AREAS volumes that cover all of them. shape: the same volumes, as they are compared."""
    if len(volumes) <= MAX_AREAS:
        return tuple(volumes)
    size = -(-len(volumes) // MAX_AREAS)
    groups = [shape.volumes[at : at + size] for at in range(0, len(shape.volumes), size)]
    return tuple(_around(group) for group in groups)


def pieces_of(area: wire.Volume4D) -> tuple[wire.Volume4D, ...]:
    """The same area, in pieces of time none of which is longer than an operation may be; what lies beyond
    MAX_PIECES of them is further ahead than anything of ours can be.
    """
    if area.time_start is None or area.time_end is None:
        raise Invalid("times-missing", "an area has a start and an end", field="time_start")
    start_ms, end_ms = ms_of(area.time_start), ms_of(area.time_end)
    if end_ms - start_ms <= MAX_DURATION_MS:
        return (area,)
    starts = range(start_ms, end_ms, MAX_DURATION_MS)[:MAX_PIECES]
    return tuple(
        wire.Volume4D(area.volume, time_of(at_ms), time_of(min(end_ms, at_ms + MAX_DURATION_MS)))
        for at_ms in starts
    )


def _around(group: Sequence[Shape]) -> wire.Volume4D:
    """A disc over all of them, from the earliest to the latest and from the lowest to the highest."""
    places = [place for one in group for place in _rim(one)]
    centre = centre_of(places)
    radius_m = max(distance_m(centre, place) for place in places) * _SLACK + 1.0
    spans = [one.volume.spans().ellipsoid for one in group]
    return wire.Volume4D(
        wire.Volume3D(
            outline_circle=wire.Circle(
                wire.LatLngPoint(lng=centre.longitude_deg, lat=centre.latitude_deg),
                wire.Radius(radius_m, "M"),
            ),
            altitude_lower=wire.Altitude(_metres(min(low for low, _ in spans), -1), "W84", "M"),
            altitude_upper=wire.Altitude(_metres(max(high for _, high in spans), 1), "W84", "M"),
        ),
        time_of(min(one.start_ms for one in group)),
        time_of(max(one.end_ms for one in group)),
    )


def _metres(height_dmm: int, outward: int) -> float:
    """A trifle further out: heights are rounded to 0.1 mm where they are compared."""
    return metres_from_dmm(min(max(height_dmm + outward, MIN_HEIGHT_DMM), MAX_HEIGHT_DMM))


def _rim(one: Shape) -> Sequence[Position]:
    outline = one.volume.outline
    return outline.outer_positions() if isinstance(outline, Circle) else outline.vertices
