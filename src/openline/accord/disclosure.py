"""From an operation to what the accord lets the partner know of it. What is told always covers what is flown.

Only here does anything of an operation cross to the wire, field by field; what is not copied here is not
told.
"""

from openline.accord.area import touches_area as touches_area
from openline.accord.blur import blurred
from openline.accord.clauses import Disclosure
from openline.accord.covering import covers as covers
from openline.accord.covering import heights_of
from openline.accord.heights import layered
from openline.accord.notice import Notice, NoticeTrajectory, NoticeVolume
from openline.accord.path import blurred_path, leg_volumes
from openline.accord.terms import Accord
from openline.airspace.altitude import Datum
from openline.airspace.operation import Operation, State
from openline.airspace.volume import Volume4D
from openline.errors import LimitExceeded, Refused
from openline.units import round_down, round_up

__all__ = ["covers", "disclose", "told_trajectory", "told_volume", "touches_area"]


def disclose(
    operation: Operation,
    accord: Accord,
    teller: str,
    *,
    notice_id: str,
    version: int,
    state: State,
    keeps_place: bool = False,
    agreed: str | None = None,
) -> Notice:
    """The notice that `teller` owes its partner of this operation.

    notice_id: made for this accord alone; the operation's own id is never told. state: as the dialogue has
    it. Raises NotFound `not-a-party`, Refused `cannot-cover` or `height-not-tellable`, LimitExceeded.
    """
    terms = accord.terms_of(teller)
    trajectory = told_trajectory(operation, terms, accord.datum)
    path_volumes = leg_volumes(operation.trajectory) if operation.trajectory and not trajectory else ()
    notice = Notice(
        notice_id=notice_id,
        version=version,
        state=state,
        keeps_place=keeps_place,
        agreed=agreed,
        volumes=_told_volumes((*operation.volumes, *path_volumes), terms, accord.datum),
        off_nominal_volumes=_told_volumes(operation.off_nominal_volumes, terms, accord.datum),
        trajectory=trajectory,
        priority=operation.priority if "priority" in terms.fields else None,
        callsign=operation.callsign if "callsign" in terms.fields else None,
        aircraft_type=operation.aircraft_type if "aircraft_type" in terms.fields else None,
    )
    _refuse_uncovered(notice, operation, accord)
    return notice


def told_volume(volume: Volume4D, terms: Disclosure, datum: Datum) -> NoticeVolume:
    """One volume on grid, layers and steps, each rounded outward."""
    lower_dmm, upper_dmm = layered(heights_of(volume, datum), terms.layer_dmm, datum)
    step_ms = max(1, terms.step_ms)
    return NoticeVolume(
        shape=blurred(volume.volume.outline, terms.grid_e9),
        lower_dmm=lower_dmm,
        upper_dmm=upper_dmm,
        start_ms=round_down(volume.start_ms, step_ms),
        end_ms=round_up(volume.end_ms, step_ms),
    )


def told_trajectory(operation: Operation, terms: Disclosure, datum: Datum) -> NoticeTrajectory | None:
    """None where there is none, where the terms have paths told as volumes, or where the steps are so coarse
    against the flight that a tolerance would pass the airspace's limits: then it is told as volumes too.
    """
    if operation.trajectory is None or not terms.trajectories:
        return None
    try:
        return blurred_path(operation.trajectory, terms, datum)
    except LimitExceeded:
        return None


def _told_volumes(volumes: tuple[Volume4D, ...], terms: Disclosure, datum: Datum) -> tuple[NoticeVolume, ...]:
    return tuple(told_volume(volume, terms, datum) for volume in volumes)


def _refuse_uncovered(notice: Notice, operation: Operation, accord: Accord) -> None:
    """The sender's own check, on the very value that would be sent."""
    if not covers(notice, operation, accord.datum):
        raise Refused(
            "cannot-cover",
            "the notice would not cover the operation, so it is not sent",
            field="volumes",
            clause="disclosure",
            remedy="file it as several smaller volumes",
        )
