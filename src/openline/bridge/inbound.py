"""What partners have told, as operational intents of theirs at our DSS. Pure: what ought to stand there, and
what has to be done where something else does.

Nothing is remembered between two looks: an OVN says of which contents it is. It is minted by our DSS from a
suffix that the bridge asks for, a UUIDv7 whose random bits are a digest of what is shown.
"""

import hashlib
from collections.abc import Container, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from openline.accord.notice import as_operation
from openline.accord.path import leg_volumes
from openline.airspace.altitude import Datum
from openline.airspace.judged import judged_before
from openline.airspace.operation import Operation, State
from openline.airspace.volume import Circle, Outline
from openline.airspace.volume import Volume4D as Shape
from openline.bridge.standing import Standing
from openline.coordination.told import Told
from openline.units import metres_from_dmm
from openline.utm.dss.requests import Caller, DeleteOperationalIntent, PutOperationalIntent
from openline.utm.space import time_of
from openline.utm.wire import volumes as wire
from openline.utm.wire.details import OperationalIntentDetails
from openline.utm.wire.references import OperationalIntentState, PutOperationalIntentReferenceParameters

SHOWN_AS: Final[Mapping[State, OperationalIntentState]] = MappingProxyType(
    {
        State.PROPOSED: OperationalIntentState.ACCEPTED,
        State.ACCEPTED: OperationalIntentState.ACCEPTED,
        State.ACTIVATED: OperationalIntentState.ACTIVATED,
        State.NONCONFORMING: OperationalIntentState.NONCONFORMING,
        State.CONTINGENT: OperationalIntentState.CONTINGENT,
    }
)
"""F3548 has no word for Proposed; that it is not agreed is said by its priority."""

NOT_AGREED_PRIORITY: Final = -1
"""Of what is only proposed: below all that suppliers file, so that they know of it and it holds nobody up."""

_MARK_MASK: Final = (0xFFF << 64) | ((1 << 62) - 1)  # the random bits of a UUIDv7
_SUFFIX_LENGTH: Final = 36


class Wanted(msgspec.Struct, frozen=True):
    """What is to be remembered of a notice that suppliers are to see. mark: a digest of all of it."""

    id: str
    manager: str
    state: OperationalIntentState
    end_ms: int
    mark: int


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One notice as suppliers see it. id: the notice's; manager: the partner's name as a party."""

    id: str
    manager: str
    state: OperationalIntentState
    details: OperationalIntentDetails
    end_ms: int

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.id, self.manager, self.state, self.end_ms, self.mark)

    @property
    def extents(self) -> tuple[wire.Volume4D, ...]:
        return self.details.volumes + self.details.off_nominal_volumes

    @property
    def mark(self) -> int:
        """A digest of all that suppliers are shown, 74 bits of it."""
        digest = hashlib.sha256(msgspec.json.encode((self.manager, self.state, self.details))).digest()
        return int.from_bytes(digest[:16], "big") & _MARK_MASK


def shown(told: Told, datum: Datum) -> Shown:
    """The notice exactly as it was told: blurred as it is, a path as volumes around its legs, heights on the
    ellipsoid rounded outward. datum: the accord's.
    """
    with judged_before():
        operation = as_operation(told.notice, datum)
    volumes, off_nominal = operation.volumes, operation.off_nominal_volumes
    if operation.trajectory is not None:
        volumes += leg_volumes(operation.trajectory)
    return Shown(
        id=told.notice_id,
        manager=told.party,
        state=SHOWN_AS[told.state],
        details=OperationalIntentDetails(
            tuple(map(wire_volume, volumes)), tuple(map(wire_volume, off_nominal)), _priority(operation)
        ),
        end_ms=told.notice.end_ms,
    )


def _priority(operation: Operation) -> int:
    return NOT_AGREED_PRIORITY if operation.state is State.PROPOSED else operation.priority


# Volumes ------------------------------------------------------------------------------------------
def wire_volume(one: Shape) -> wire.Volume4D:
    """On the ellipsoid, from the lowest to the highest height that may be meant."""
    low_dmm, high_dmm = one.volume.spans().ellipsoid
    lower, upper = _altitude(low_dmm), _altitude(high_dmm)
    outline = one.volume.outline
    if isinstance(outline, Circle):
        shape = wire.Volume3D(outline_circle=_circle(outline), altitude_lower=lower, altitude_upper=upper)
    else:
        shape = wire.Volume3D(outline_polygon=_polygon(outline), altitude_lower=lower, altitude_upper=upper)
    return wire.Volume4D(shape, time_of(one.start_ms), time_of(one.end_ms))


_LEAST_M, _MOST_M = -8_000.0, 100_000.0


def _altitude(height_dmm: int) -> wire.Altitude:
    """Beyond what the wire can state nothing flies that F3548 knows of."""
    return wire.Altitude(min(_MOST_M, max(_LEAST_M, metres_from_dmm(height_dmm))), "W84", "M")


def _circle(outline: Circle) -> wire.Circle:
    centre = outline.center
    return wire.Circle(
        wire.LatLngPoint(lng=centre.longitude_deg, lat=centre.latitude_deg),
        wire.Radius(outline.radius_m, "M"),
    )


def _polygon(outline: Outline) -> wire.Polygon:
    places = outline.outer_positions()
    return wire.Polygon(tuple(wire.LatLngPoint(lng=it.longitude_deg, lat=it.latitude_deg) for it in places))


# What has to be done ------------------------------------------------------------------------------
class Show(msgspec.Struct, frozen=True):
    """Put it there, or in the place of what stands there."""

    id: str
    over: Standing | None = None


class Hide(msgspec.Struct, frozen=True):
    """Take it away."""

    standing: Standing


def steps(
    wanted: Iterable[Wanted],
    standing: Mapping[str, Standing],
    base_url: str,
    now_ms: int,
    again: Container[str] = (),
) -> Iterator[Show | Hide]:
    """What to do so that exactly the wanted stands; nothing where it does.

    standing: by id, what was told and is at our DSS. base_url: where our USS answers for details. What is
    over is not wanted: who is off nominal may fly on after its end, but then nothing that was told says
    where. again: ids of what is to be put once more even so, because its subscribers may not have been told.
    """
    ids = set()
    for one in wanted:
        if one.end_ms <= now_ms:
            continue
        ids.add(one.id)
        present = standing.get(one.id)
        if present is not None and present.manager != one.manager:
            yield Hide(present)  # and the next look shows the other one
        elif present is None or one.id in again or not is_as_shown(present, one, base_url):
            yield Show(one.id, present)
    for name, present in standing.items():
        if name not in ids:
            yield Hide(present)


def is_as_shown(present: Standing, one: Wanted, base_url: str) -> bool:
    return (
        present.state is one.state and present.uss_base_url == base_url and mark_of(present.ovn) == one.mark
    )


def showing(one: Shown, over: Standing | None, base_url: str, now_ms: int) -> PutOperationalIntent:
    """What to ask of our DSS, in the partner's name."""
    ovn = over.ovn if over is not None else None
    suffix = suffix_of(one.mark, now_ms)
    if ovn is not None and ovn.endswith(suffix):  # the clock stands still
        suffix = suffix_of(one.mark, now_ms + 1)
    parameters = PutOperationalIntentReferenceParameters(
        extents=one.extents,
        state=one.state,
        uss_base_url=base_url,
        requested_ovn_suffix=suffix,
    )
    return PutOperationalIntent(Caller(one.manager), one.id, ovn, parameters, told=True)


def hiding(standing: Standing) -> DeleteOperationalIntent:
    return DeleteOperationalIntent(Caller(standing.manager), standing.id, standing.ovn, told=True)


def suffix_of(mark: int, now_ms: int) -> str:
    """A UUIDv7 of this time whose random bits are the mark."""
    digits = f"{(now_ms & ((1 << 48) - 1)) << 80 | 7 << 76 | 2 << 62 | mark:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def mark_of(ovn: str) -> int | None:
    """The mark of an OVN that was minted from a suffix; None of another one."""
    try:
        return int(ovn[-_SUFFIX_LENGTH:].replace("-", ""), 16) & _MARK_MASK
    except ValueError:
        return None
