"""A change to an operation that keeps its way over the ground: later or earlier, higher or lower."""

import msgspec

from openline.airspace import checks
from openline.airspace.altitude import Altitude
from openline.airspace.limits import MAX_HEIGHT_DMM, MAX_HORIZON_MS
from openline.airspace.operation import Operation
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Volume3D, Volume4D


class Change(msgspec.Struct, frozen=True):
    """``delay_ms`` later (negative: earlier) and ``climb_dmm`` (0.1 mm) higher (negative: lower); both 0 is
    "as filed".

    Raises Invalid "wrong-type", LimitExceeded "out-of-range".
    """

    delay_ms: int = 0
    climb_dmm: int = 0

    def __post_init__(self) -> None:
        checks.whole(self.delay_ms, "delay_ms", -MAX_HORIZON_MS, MAX_HORIZON_MS, "MAX_HORIZON_MS")
        checks.whole(self.climb_dmm, "climb_dmm", -MAX_HEIGHT_DMM, MAX_HEIGHT_DMM, "MAX_HEIGHT_DMM")

    @property
    def is_none(self) -> bool:
        """As filed."""
        return self.delay_ms == 0 and self.climb_dmm == 0


def apply(operation: Operation, change: Change) -> Operation:
    """The same operation (id, version, state) with all its times and heights moved, each height in its own
    datum.

    Raises as the values do where that leaves their limits, such as LimitExceeded "out-of-range" below FL-20.
    """
    if change.is_none:
        return operation
    return msgspec.structs.replace(
        operation,
        volumes=tuple(_volume(one, change) for one in operation.volumes),
        off_nominal_volumes=tuple(_volume(one, change) for one in operation.off_nominal_volumes),
        trajectory=_trajectory(operation.trajectory, change) if operation.trajectory else None,
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
