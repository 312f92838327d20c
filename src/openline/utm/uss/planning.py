"""May a flight be planned, activated or changed as its operator wants it? (F3548-21 4.4, SCD0005 to SCD0050)

`check` looks at the flight alone, `judge` at what is around it. An aircraft that is outside its intent is
never refused: it is where it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from openline.airspace.operation import TRANSITIONS, Operation, State
from openline.conflict.between import conflict_between
from openline.conflict.minima import Minima
from openline.errors import Invalid, LimitExceeded, Refused
from openline.utm.uss.intents import OFF_NOMINAL, Wanted
from openline.utm.uss.limits import OI_MAX_PLAN_HORIZON_MS, OI_MAX_VERTICES
from openline.utm.wire.references import (
    OperationalIntentReference,
    OperationalIntentState,
    UssAvailabilityState,
)
from openline.utm.wire.volumes import Volume4D

_S = OperationalIntentState

MOVES: Final[Mapping[OperationalIntentState | None, frozenset[OperationalIntentState]]] = MappingProxyType(
    {None: frozenset(_S)}
    | {
        state: frozenset(_S(one.value) for one in TRANSITIONS[State(state.value)] if one is not State.ENDED)
        | {state}
        for state in _S
    }
)
"""From a state (None: not planned) to those in which it may be wanted next: the table of
`airspace.operation`, and staying. What is wanted Activated at once is Accepted on the way.
"""

IN_THE_AIR: Final = frozenset({_S.ACTIVATED, _S.NONCONFORMING, _S.CONTINGENT})

CLAUSES: Final = MappingProxyType(
    {
        # what is done to it: (over one of higher priority, over one of equal priority)
        "plan": ("F3548-21 SCD0015", "F3548-21 SCD0035"),
        "change": ("F3548-21 SCD0020", "F3548-21 SCD0040"),
        "activate": ("F3548-21 SCD0025", "F3548-21 SCD0045"),
        "change in flight": ("F3548-21 SCD0030", "F3548-21 SCD0050"),
    }
)


class Other(msgspec.Struct, frozen=True):
    """Somebody's operational intent around. shape: all its volumes as one operation; priority.

    Both are None where its USS is Down and does not answer: then it may be anywhere in its area.
    """

    reference: OperationalIntentReference
    shape: Operation | None
    priority: int | None

    @property
    def id(self) -> str:
        return self.reference.id


class Before(msgspec.Struct, frozen=True):
    """The flight as it stands at the DSS. shape: all its volumes."""

    id: str
    state: OperationalIntentState
    shape: Operation


def check(wanted: Wanted, shape: Operation, state: OperationalIntentState | None, now_ms: int) -> None:
    """The flight by itself; state: in which it is (None: not planned).

    Raises Refused ``transition-forbidden``, ``not-active-now``; LimitExceeded ``too-many-vertices``,
    ``beyond-horizon``; Invalid ``already-over``.
    """
    _refuse_forbidden_move(state, wanted.state)
    if vertices_of(wanted.area) > OI_MAX_VERTICES:
        text = f"its volumes have more than {OI_MAX_VERTICES:,} vertices together"
        raise LimitExceeded("too-many-vertices", text, field="area", clause="F3548-21 OiMaxVertices")
    if shape.end_ms <= now_ms:
        raise Invalid("already-over", "it ended before now", field="area.time_end")
    if wanted.state in OFF_NOMINAL:
        return
    if shape.start_ms - now_ms > OI_MAX_PLAN_HORIZON_MS:
        text = "it starts more than 30 days from now"
        raise LimitExceeded(
            "beyond-horizon", text, field="area.time_start", clause="F3548-21 OiMaxPlanHorizon"
        )
    if wanted.state is _S.ACTIVATED and not any(it.start_ms <= now_ms <= it.end_ms for it in shape.volumes):
        raise Refused("not-active-now", "none of its volumes is in force now", field="area.time_start")


def _refuse_forbidden_move(state: OperationalIntentState | None, wanted: OperationalIntentState) -> None:
    if wanted not in MOVES[state]:
        raise Refused(
            "transition-forbidden",
            f"an operational intent cannot go from {state} to {wanted}",
            field="state",
            clause="F3548-21 4.4",
            remedy=f"states that may follow: {', '.join(sorted(MOVES[state]))}",
        )


def vertices_of(volumes: Iterable[Volume4D]) -> int:
    """A circle counts as one."""
    rings = (one.volume.outline_polygon for one in volumes)
    return sum(1 if ring is None else len(ring.vertices) for ring in rings)


# What is around -----------------------------------------------------------------------------------
def judge(
    wanted: Wanted, shape: Operation, before: Before | None, others: Sequence[Other]
) -> tuple[str, ...]:
    """The ids of those that it conflicts with and may: of lower priority, or, in flight, met already.

    Raises Refused ``conflict`` naming those that it may not conflict with.
    """
    if wanted.state in OFF_NOMINAL:
        return ()
    met = [one for one in others if (before is None or one.id != before.id) and meets(shape, one)]
    forbidden = [one for one in met if not is_lower(one, wanted.priority) and not _met_already(before, one)]
    if forbidden:
        raise _conflict(wanted, before, forbidden)
    return tuple(one.id for one in met)


def meets(shape: Operation, other: Other) -> bool:
    """Whether they share a point of space and time. One whose volumes nobody knows meets all in its time."""
    if other.shape is None:
        return True
    return shape.id != other.id and conflict_between(shape, other.shape, Minima.f3548) is not None


def is_lower(other: Other, priority: int) -> bool:
    """Whether the other one has the lower priority. A USS that is Down and does not answer: what it has not
    activated is below everything, and what is in the air is above everything (F3548-21 SCD0005).
    """
    if other.priority is None:
        return other.reference.state is _S.ACCEPTED
    return other.priority < priority


def _met_already(before: Before | None, other: Other) -> bool:
    """Who is in the air and in conflict may change his way: what is forbidden is a new conflict."""
    return before is not None and before.state in IN_THE_AIR and meets(before.shape, other)


def _conflict(wanted: Wanted, before: Before | None, forbidden: Sequence[Other]) -> Refused:
    higher = [one for one in forbidden if one.priority is None or one.priority > wanted.priority]
    first = (higher or forbidden)[0]
    clause = CLAUSES[what_is_done(wanted, before)][0 if higher else 1]
    more = f" and {len(forbidden) - 1} more" if len(forbidden) > 1 else ""
    return Refused(
        "conflict",
        f"it conflicts with {first.reference.manager}'s operational intent {first.id}{more}, "
        f"of {'higher' if higher else 'equal'} priority",
        field="area",
        clause=clause,
        remedy="move it in space or time",
    )


def what_is_done(wanted: Wanted, before: Before | None) -> str:
    """A key of CLAUSES."""
    if before is not None and before.state in IN_THE_AIR:
        return "change in flight"
    if wanted.state is _S.ACTIVATED:
        return "activate"
    return "plan" if before is None else "change"


def may_be_assumed(reference: OperationalIntentReference) -> bool:
    """Whether its USS is known to be Down: then its silence does not stop us."""
    return reference.uss_availability is UssAvailabilityState.DOWN
