"""When time has something to do with a flight of ours, and what it is."""

from enum import StrEnum
from typing import Final

from openline.utm.uss.conformance import due
from openline.utm.uss.intents import Own
from openline.utm.uss.limits import (
    LOST_CONTACT_MS,
    MAX_RECOVERABLE_TIME_IN_NONCONFORMING_STATE_MS,
    OI_MAX_DURATION_PER_EXCURSION_MS,
    SECOND_MS,
)
from openline.utm.uss.shapes import ms_of
from openline.utm.wire.references import OperationalIntentState

LEFT_OPEN_MS: Final = 15 * SECOND_MS
"""Longer than the DSS is waited for: what is pending by then was left open."""
LEFT_UNTOLD_MS: Final = 60 * SECOND_MS
"""Longer than anybody is tried to be told."""
NEVER_MS: Final = 2**62

_S = OperationalIntentState


class Errand(StrEnum):
    """What time asks to be done with a flight."""

    SETTLE = "settle"
    """Something was left open: ask the DSS what came of it, and tell who was not told."""
    END = "end"
    """Its time is over, and nobody says that it still flies."""
    DECLARE = "declare"
    """It is in another state than the DSS was told."""


def due_ms(own: Own) -> int:
    """When to look at it next."""
    moments = [NEVER_MS]
    if own.pending is not None:
        moments.append(own.pending.since_ms + LEFT_OPEN_MS)
    if own.to_tell_ms is not None:
        moments.append(own.to_tell_ms + LEFT_UNTOLD_MS)
    if own.ended_ms is not None:
        moments.append(own.ended_ms + LEFT_UNTOLD_MS)
    elif own.reference is not None:
        moments.append(ms_of(own.reference.time_end))
        moments += _conformance_moments(own)
    return min(moments)


def _conformance_moments(own: Own) -> list[int]:
    it, moments = own.conformity, []
    if own.state is _S.NONCONFORMING and it.nonconforming_since_ms is not None:
        moments.append(it.nonconforming_since_ms + MAX_RECOVERABLE_TIME_IN_NONCONFORMING_STATE_MS + 1)
    if own.state is _S.ACTIVATED and it.last is not None:
        moments.append(it.last.time_ms + LOST_CONTACT_MS + 1)
        if it.outside_since_ms is not None:
            moments.append(it.outside_since_ms + OI_MAX_DURATION_PER_EXCURSION_MS + 1)
    return moments


def errand(own: Own, now_ms: int) -> tuple[Errand, OperationalIntentState | None] | None:
    """What is to be done with it now, and the state to declare."""
    if own.pending is not None or own.ended_ms is not None:
        return (Errand.SETTLE, None) if due_ms(own) <= now_ms else None
    if own.to_tell_ms is not None and own.to_tell_ms + LEFT_UNTOLD_MS <= now_ms:
        return Errand.SETTLE, None
    if own.reference is None or own.state is None:
        return None
    flies = own.conformity.last is not None and now_ms - own.conformity.last.time_ms <= LOST_CONTACT_MS
    if ms_of(own.reference.time_end) <= now_ms:
        if not flies:
            return Errand.END, None
        if own.state in (_S.ACCEPTED, _S.ACTIVATED):
            return Errand.DECLARE, _S.NONCONFORMING
    state = due(own.state, own.conformity, now_ms)
    return None if state is None else (Errand.DECLARE, state)
