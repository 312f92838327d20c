"""A change to an operation: later or earlier, higher or lower, to the side."""

import msgspec

from openline.airspace import checks
from openline.airspace.altitude import Altitude
from openline.airspace.limits import MAX_HEIGHT_DMM, MAX_HORIZON_MS
from openline.airspace.operation import Operation
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Volume3D, Volume4D
from openline.errors import Invalid
from openline.units import DMM_PER_NAUTICAL_MILE, metres_from_dmm

MAX_OFFSET_DMM = 100 * DMM_PER_NAUTICAL_MILE


class Change(msgspec.Struct, frozen=True):
    """``delay_ms`` later (negative: earlier), ``climb_dmm`` (0.1 mm) higher (negative: lower), and
    ``offset_dmm`` (0.1 mm) to the side; all 0 is "as filed".

    The side of a flight is the right of its way (negative: the left), and bearing_deg is None; volumes are
    shifted as a whole towards ``bearing_deg`` (0 to 359, clockwise from north; the offset is then positive).
    Raises Invalid "wrong-type", "bearing-without-offset", LimitExceeded "out-of-range".
    """

    delay_ms: int = 0
    climb_dmm: int = 0
    offset_dmm: int = 0
    bearing_deg: int | None = None

    def __post_init__(self) -> None:
        checks.whole(self.delay_ms, "delay_ms", -MAX_HORIZON_MS, MAX_HORIZON_MS, "MAX_HORIZON_MS")
        checks.whole(self.climb_dmm, "climb_dmm", -MAX_HEIGHT_DMM, MAX_HEIGHT_DMM, "MAX_HEIGHT_DMM")
        checks.whole(self.offset_dmm, "offset_dmm", -MAX_OFFSET_DMM, MAX_OFFSET_DMM, "MAX_OFFSET_DMM")
        if self.bearing_deg is None:
            return
        checks.whole(self.bearing_deg, "bearing_deg", 0, 359, "bearing 0 to 359")
        if self.offset_dmm <= 0:
            text = "a bearing says where to, and the offset, more than 0, how far"
            raise Invalid("bearing-without-offset", text, field="offset_dmm")

    @property
    def is_none(self) -> bool:
        """As filed."""
        return not (self.delay_ms or self.climb_dmm or self.offset_dmm)


def apply(operation: Operation, change: Change) -> Operation:
    """The same operation (id, version, state) with all its times and heights moved, each height in its own
    datum, and its way or its volumes moved aside (see `openline.airspace.aside`).

    Raises as the values do where that leaves their limits, such as LimitExceeded "out-of-range" below FL-20;
    Invalid "no-such-side" where volumes are offset without a bearing, or anything that has a trajectory with
    one, or an operation that has both is offset at all.
    """
    if change.is_none:
        return operation
    changed = _aside(operation, change) if change.offset_dmm else operation
    if not (change.delay_ms or change.climb_dmm):
        return changed
    return msgspec.structs.replace(
        changed,
        volumes=tuple(_volume(one, change) for one in changed.volumes),
        off_nominal_volumes=tuple(_volume(one, change) for one in changed.off_nominal_volumes),
        trajectory=_trajectory(changed.trajectory, change) if changed.trajectory else None,
    )


def _volume(one: Volume4D, change: Change) -> Volume4D:
    # The outline is the same frozen value and is not judged again: that is what would cost.
    volume = one.volume
    lower, upper = volume.lower.climbed(change.climb_dmm), volume.upper.climbed(change.climb_dmm)
    return Volume4D(
        Volume3D(volume.outline, lower, upper), one.start_ms + change.delay_ms, one.end_ms + change.delay_ms
    )


def _trajectory(trajectory: Trajectory, change: Change) -> Trajectory:
    points = tuple(
        TrajectoryPoint(
            point.position,
            Altitude(point.altitude.height_dmm + change.climb_dmm, point.altitude.datum),
            point.time_ms + change.delay_ms,
        )
        for point in trajectory.points
    )
    return msgspec.structs.replace(trajectory, points=points)


def _aside(operation: Operation, change: Change) -> Operation:
    # What reckons with geodesics comes in here, and not with whoever only moves times and heights.
    from openline.airspace.aside import flown_beside, shifted

    offset_m = metres_from_dmm(change.offset_dmm)
    volumes = (*operation.volumes, *operation.off_nominal_volumes)
    if volumes and operation.trajectory is None and change.bearing_deg is not None:
        moved = shifted(volumes, change.bearing_deg, offset_m)
        count = len(operation.volumes)
        return msgspec.structs.replace(operation, volumes=moved[:count], off_nominal_volumes=moved[count:])
    if operation.trajectory is not None and not volumes and change.bearing_deg is None:
        beside = flown_beside(operation.trajectory, offset_m)
        return msgspec.structs.replace(operation, trajectory=beside)
    text = "a flight is moved to the right or left of its way, volumes towards a bearing, both together not"
    raise Invalid("no-such-side", text, field="bearing_deg")
