"""What the accord caps. Decided from the notice and the time that its message states: both nodes find the
same.

Nonconforming and Contingent are never refused: who is in trouble is in the air whatever was agreed.
"""

import math
from typing import Final

from openline.accord.area import inside_area as inside_area
from openline.accord.notice import Notice, NoticeTrajectory
from openline.accord.terms import Accord
from openline.airspace.geodesy import distance_m
from openline.airspace.operation import OFF_NOMINAL, State
from openline.errors import Refused
from openline.units import metres_from_dmm

_NEVER_REFUSED: Final = OFF_NOMINAL | {State.ENDED}


def check_caps(notice: Notice, accord: Accord, *, open_notices: int, now_ms: int) -> None:
    """Raises Refused `over-the-cap` or `outside-validity` with the clause: caps.priority, caps.area_m2,
    caps.duration_ms, caps.horizon_ms, caps.open_notices, validity.

    open_notices: how many of the teller's are open without this one. now_ms: the time that the message
    states.
    """
    if notice.state in _NEVER_REFUSED:
        return
    caps = accord.caps
    _refuse_beyond("priority", notice.priority or 0, caps.priority)
    _refuse_beyond("duration_ms", notice.end_ms - notice.start_ms, caps.duration_ms)
    _refuse_beyond("horizon_ms", notice.start_ms - now_ms, caps.horizon_ms)
    _refuse_beyond("open_notices", open_notices + 1, caps.open_notices)
    _refuse_beyond("area_m2", vagueness_m2(notice), caps.area_m2)
    if not accord.valid_at(now_ms):
        raise Refused(
            "outside-validity",
            "the accord is not valid at the time of the message",
            field="now_ms",
            clause="validity",
            remedy="agree on a new version; safety-of-life messages go on",
        )


def vagueness_m2(notice: Notice) -> int:
    """The largest area that the notice claims at one moment by a volume or by its trajectory, whole m2
    rounded down."""
    areas = [volume.shape.figure().area_m2 for volume in notice.volumes]
    if notice.trajectory is not None:
        areas.append(_path_vagueness_m2(notice.trajectory))
    return int(max(areas, default=0.0))


def _path_vagueness_m2(path: NoticeTrajectory) -> float:
    """Where the flight may be at one moment: a strip as wide as the lateral tolerance allows and as long as
    it may be early and late, with round ends. Without this a path with tolerances of 100 NM would pass for a
    precise one."""
    width_m = metres_from_dmm(path.lateral_tolerance_dmm)
    legs = zip(path.points, path.points[1:], strict=False)
    fastest_m_per_ms = max(
        distance_m(before.place().position(), after.place().position()) / (after.time_ms - before.time_ms)
        for before, after in legs
    )
    return math.pi * width_m**2 + 2 * width_m * 2 * path.time_tolerance_ms * fastest_m_per_ms


def _refuse_beyond(cap: str, value: int, most: int) -> None:
    if value > most:
        raise Refused(
            "over-the-cap",
            f"{cap} would be {value}; the accord allows {most}",
            field=cap,
            clause=f"caps.{cap}",
            remedy="file less, or agree on a new version of the accord",
        )
