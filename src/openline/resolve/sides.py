"""To which sides an operation may be moved: a flight beside its way, volumes as a whole."""

from openline.airspace.change import Change
from openline.airspace.operation import Operation
from openline.resolve.cost import cost_of
from openline.resolve.limits import Limits

_BEARINGS_DEG = (0, 90, 180, 270)


def sides_of(operation: Operation, limits: Limits, now_ms: int) -> list[Change]:
    """Every offset within the limits, the cheapest first; of equals right before left,
    and bearings from north on.

    None where it has started already, or has both volumes and a trajectory.
    """
    steps = limits.largest_offset_dmm // limits.offset_step_dmm
    volumes = operation.volumes or operation.off_nominal_volumes
    if operation.start_ms < now_ms or (volumes and operation.trajectory):
        return []
    offsets = [step * limits.offset_step_dmm for step in range(1, steps + 1)]
    if volumes:
        aside = [Change(0, 0, offset, bearing) for offset in offsets for bearing in _BEARINGS_DEG]
    else:
        aside = [Change(0, 0, sign * offset) for offset in offsets for sign in (1, -1)]
    return sorted(aside, key=cost_of)
