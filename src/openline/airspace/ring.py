"""Is this ring a simple one, and how large? Judged on its geodesic edges, in the plane about its centre.

The azimuthal equidistant plane is a one-to-one image of everything nearer than the antipode, so edges cross
there just where they cross on the ellipsoid. Edges are followed in steps of 5 km; between two of them the
straight chord leaves the true image by no more than 1.1 cm within 200 km of the centre, 6 cm at 1,000 km and
30 cm at 5,000 km, so that only what is nearer to touching than that may be judged wrongly.
"""

from typing import Final

import numpy as np
import shapely

from openline.airspace.geodesy import (
    Floats,
    LocalFrame,
    densify,
    inverse,
    ring_area_m2,
    ring_centre,
)
from openline.airspace.limits import MAX_OUTLINE_AREA_M2, MAX_OUTLINE_EXTENT_M, MIN_OUTLINE_AREA_M2
from openline.errors import Invalid, LimitExceeded

_STEP_M: Final = 5_000.0
_MAX_STEPS: Final = 50_000
"""A ring of many long edges is followed in longer steps, so that one filing cannot hold up the node."""


def refuse_bad_ring(latitudes_deg: Floats, longitudes_deg: Floats) -> None:
    """Raises LimitExceeded "outline-too-large", Invalid "no-area", "self-intersection"."""
    frame = _frame(latitudes_deg, longitudes_deg)
    _refuse_extent(latitudes_deg, longitudes_deg, frame)
    x, y = frame.project(*_followed(latitudes_deg, longitudes_deg))
    outline = shapely.Polygon(np.column_stack((x, y)))
    # In this order: the signed parts of a ring that crosses itself make no area that could be judged.
    if outline.convex_hull.area < MIN_OUTLINE_AREA_M2:
        raise Invalid("no-area", "the vertices lie on one line: the ring encloses nothing", field="vertices")
    if not outline.is_valid:
        raise _crossing(outline, frame)
    _refuse_area(ring_area_m2(latitudes_deg, longitudes_deg))


def area_m2(latitudes_deg: Floats, longitudes_deg: Floats) -> float:
    return ring_area_m2(latitudes_deg, longitudes_deg)


def _frame(latitudes_deg: Floats, longitudes_deg: Floats) -> LocalFrame:
    try:
        return LocalFrame.at(ring_centre(latitudes_deg, longitudes_deg))
    except Invalid as error:
        text = "the vertices lie all around the Earth: which side is meant is not plain"
        raise LimitExceeded(
            "outline-too-large", text, field="vertices", clause="MAX_OUTLINE_EXTENT_M"
        ) from error


def _refuse_extent(latitudes_deg: Floats, longitudes_deg: Floats, frame: LocalFrame) -> None:
    distance, _ = inverse(frame.latitude_deg, frame.longitude_deg, latitudes_deg, longitudes_deg)
    furthest = int(np.argmax(distance))
    if distance[furthest] > MAX_OUTLINE_EXTENT_M:
        text = f"vertex {furthest} lies {distance[furthest] / 1000:,.0f} km from the centre, more than 5,000"
        raise LimitExceeded("outline-too-large", text, field="vertices", clause="MAX_OUTLINE_EXTENT_M")


def _followed(latitudes_deg: Floats, longitudes_deg: Floats) -> tuple[Floats, Floats]:
    distance, _ = inverse(
        latitudes_deg, longitudes_deg, np.roll(latitudes_deg, -1), np.roll(longitudes_deg, -1)
    )
    return densify(latitudes_deg, longitudes_deg, max(_STEP_M, float(distance.sum()) / _MAX_STEPS))


def _refuse_area(area: float) -> None:
    if area < MIN_OUTLINE_AREA_M2:
        raise Invalid("no-area", "the ring encloses less than a square decimetre", field="vertices")
    if area > MAX_OUTLINE_AREA_M2:
        text = f"the ring encloses {area / 1e6:,.0f} km2, more than 25,000,000"
        raise LimitExceeded("outline-too-large", text, field="vertices", clause="MAX_OUTLINE_AREA_M2")


def _crossing(outline: shapely.Polygon, frame: LocalFrame) -> Invalid:
    """The error, with the place where the ring meets itself: shapely says "Self-intersection[x y]"."""
    reason = shapely.is_valid_reason(outline)
    place = ""
    if "[" in reason:
        x, y = (float(part) for part in reason.split("[")[1].rstrip("]").split()[:2])
        latitude, longitude = frame.unproject(x, y)
        place = f" near {float(latitude):.5f}, {float(longitude):.5f}"
    return Invalid(
        "self-intersection",
        f"the ring crosses or touches itself{place}",
        field="vertices",
        remedy="give the vertices in their order around the area; file two areas as two volumes",
    )
