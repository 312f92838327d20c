"""How a call stands: an emergency, a request for assistance, an alert, or the question whose aircraft this
is.

Derived from the set of what was said of it, never from an order: both sides read the same state once they
hold the same messages. An emergency ends only when both sides have closed it.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from openline.coordination.calls import Assisting, Close, Escalated, Identified, Taken
from openline.coordination.fact import Fact
from openline.coordination.messages import Kind


class CallState(StrEnum):
    """OPEN: the side that was called has not taken or answered it. CLOSING: one side has closed it."""

    OPEN = "OPEN"
    TAKEN = "TAKEN"
    ANSWERED = "ANSWERED"
    CLOSING = "CLOSING"
    CLOSED = "CLOSED"


CALLS = (Kind.EMERGENCY, Kind.ASSISTANCE, Kind.ALERT, Kind.IDENTIFY)
"""The kinds that open a call, the gravest first."""

ESCALATED = frozenset({Kind.EMERGENCY, Kind.ASSISTANCE})
"""What climbs the accord's ladder while nobody takes it, and stands until both sides have closed it."""

ANSWERS: Mapping[Kind, frozenset[Kind]] = {
    Kind.EMERGENCY: frozenset({Kind.TAKEN}),
    Kind.ASSISTANCE: frozenset({Kind.TAKEN, Kind.ASSISTING}),
    Kind.ALERT: frozenset({Kind.TAKEN}),
    Kind.IDENTIFY: frozenset({Kind.IDENTIFIED}),
}
"""By what the side that was called takes or answers a call. Whatever else it says of it is void."""

_O, _T, _A, _G, _C = CallState.OPEN, CallState.TAKEN, CallState.ANSWERED, CallState.CLOSING, CallState.CLOSED
_STANDING = {
    (False, 0): _O,
    (True, 0): _T,
    (False, 1): _G,
    (True, 1): _G,
    (False, 2): _C,
    (True, 2): _C,
}
STATES: Mapping[tuple[Kind, bool, int], CallState] = {
    **{(kind, *row): state for kind in sorted(ESCALATED) for row, state in _STANDING.items()},
    (Kind.ALERT, False, 0): _O,
    (Kind.ALERT, True, 0): _T,
    (Kind.IDENTIFY, False, 0): _O,
    (Kind.IDENTIFY, True, 0): _A,
}
"""(kind, whether the called side has taken or answered it, how many sides have closed it) to its state."""

OVER: Mapping[Kind, frozenset[CallState]] = {
    Kind.EMERGENCY: frozenset({_C}),
    Kind.ASSISTANCE: frozenset({_C}),
    Kind.ALERT: frozenset({_T}),
    Kind.IDENTIFY: frozenset({_A}),
}


class CallView(msgspec.Struct, frozen=True, kw_only=True):
    """One call as both sides hold it. answers: what took or answered it, in its sender's order, so the last
    one is how it stands. escalated: the positions that were called. closed_by: in the order of the names.
    closed_ms: when the first side closed it.
    """

    fact: Fact
    state: CallState
    answers: tuple[Fact, ...] = ()
    escalated: tuple[Fact, ...] = ()
    closed_by: tuple[str, ...] = ()
    closed_ms: int | None = None

    @property
    def hash(self) -> str:
        return self.fact.hash

    @property
    def kind(self) -> Kind:
        return self.fact.kind

    @property
    def caller(self) -> str:
        return self.fact.stamp.sender

    @property
    def over(self) -> bool:
        return self.state in OVER[self.kind]

    @property
    def taken(self) -> bool:
        return bool(self.answers)

    def called(self, position: str) -> bool:
        """Whether the ladder has called this position."""
        return any(isinstance(it.body, Escalated) and it.body.position == position for it in self.escalated)


def call_view_of(facts: Iterable[Fact]) -> CallView | None:
    """facts: everything that cites one call, and the call itself, in any order. None where only answers have
    come so far, or what they cite is no call.
    """
    said = sorted(facts, key=lambda fact: (fact.stamp.sender, fact.stamp.number))
    call = next((fact for fact in said if fact.kind in CALLS), None)
    if call is None:
        return None
    theirs = [fact for fact in said if fact.stamp.sender != call.stamp.sender]
    answers = tuple(fact for fact in theirs if fact.kind in ANSWERS[call.kind])
    closable = call.kind in ESCALATED
    closes = [fact for fact in said if closable and isinstance(fact.body, Close)]
    closed_by = {fact.stamp.sender for fact in closes}
    return CallView(
        fact=call,
        state=STATES[call.kind, bool(answers), len(closed_by)],
        answers=answers,
        escalated=tuple(fact for fact in theirs if closable and isinstance(fact.body, Escalated)),
        closed_by=tuple(sorted(closed_by)),
        closed_ms=min((fact.at_ms for fact in closes), default=None),
    )


def cited_call(body: msgspec.Struct) -> str | None:
    """The call that a message is about; None where it is about none."""
    if isinstance(body, Taken | Escalated | Close | Assisting | Identified):
        return body.answers
    return None
