"""Does a flight conform to its operational intent, and what follows where it does not (F3548-21 CMSA)?

`watched` folds positions; `due` says to which state the intent has to go now. Both are pure: whoever calls
them declares what is due at the DSS and to the subscribers.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from openline.utm.uss.inside import Sample
from openline.utm.uss.limits import (
    HOUR_MS,
    LOST_CONTACT_MS,
    MAX_RECOVERABLE_TIME_IN_NONCONFORMING_STATE_MS,
    OI_MAX_DURATION_PER_EXCURSION_MS,
    OI_MAX_EXCURSIONS_PER_FLIGHT_HOUR,
)
from openline.utm.wire.references import OperationalIntentState

_S = OperationalIntentState


class Conformity(msgspec.Struct, frozen=True, kw_only=True):
    """What the positions of one flight have come to. Times in milliseconds.

    last: the newest position. outside_since_ms: when the excursion began that goes on (None: inside).
    excursions: when each began, of the last flight hour. nonconforming_since_ms: when its intent became
    Nonconforming. flown_ms, inside_ms, outside_longest_ms, excursions_in_all: over the whole flight.
    """

    last: Sample | None = None
    outside_since_ms: int | None = None
    excursions: tuple[int, ...] = ()
    nonconforming_since_ms: int | None = None
    flown_ms: int = 0
    inside_ms: int = 0
    outside_longest_ms: int = 0
    excursions_in_all: int = 0


def watched(before: Conformity, sample: Sample, inside: bool) -> Conformity:
    """With one more position; one that is older than the newest changes nothing.

    The time since the last position counts as that one was: what happened between is not known.
    """
    if before.last is not None and sample.time_ms <= before.last.time_ms:
        return before
    now_ms = sample.time_ms
    passed_ms = 0 if before.last is None else now_ms - before.last.time_ms
    was_inside = before.outside_since_ms is None
    begins = not inside and (was_inside or before.last is None)
    recent = tuple(at_ms for at_ms in before.excursions if at_ms > now_ms - HOUR_MS)
    outside_ms = 0 if before.outside_since_ms is None else now_ms - before.outside_since_ms
    return msgspec.structs.replace(
        before,
        last=sample,
        outside_since_ms=None if inside else now_ms if begins else before.outside_since_ms,
        excursions=(*recent, now_ms) if begins else recent,
        flown_ms=before.flown_ms + passed_ms,
        inside_ms=before.inside_ms + (passed_ms if was_inside else 0),
        outside_longest_ms=max(before.outside_longest_ms, outside_ms),
        excursions_in_all=before.excursions_in_all + (1 if begins else 0),
    )


def entered(before: Conformity, state: OperationalIntentState, now_ms: int) -> Conformity:
    """Its intent has come into this state."""
    if state is not _S.NONCONFORMING:
        return msgspec.structs.replace(before, nonconforming_since_ms=None)
    if before.nonconforming_since_ms is not None:
        return before
    return msgspec.structs.replace(before, nonconforming_since_ms=now_ms)


# What is due --------------------------------------------------------------------------------------
Question = Callable[[Conformity, int], bool]


def is_out_too_long(it: Conformity, now_ms: int) -> bool:
    """OiMaxDurationPerExcursion."""
    since = it.outside_since_ms
    return since is not None and now_ms - since > OI_MAX_DURATION_PER_EXCURSION_MS


def is_out_too_often(it: Conformity, now_ms: int) -> bool:
    """OiMaxExcursionsPerFlightHour."""
    recent = [at_ms for at_ms in it.excursions if at_ms > now_ms - HOUR_MS]
    return it.outside_since_ms is not None and len(recent) > OI_MAX_EXCURSIONS_PER_FLIGHT_HOUR


def is_lost(it: Conformity, now_ms: int) -> bool:
    """It reported, and does so no more."""
    return it.last is not None and now_ms - it.last.time_ms > LOST_CONTACT_MS


def is_beyond_recovery(it: Conformity, now_ms: int) -> bool:
    """MaxRecoverableTimeInNonconformingState."""
    since = it.nonconforming_since_ms
    return since is not None and now_ms - since > MAX_RECOVERABLE_TIME_IN_NONCONFORMING_STATE_MS


def is_back(it: Conformity, now_ms: int) -> bool:
    """Inside again, and seen to be."""
    return it.last is not None and it.outside_since_ms is None and not is_lost(it, now_ms)


DUE: Final[Mapping[OperationalIntentState, tuple[tuple[Question, OperationalIntentState], ...]]] = (
    MappingProxyType(
        {
            _S.ACTIVATED: (
                (is_out_too_long, _S.NONCONFORMING),
                (is_out_too_often, _S.NONCONFORMING),
                (is_lost, _S.NONCONFORMING),
            ),
            _S.NONCONFORMING: ((is_back, _S.ACTIVATED), (is_beyond_recovery, _S.CONTINGENT)),
        }
    )
)
"""From a state: what is asked, in this order, and where a yes leads to. Accepted is not in the air, and
nothing leads out of Contingent but the end.
"""


def due(state: OperationalIntentState, it: Conformity, now_ms: int) -> OperationalIntentState | None:
    """The state that its intent has to be in now, where that is another one."""
    for asks, leads_to in DUE.get(state, ()):
        if asks(it, now_ms):
            return leads_to
    return None
