"""Was it understood? Positions, times and heights that were read back, against those that were said."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import islice

import msgspec

from openline.accord.notice import Notice, NoticeTrajectory, NoticeVolume
from openline.accord.shapes import Disc, Point
from openline.coordination.calls import (
    MAX_READBACK_VALUES,
    Alert,
    Assistance,
    Emergency,
    Identify,
    Readback,
    ReadValue,
)
from openline.coordination.conversation import Talk
from openline.coordination.fact import Fact
from openline.coordination.fields import Where
from openline.coordination.messages import ConflictStated
from openline.units import DMM_PER_FOOT, METRES_PER_NAUTICAL_MILE, metres_from_dmm

POSITION_TOLERANCE_M = METRES_PER_NAUTICAL_MILE / 10
"""A tenth of a minute of arc: what is lost by reading degrees, minutes and tenths."""
TIME_TOLERANCE_MS = 59_999
"""What is lost by reading hours and minutes."""
HEIGHT_TOLERANCE_DMM = 100 * DMM_PER_FOOT
"""What is lost by reading levels."""


class Verdict(StrEnum):
    """INCOMPLETE: what was read back agrees, and not everything was."""

    SAME = "SAME"
    INCOMPLETE = "INCOMPLETE"
    DIFFERS = "DIFFERS"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One value that was understood otherwise. said: None where nothing of that name was. metres: between the
    two positions.
    """

    name: str
    said: ReadValue | None
    read: ReadValue
    metres: float | None = None


class ReadbackView(msgspec.Struct, frozen=True, kw_only=True):
    """How the last readback of one message compares with it. missing: names that were not read back."""

    fact: Fact
    verdict: Verdict
    differences: tuple[Difference, ...] = ()
    missing: tuple[str, ...] = ()


def values_of(body: msgspec.Struct) -> tuple[ReadValue, ...]:
    """What of a message can be read back, in the order in which it is read: at most MAX_READBACK_VALUES."""
    return tuple(islice(_values(body), MAX_READBACK_VALUES))


def _values(body: msgspec.Struct) -> Iterator[ReadValue]:
    if isinstance(body, Emergency | Assistance | Alert | Identify) and body.where is not None:
        yield from _of_place(body.where)
    if isinstance(body, Identify):
        yield ReadValue(name="seen", time_ms=body.seen_ms)
    elif isinstance(body, Talk) and body.start_ms is not None:
        yield ReadValue(name="start", time_ms=body.start_ms)
    elif isinstance(body, ConflictStated) and body.closest is not None:
        closest = body.closest
        yield _position("closest", closest.latitude_e9, closest.longitude_e9)
        yield ReadValue(name="closest.time", time_ms=closest.time_ms)
    elif isinstance(body, Notice):
        yield from _of_notice(body)


def _of_place(where: Where) -> Iterator[ReadValue]:
    yield _position("where", where.latitude_e9, where.longitude_e9)
    heights = {"lower": where.lower_dmm, "upper": where.upper_dmm}
    yield from (
        ReadValue(name=f"where.{it}", height_dmm=dmm) for it, dmm in heights.items() if dmm is not None
    )
    times = {"from": where.from_ms, "until": where.until_ms}
    yield from (ReadValue(name=f"where.{it}", time_ms=ms) for it, ms in times.items() if ms is not None)


def _of_notice(notice: Notice) -> Iterator[ReadValue]:
    for number, volume in enumerate((*notice.volumes, *notice.off_nominal_volumes)):
        yield from _of_volume(f"volume.{number}", volume)
    if notice.trajectory is not None:
        yield from _of_trajectory(notice.trajectory)


def _of_volume(name: str, volume: NoticeVolume) -> Iterator[ReadValue]:
    yield ReadValue(name=f"{name}.start", time_ms=volume.start_ms)
    yield ReadValue(name=f"{name}.end", time_ms=volume.end_ms)
    yield ReadValue(name=f"{name}.lower", height_dmm=volume.lower_dmm)
    yield ReadValue(name=f"{name}.upper", height_dmm=volume.upper_dmm)
    if isinstance(volume.shape, Disc):
        yield _position(f"{name}.centre", volume.shape.center.lat_e9, volume.shape.center.lon_e9)
    else:
        for corner, point in enumerate(volume.shape.vertices):
            yield _position(f"{name}.corner.{corner}", point.lat_e9, point.lon_e9)


def _of_trajectory(trajectory: NoticeTrajectory) -> Iterator[ReadValue]:
    for number, point in enumerate(trajectory.points):
        yield _position(f"point.{number}", point.lat_e9, point.lon_e9)
        yield ReadValue(name=f"point.{number}.height", height_dmm=point.height_dmm)
        yield ReadValue(name=f"point.{number}.time", time_ms=point.time_ms)


def _position(name: str, latitude_e9: int, longitude_e9: int) -> ReadValue:
    return ReadValue(name=name, latitude_e9=latitude_e9, longitude_e9=longitude_e9)


def readback_view_of(cited: Fact, readbacks: Iterable[Fact]) -> ReadbackView | None:
    """The last readback of a message by the side that did not say it, compared with it. None where there is
    none.
    """
    theirs = [it for it in readbacks if it.stamp.sender != cited.stamp.sender]
    if not theirs:
        return None
    last = max(theirs, key=lambda it: it.stamp.number)
    assert isinstance(last.body, Readback)
    said = {value.name: value for value in values_of(cited.body)}
    differences = tuple(_differences(said, last.body.values))
    read = {value.name for value in last.body.values}
    missing = tuple(name for name in said if name not in read)
    verdict = Verdict.DIFFERS if differences else Verdict.INCOMPLETE if missing else Verdict.SAME
    return ReadbackView(fact=last, verdict=verdict, differences=differences, missing=missing)


def _differences(said: Mapping[str, ReadValue], read: Iterable[ReadValue]) -> Iterator[Difference]:
    for value in read:
        known = said.get(value.name)
        apart_m = _apart_m(known, value) if known else None
        if known is None or not _is_alike(known, value, apart_m):
            yield Difference(name=value.name, said=known, read=value, metres=apart_m)


def _is_alike(said: ReadValue, read: ReadValue, apart_m: float | None) -> bool:
    if apart_m is not None:
        return apart_m <= POSITION_TOLERANCE_M
    if said.time_ms is not None and read.time_ms is not None:
        return abs(said.time_ms - read.time_ms) <= TIME_TOLERANCE_MS
    if said.height_dmm is not None and read.height_dmm is not None:
        return abs(said.height_dmm - read.height_dmm) <= HEIGHT_TOLERANCE_DMM
    return False


def _apart_m(said: ReadValue, read: ReadValue) -> float | None:
    """Metres on the ellipsoid, rounded to decimetres; None where they are not both positions."""
    from openline.airspace.geodesy import distance_m  # slow to load, and few lines ever need it

    one, other = position_of(said), position_of(read)
    return round(distance_m(one.position(), other.position()), 1) if one and other else None


def position_of(value: ReadValue) -> Point | None:
    if value.latitude_e9 is None or value.longitude_e9 is None:
        return None
    return Point(value.latitude_e9, value.longitude_e9)


def described(difference: Difference) -> str:
    """In words, for an alarm."""
    if difference.said is None:
        return f"{difference.name} was read back and never said"
    if difference.metres is not None:
        return f"{difference.name} was understood {difference.metres / 1000:.1f} km off"
    if difference.said.time_ms is not None and difference.read.time_ms is not None:
        minutes = (difference.read.time_ms - difference.said.time_ms) / 60_000
        return f"{difference.name} was understood {minutes:+.0f} min off"
    if difference.said.height_dmm is not None and difference.read.height_dmm is not None:
        metres = metres_from_dmm(difference.read.height_dmm - difference.said.height_dmm)
        return f"{difference.name} was understood {metres:+.0f} m off"
    return f"{difference.name} was understood as another kind of value"
