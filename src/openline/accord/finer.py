"""A finer notice: the exact geometry, but only within the window of a possible conflict.

A conflict between blurred notices is merely possible. Where the asked party's terms allow it, it tells what
it flies in that window on the exact grid, which confirms the conflict or dissolves it, and tells nothing of
before and after.
"""

from typing import NamedTuple

from msgspec.structs import replace

from openline.accord.clauses import Disclosure
from openline.accord.covering import trajectory_covers
from openline.accord.disclosure import told_volume
from openline.accord.notice import Notice, NoticeTrajectory, NoticeVolume, as_operation
from openline.accord.path import blurred_path, leg_volumes
from openline.accord.terms import Accord
from openline.airspace.altitude import Datum
from openline.airspace.operation import Operation
from openline.airspace.trajectory import Trajectory
from openline.airspace.volume import Volume4D
from openline.errors import Invalid, Refused


class FinerParts(NamedTuple):
    """What a finer notice tells. Both may be empty: then the operation is not there in that window."""

    volumes: tuple[NoticeVolume, ...]
    trajectory: NoticeTrajectory | None


class Window(NamedTuple):
    """From start_ms to end_ms, both included."""

    start_ms: int
    end_ms: int


def finer_parts(
    operation: Operation, accord: Accord, teller: str, window_start_ms: int, window_end_ms: int
) -> FinerParts:
    """What the teller's operation does in the window, on the exact grid, in the accord's datum; its
    off-nominal volumes are among the volumes. Paths are told as volumes where the terms have it so.

    Raises Refused `finer-not-agreed` where the teller's terms do not allow it, Invalid for a window upside
    down.
    """
    terms = accord.terms_of(teller)
    if not terms.finer:
        raise Refused(
            "finer-not-agreed",
            f"{teller} tells no finer notice under this accord",
            party=teller,
            clause="disclosure.finer",
            remedy="settle the possible conflict as if it were one, or agree on a new version",
        )
    if window_start_ms > window_end_ms:
        raise Invalid("times-upside-down", "the window ends before it starts", field="window_end_ms")
    return _within(operation, _exact(terms), accord.datum, Window(window_start_ms, window_end_ms))


def finer_operation(
    notice: Notice,
    volumes: tuple[NoticeVolume, ...],
    trajectory: NoticeTrajectory | None,
    accord_datum: Datum,
) -> Operation | None:
    """The noticed operation with the finer geometry in place of its own; None where it is not in the window
    at all.

    Raises as `as_operation`.
    """
    if not volumes and trajectory is None:
        return None
    return as_operation(
        replace(notice, volumes=volumes, off_nominal_volumes=(), trajectory=trajectory), accord_datum
    )


def _exact(terms: Disclosure) -> Disclosure:
    return replace(terms, grid_e9=0, layer_dmm=0, step_ms=0)


def _within(operation: Operation, exact: Disclosure, datum: Datum, window: Window) -> FinerParts:
    path = _clipped_path(operation.trajectory, window) if operation.trajectory else None
    told = blurred_path(path, exact, datum) if path and exact.trajectories else None
    if path and told and not trajectory_covers(told.as_trajectory(datum), path, datum):
        told = None
    legs = leg_volumes(path) if path and not told else ()
    everywhere = (*operation.volumes, *operation.off_nominal_volumes, *legs)
    clipped = (_clipped_volume(volume, window) for volume in everywhere)
    volumes = tuple(told_volume(volume, exact, datum) for volume in clipped if volume is not None)
    return FinerParts(volumes, told)


def _clipped_volume(volume: Volume4D, window: Window) -> Volume4D | None:
    """None where it is over before the window or begins after it. A volume has to last, so one that only
    touches the window is told with a millisecond of its own time."""
    start_ms = max(volume.start_ms, window.start_ms)
    end_ms = min(volume.end_ms, window.end_ms)
    if start_ms > end_ms:
        return None
    start_ms, end_ms = _lasting(start_ms, end_ms, volume.end_ms)
    return replace(volume, start_ms=start_ms, end_ms=end_ms)


def _clipped_path(path: Trajectory, window: Window) -> Trajectory | None:
    """The part whose times, early or late, may fall into the window; cut at whole milliseconds."""
    start_ms = max(path.start_ms, window.start_ms - path.time_tolerance_ms)
    end_ms = min(path.end_ms, window.end_ms + path.time_tolerance_ms)
    if start_ms > end_ms:
        return None
    start_ms, end_ms = _lasting(start_ms, end_ms, path.end_ms)
    inner = tuple(point for point in path.points if start_ms < point.time_ms < end_ms)
    return replace(
        path,
        points=(path.point_at(start_ms), *inner, path.point_at(end_ms)),
        # The height where a leg is cut is rounded to 0.1 mm.
        vertical_tolerance_dmm=path.vertical_tolerance_dmm + 1,
    )


def _lasting(start_ms: int, end_ms: int, last_ms: int) -> tuple[int, int]:
    """What only touches the window at one moment is told with a millisecond of its own time beside it."""
    if start_ms < end_ms:
        return start_ms, end_ms
    return (start_ms, end_ms + 1) if end_ms < last_ms else (start_ms - 1, end_ms)
