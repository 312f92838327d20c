"""A constraint: airspace that is not to be entered, and when (F3548-21 Constraint)."""

import msgspec

from openline.airspace import checks
from openline.airspace.limits import MAX_CONSTRAINT_AREA_M2, MAX_CONSTRAINT_DURATION_MS, MAX_VERSION
from openline.airspace.operation import refuse_bad_id, refuse_bad_ovn, refuse_bad_volumes
from openline.airspace.volume import Volume4D
from openline.errors import Invalid, LimitExceeded


class Constraint(msgspec.Struct, frozen=True, kw_only=True):
    """Volumes under one id (UUID text in lower case); version counts from 1. Why it is there has no field.

    Raises Invalid "bad-id", "wrong-type", "bad-ovn", "nothing-filed"; LimitExceeded "out-of-range", "too-
    many-volumes", "too-large" (10,000 km2, F3548-21 CstrMaxAreaKm2), "too-long" (24 h, CstrMaxDurationHours).
    """

    id: str
    version: int
    volumes: tuple[Volume4D, ...]
    ovn: str | None = None

    def __post_init__(self) -> None:
        refuse_bad_id(self.id)
        checks.whole(self.version, "version", 1, MAX_VERSION, "MAX_VERSION")
        refuse_bad_volumes(self.volumes, "volumes")
        if isinstance(self.volumes, list):
            msgspec.structs.force_setattr(self, "volumes", tuple(self.volumes))
        refuse_bad_ovn(self.ovn)
        _refuse_bad_extent(self)

    @property
    def start_ms(self) -> int:
        return min(one.start_ms for one in self.volumes)

    @property
    def end_ms(self) -> int:
        return max(one.end_ms for one in self.volumes)


def _refuse_bad_extent(constraint: Constraint) -> None:
    if not constraint.volumes:
        raise Invalid("nothing-filed", "a constraint has at least one volume", field="volumes")
    if sum(one.volume.outline.area_m2 for one in constraint.volumes) > MAX_CONSTRAINT_AREA_M2:
        text = "its volumes cover more than 10,000 km2"
        raise LimitExceeded("too-large", text, field="volumes", clause="F3548-21 CstrMaxAreaKm2")
    if constraint.end_ms - constraint.start_ms > MAX_CONSTRAINT_DURATION_MS:
        text = "it lasts longer than 24 h"
        raise LimitExceeded("too-long", text, field="volumes", clause="F3548-21 CstrMaxDurationHours")
