"""The life of one version of an accord, as one table that code, tests and the diagram in docs/spec/accord.md
all read.

A new version begins at PROPOSED beside the one in force. When it takes effect (at lane positions, which
coordination keeps), the earlier one ends by `end`. Each party may suspend; the accord is in force again when
neither suspends, and only then does coordination apply `resume`. The same event twice changes nothing:
crossing on the wire is normal.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from openline.errors import Refused


class AccordState(StrEnum):
    """Where a version of an accord stands."""

    PROPOSED = "PROPOSED"
    """One party has signed."""
    COUNTERSIGNED = "COUNTERSIGNED"
    """Both have signed; it has not taken effect on the lanes."""
    IN_FORCE = "IN_FORCE"
    SUSPENDED = "SUSPENDED"
    """At least one party has suspended it: no coordination, and that is said; it is neither a fault nor a
    refusal."""
    ENDED = "ENDED"
    """Withdrawn, ended, expired, or followed by a later version."""


class AccordEvent(StrEnum):
    """What happens to a version of an accord."""

    PROPOSE = "propose"
    COUNTERSIGN = "countersign"
    TAKE_EFFECT = "take_effect"
    SUSPEND = "suspend"
    RESUME = "resume"
    END = "end"
    EXPIRE = "expire"


class Traffic(StrEnum):
    """What a message is about, as far as the accord's state decides whether it may be said."""

    SAFETY_OF_LIFE = "safety-of-life"
    """Emergencies, assistance, traffic alerts, whose-aircraft questions: always, in every state."""
    ACCORD = "accord"
    """The terms themselves: proposing, countersigning, suspending, resuming, ending."""
    LINE = "line"
    """Sessions, acknowledgements, rejections, heartbeats, line checks."""
    COORDINATION = "coordination"
    """Notices, conflicts and the dialogue about them."""


_S, _E = AccordState, AccordEvent
TRANSITIONS: Final[Mapping[tuple[AccordState | None, AccordEvent], AccordState]] = MappingProxyType(
    {
        (None, _E.PROPOSE): _S.PROPOSED,
        (_S.PROPOSED, _E.PROPOSE): _S.PROPOSED,
        (_S.PROPOSED, _E.COUNTERSIGN): _S.COUNTERSIGNED,
        (_S.PROPOSED, _E.END): _S.ENDED,
        (_S.PROPOSED, _E.EXPIRE): _S.ENDED,
        (_S.COUNTERSIGNED, _E.COUNTERSIGN): _S.COUNTERSIGNED,
        (_S.COUNTERSIGNED, _E.TAKE_EFFECT): _S.IN_FORCE,
        (_S.COUNTERSIGNED, _E.END): _S.ENDED,
        (_S.COUNTERSIGNED, _E.EXPIRE): _S.ENDED,
        (_S.IN_FORCE, _E.TAKE_EFFECT): _S.IN_FORCE,
        (_S.IN_FORCE, _E.SUSPEND): _S.SUSPENDED,
        (_S.IN_FORCE, _E.RESUME): _S.IN_FORCE,
        (_S.IN_FORCE, _E.END): _S.ENDED,
        (_S.IN_FORCE, _E.EXPIRE): _S.ENDED,
        (_S.SUSPENDED, _E.SUSPEND): _S.SUSPENDED,
        (_S.SUSPENDED, _E.RESUME): _S.IN_FORCE,
        (_S.SUSPENDED, _E.END): _S.ENDED,
        (_S.SUSPENDED, _E.EXPIRE): _S.ENDED,
        (_S.ENDED, _E.END): _S.ENDED,
        (_S.ENDED, _E.EXPIRE): _S.ENDED,
    }
)
"""From a state (None: nothing yet) by an event to a state. What is not here is refused."""

_ALWAYS: Final = frozenset({Traffic.SAFETY_OF_LIFE, Traffic.ACCORD, Traffic.LINE})
MAY_BE_SAID: Final[Mapping[AccordState, frozenset[Traffic]]] = MappingProxyType(
    {state: _ALWAYS | ({Traffic.COORDINATION} if state is _S.IN_FORCE else set()) for state in AccordState}
)
"""Safety of life, the terms and the line itself in every state; coordination only in force."""

_WHY_NOT: Final = {
    _S.PROPOSED: ("accord-not-in-force", "the accord is proposed, and not countersigned yet"),
    _S.COUNTERSIGNED: ("accord-not-in-force", "the accord is countersigned, and has not taken effect yet"),
    _S.SUSPENDED: ("accord-suspended", "the accord is suspended; this is no refusal and no fault"),
    _S.ENDED: ("accord-ended", "the accord has ended"),
}


def advance(state: AccordState | None, event: AccordEvent) -> AccordState:
    """The state after the event. Raises Refused `transition-forbidden` where the table does not have it."""
    following = TRANSITIONS.get((state, event))
    if following is None:
        raise Refused(
            "transition-forbidden",
            f"{event} does not apply to an accord that is {state or 'not proposed'}",
            field="state",
            clause="states",
        )
    return following


def check_may_be_said(state: AccordState, traffic: Traffic) -> None:
    """Raises Refused `accord-not-in-force`, `accord-suspended`, `accord-ended`: three states, three words."""
    if traffic not in MAY_BE_SAID[state]:
        code, text = _WHY_NOT[state]
        raise Refused(
            code,
            text,
            clause="states",
            remedy="safety-of-life messages go on as before; coordination waits until the accord is in force",
        )


def diagram() -> str:
    """The table as a Mermaid state diagram, as docs/spec/accord.md shows it."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (state, event), following in TRANSITIONS.items():
        arrows.setdefault((state.value if state else "[*]", following.value), []).append(event.value)
    lines = [f"    {start} --> {end}: {', '.join(events)}" for (start, end), events in arrows.items()]
    return "\n".join(["stateDiagram-v2", *lines, f"    {AccordState.ENDED.value} --> [*]"])
