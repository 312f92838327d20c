"""From an operation to what the accord lets the partner know of it. What is told always covers what is flown.

Only here does anything of an operation cross to the wire, field by field; what is not copied here is not
told.
"""

from collections.abc import Iterator
from typing import Any

from openline.accord.area import touches_area as touches_area
from openline.accord.blur import blurred
from openline.accord.clauses import Disclosure
from openline.accord.covering import covers as covers
from openline.accord.covering import heights_of
from openline.accord.heights import layered
from openline.accord.notice import Notice, NoticeVolume
from openline.accord.path import blurred_path, leg_volumes
from openline.accord.terms import Accord
from openline.airspace.altitude import Datum
from openline.airspace.operation import Operation, State
from openline.airspace.volume import Volume4D
from openline.errors import Refused
from openline.units import round_down, round_up

__all__ = ["covers", "disclose", "told_volume", "touches_area"]


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
    told: dict[str, Any] = {
        "notice_id": notice_id,
        "version": version,
        "state": state,
        "keeps_place": keeps_place,
        "agreed": agreed,
        **{name: getattr(operation, name) for name in terms.fields},
    }
    for geometry in _geometries(operation, terms, accord.datum):
        notice = Notice(**told, **geometry)
        if covers(notice, operation, accord.datum):  # the sender's own check, on the very value that is sent
            return notice
    raise Refused(
        "cannot-cover",
        "no notice under these terms was found that covers the operation, so none is sent",
        field="volumes",
        clause="disclosure",
        remedy="file it as several smaller volumes",
    )


def _geometries(operation: Operation, terms: Disclosure, datum: Datum) -> Iterator[dict[str, Any]]:
    """The ways to tell it, the preferred first: a path as one where the terms have it so, else as volumes."""
    path = operation.trajectory
    volumes = _told_volumes(operation.volumes, terms, datum)
    off_nominal = _told_volumes(operation.off_nominal_volumes, terms, datum)
    told = blurred_path(path, terms, datum) if path and terms.trajectories else None
    if path is None or told is not None:
        yield {"volumes": volumes, "off_nominal_volumes": off_nominal, "trajectory": told}
    if path is not None:
        legs = _told_volumes(leg_volumes(path), terms, datum)
        yield {"volumes": (*volumes, *legs), "off_nominal_volumes": off_nominal}


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


def _told_volumes(volumes: tuple[Volume4D, ...], terms: Disclosure, datum: Datum) -> tuple[NoticeVolume, ...]:
    return tuple(told_volume(volume, terms, datum) for volume in volumes)
