"""How a talk stands, and whether both sides hold the same minutes of it.

Every act on a talk cites the one before it, as a move in a dialogue does, so the state depends only on which
messages there are. Of two acts that cite the same one, a cancellation stands before a move, and a move
before a confirmation; of two alike, that of the side which the accord names first.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from openline.coordination.conversation import Agenda, Minutes, Talk, TalkAct
from openline.coordination.fact import Fact
from openline.coordination.stamp import knew


class TalkState(StrEnum):
    NONE = "NONE"
    PROPOSED = "PROPOSED"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


class Side(StrEnum):
    """Whose time lies on the table: its own side, or the other."""

    PROPOSER = "proposer"
    OTHER = "other"


_N, _P, _C, _X = TalkState.NONE, TalkState.PROPOSED, TalkState.CONFIRMED, TalkState.CANCELLED
TALK_TRANSITIONS: Mapping[tuple[TalkState, Side, TalkAct], TalkState] = {
    (_N, Side.OTHER, TalkAct.PROPOSE): _P,
    (_P, Side.OTHER, TalkAct.CONFIRM): _C,
    (_P, Side.OTHER, TalkAct.MOVE): _P,
    (_P, Side.OTHER, TalkAct.CANCEL): _X,
    (_P, Side.PROPOSER, TalkAct.MOVE): _P,
    (_P, Side.PROPOSER, TalkAct.CANCEL): _X,
    (_C, Side.OTHER, TalkAct.MOVE): _P,
    (_C, Side.OTHER, TalkAct.CANCEL): _X,
    (_C, Side.PROPOSER, TalkAct.MOVE): _P,
    (_C, Side.PROPOSER, TalkAct.CANCEL): _X,
}
"""Every act that counts. What is not in it is void."""

_RANK = (TalkAct.CANCEL, TalkAct.MOVE, TalkAct.CONFIRM, TalkAct.PROPOSE)


class MinutesState(StrEnum):
    """ONE_SIDED: one side has written some. DIFFER: two versions stand side by side. AGREED: signed by
    both.
    """

    NONE = "NONE"
    ONE_SIDED = "ONE_SIDED"
    DIFFER = "DIFFER"
    AGREED = "AGREED"


class TalkView(msgspec.Struct, frozen=True, kw_only=True):
    """A talk as both sides hold it. tip: what the next act has to cite. proposer: whose time lies on the
    table, or was confirmed. minutes: each party's last version.
    """

    talk_id: str
    state: TalkState = TalkState.NONE
    tip: Fact | None = None
    proposer: str | None = None
    start_ms: int | None = None
    duration_ms: int | None = None
    agenda: tuple[Agenda, ...] = ()
    sequence: int = 0
    minutes: dict[str, Fact] = {}
    minutes_state: MinutesState = MinutesState.NONE


def talk_view_of(talk_id: str, facts: Iterable[Fact], names: Sequence[str]) -> TalkView:
    """facts: every TALK and MINUTES of one talk, in any order. names: of the parties, as the accord has
    them.
    """
    said = sorted(facts, key=lambda fact: (fact.stamp.sender, fact.stamp.number))
    acts: dict[str | None, list[Fact]] = {}
    for fact in said:
        if isinstance(fact.body, Talk):
            acts.setdefault(fact.body.follows, []).append(fact)
    view = TalkView(talk_id=talk_id)
    while (act := _next_act(view, acts.get(view.tip.hash if view.tip else None, ()), names)) is not None:
        view = _advance(view, act)
    minutes = {fact.stamp.sender: fact for fact in said if isinstance(fact.body, Minutes)}
    return msgspec.structs.replace(view, minutes=minutes, minutes_state=_minutes_state(minutes))


def side_of(view: TalkView, party: str) -> Side:
    return Side.PROPOSER if party == view.proposer else Side.OTHER


def may_act(view: TalkView, party: str, act: TalkAct) -> bool:
    return (view.state, side_of(view, party), act) in TALK_TRANSITIONS


def _next_act(view: TalkView, children: Iterable[Fact], names: Sequence[str]) -> Fact | None:
    first: dict[str, Fact] = {}
    for fact in children:
        if may_act(view, fact.stamp.sender, _act_of(fact)):
            first.setdefault(fact.stamp.sender, fact)
    candidates = list(first.values())
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    one, other = candidates
    if knew(other.stamp, one.stamp):
        return one  # the other knew it, and should have cited it
    if knew(one.stamp, other.stamp):
        return other
    return min(candidates, key=lambda it: (_RANK.index(_act_of(it)), names.index(it.stamp.sender)))


def _act_of(fact: Fact) -> TalkAct:
    assert isinstance(fact.body, Talk)
    return fact.body.act


def _advance(view: TalkView, fact: Fact) -> TalkView:
    body = fact.body
    assert isinstance(body, Talk)
    state = TALK_TRANSITIONS[view.state, side_of(view, fact.stamp.sender), body.act]
    changes: dict[str, object] = {"state": state, "tip": fact, "sequence": view.sequence + 1}
    if body.act in (TalkAct.PROPOSE, TalkAct.MOVE):
        changes |= {
            "proposer": fact.stamp.sender,
            "start_ms": body.start_ms,
            "duration_ms": body.duration_ms or view.duration_ms,
            "agenda": body.agenda or view.agenda,
        }
    return msgspec.structs.replace(view, **changes)


def _minutes_state(minutes: Mapping[str, Fact]) -> MinutesState:
    if len(minutes) < 2:
        return MinutesState.ONE_SIDED if minutes else MinutesState.NONE
    one, other = minutes.values()
    return MinutesState.AGREED if _agrees(one, other) or _agrees(other, one) else MinutesState.DIFFER


def _agrees(later: Fact, earlier: Fact) -> bool:
    """Whether ``later`` signs the other side's version: it cites it, and says the same."""
    assert isinstance(later.body, Minutes)
    assert isinstance(earlier.body, Minutes)
    return later.body.agrees == earlier.hash and later.body.items == earlier.body.items
