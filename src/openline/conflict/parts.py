"""An operation or constraint made ready to be compared: numbers in arrays, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from openline.airspace.altitude import Datum
from openline.airspace.constraint import Constraint
from openline.airspace.operation import Operation, State
from openline.airspace.volume import Circle, Volume4D
from openline.conflict.kernels.layout import BOX_COLUMNS, HEAD_COLUMNS, KIND, LEG, OFFSET, OWNER, Floats
from openline.conflict.kernels.zones import disc_part, polygon_part
from openline.conflict.trajectory import legs_of
from openline.errors import Invalid
from openline.units import DMM_PER_METRE

_DATUM_NUMBER = {None: 0.0, Datum.WGS84: 1.0, Datum.AMSL: 2.0, Datum.PRESSURE: 3.0}

Arrays = tuple[Floats, Floats, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """id; heads (n, HEAD_COLUMNS), boxes (n, BOX_COLUMNS) and bodies (m,) of its parts: `kernels.layout`."""

    id: str
    is_constraint: bool
    heads: Floats
    boxes: Floats
    bodies: Floats

    @property
    def has_legs(self) -> bool:
        """Legs come last."""
        return bool(self.heads[-1, KIND] == LEG)


def parts_of(filed: Operation | Constraint) -> Parts:
    """Raises Invalid "ended" where it is over, LimitExceeded "path-too-long"; and as the geoid does."""
    if isinstance(filed, Constraint):
        return Parts(filed.id, True, *_joined([_zone(one) for one in filed.volumes]))
    if filed.state is State.ENDED:
        text = "an ended operation is in nobody's way"
        raise Invalid("ended", text, field="state", remedy="remove it from the index")
    parts = [_zone(one) for one in filed.volumes]
    parts += [_zone(one) for one in filed.off_nominal_volumes]
    if filed.trajectory is not None:
        parts.append(legs_of(filed.trajectory))
    return Parts(filed.id, False, *_joined(parts))


def _zone(volume: Volume4D) -> Arrays:
    shape = volume.volume
    outline = shape.outline
    spans = shape.spans()
    low, high = spans.native or spans.ellipsoid
    bottom, top = spans.ellipsoid
    span = np.array(
        (volume.start_ms, volume.end_ms, low, high, bottom, top, _DATUM_NUMBER[spans.datum]), np.float64
    )
    if isinstance(outline, Circle):
        centre = outline.center
        return disc_part(centre.longitude_deg, centre.latitude_deg, outline.radius_dmm / DMM_PER_METRE, span)
    ring = [angle for vertex in outline.vertices for angle in (vertex.longitude_deg, vertex.latitude_deg)]
    return polygon_part(np.array(ring).reshape(-1, 2), span)


def _joined(parts: list[Arrays]) -> Arrays:
    """As one, the bodies one behind the other."""
    if len(parts) == 1:
        return parts[0]
    offset = 0
    for heads, _, bodies in parts:
        heads[:, OFFSET] += offset
        offset += len(bodies)
    heads, boxes, bodies = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return heads, boxes, bodies


def together(ready: Sequence[Parts]) -> Arrays:
    """Many as one, each numbered by its place (OWNER)."""
    if not ready:
        return np.empty((0, HEAD_COLUMNS)), np.empty((0, BOX_COLUMNS)), np.empty(0)
    heads = np.concatenate([one.heads for one in ready])
    counts = [len(one.heads) for one in ready]
    lengths = [len(one.bodies) for one in ready]
    heads[:, OWNER] = np.repeat(np.arange(len(ready)), counts)
    heads[:, OFFSET] += np.repeat(np.cumsum([0, *lengths[:-1]]), counts)
    boxes, bodies = (
        np.concatenate([one.boxes for one in ready]),
        np.concatenate([one.bodies for one in ready]),
    )
    return heads, boxes, bodies
