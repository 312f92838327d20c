"""The dialogue that settles a conflict: a tree of citations, two tables, one pure function.

Every move cites the message it answers. Walking from the root along the moves that count gives the state;
what crossed on the wire and lost, or answered something already superseded, is void. The result depends only
on which messages there are, never on the order in which they came, so both sides read the same state once
they hold the same messages. States: AIRM CodeCivilMilitaryCrossingStatusType. Moves: OLDI crossing dialogue
and AIDC coordination.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from openline.coordination.fact import Fact
from openline.coordination.messages import Accept, Cancel, Counter, Kind, Proposal, Reject, Request, Standby
from openline.coordination.stamp import knew


class DialogueState(StrEnum):
    NOTIFIED = "NOTIFIED"
    REQUESTED = "REQUESTED"
    COUNTERED = "COUNTERED"
    ACCEPTED = "ACCEPTED"
    REVISED = "REVISED"
    REVISED_COUNTERED = "REVISED_COUNTERED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


class Role(StrEnum):
    """Who may make a move: whoever's proposal lies on the table, the other side, or (where none lies)
    either.
    """

    PROPOSER = "proposer"
    ANSWERER = "answerer"
    EITHER = "either"


class Winner(StrEnum):
    """Of two moves that cross: by the roles of those who made them, or by their part in the dialogue."""

    PROPOSER = "proposer"
    ANSWERER = "answerer"
    REQUESTER = "requester"
    MOVER = "mover"  # the party that must move under the accord's precedence


_N, _R, _C = DialogueState.NOTIFIED, DialogueState.REQUESTED, DialogueState.COUNTERED
_A, _V, _VC = DialogueState.ACCEPTED, DialogueState.REVISED, DialogueState.REVISED_COUNTERED
_J, _X = DialogueState.REJECTED, DialogueState.CANCELLED

# In REVISED and REVISED_COUNTERED an agreement stands underneath: a rejection or withdrawal there falls back
# on it.
MOVES = (Kind.REQUEST, Kind.ACP, Kind.RJC, Kind.SBY, Kind.CDN, Kind.CANCEL)
"""What a person may say in a dialogue, in the order in which people are offered it."""

TRANSITIONS: Mapping[tuple[DialogueState, Role, Kind], DialogueState] = {
    (_N, Role.EITHER, Kind.REQUEST): _R,
    (_R, Role.ANSWERER, Kind.ACP): _A,
    (_R, Role.ANSWERER, Kind.RJC): _J,
    (_R, Role.ANSWERER, Kind.SBY): _R,
    (_R, Role.ANSWERER, Kind.CDN): _C,
    (_R, Role.PROPOSER, Kind.CDN): _R,
    (_R, Role.PROPOSER, Kind.CANCEL): _X,
    (_C, Role.ANSWERER, Kind.ACP): _A,
    (_C, Role.ANSWERER, Kind.RJC): _J,
    (_C, Role.ANSWERER, Kind.SBY): _C,
    (_C, Role.ANSWERER, Kind.CDN): _C,
    (_C, Role.ANSWERER, Kind.CANCEL): _X,
    (_C, Role.PROPOSER, Kind.CDN): _C,
    (_C, Role.PROPOSER, Kind.CANCEL): _X,
    (_A, Role.EITHER, Kind.REQUEST): _V,
    (_A, Role.EITHER, Kind.CANCEL): _X,
    (_V, Role.ANSWERER, Kind.ACP): _A,
    (_V, Role.ANSWERER, Kind.RJC): _A,
    (_V, Role.ANSWERER, Kind.SBY): _V,
    (_V, Role.ANSWERER, Kind.CDN): _VC,
    (_V, Role.PROPOSER, Kind.CDN): _V,
    (_V, Role.PROPOSER, Kind.CANCEL): _A,
    (_VC, Role.ANSWERER, Kind.ACP): _A,
    (_VC, Role.ANSWERER, Kind.RJC): _A,
    (_VC, Role.ANSWERER, Kind.SBY): _VC,
    (_VC, Role.ANSWERER, Kind.CDN): _VC,
    (_VC, Role.ANSWERER, Kind.CANCEL): _A,
    (_VC, Role.PROPOSER, Kind.CDN): _VC,
    (_VC, Role.PROPOSER, Kind.CANCEL): _A,
    (_J, Role.EITHER, Kind.REQUEST): _R,
    (_X, Role.EITHER, Kind.REQUEST): _R,
}

# (what the proposer said, what the answerer said), both citing the same message, neither having seen the
# other.
CROSSINGS: Mapping[tuple[Kind, Kind], Winner] = {
    (Kind.CANCEL, Kind.ACP): Winner.PROPOSER,  # cancel beats accept
    (Kind.CANCEL, Kind.RJC): Winner.PROPOSER,
    (Kind.CANCEL, Kind.CDN): Winner.PROPOSER,
    (Kind.CANCEL, Kind.CANCEL): Winner.REQUESTER,
    (Kind.CDN, Kind.ACP): Winner.PROPOSER,  # an answer to a superseded proposal is void
    (Kind.CDN, Kind.RJC): Winner.PROPOSER,
    (Kind.CDN, Kind.CDN): Winner.REQUESTER,  # of two counters that cross, the requester's stands
    (Kind.CDN, Kind.CANCEL): Winner.ANSWERER,
}

# The same where no proposal lies on the table: (what the mover said, what the other said).
CROSSINGS_WITHOUT_PROPOSAL: Mapping[tuple[Kind, Kind], Winner] = {
    (
        Kind.REQUEST,
        Kind.REQUEST,
    ): Winner.MOVER,  # two requests for one conflict merge into that of the party that must move
    (Kind.CANCEL, Kind.CANCEL): Winner.MOVER,
    (Kind.CANCEL, Kind.REQUEST): Winner.PROPOSER,
    (Kind.REQUEST, Kind.CANCEL): Winner.ANSWERER,
}

_ON_THE_TABLE = frozenset({_R, _C, _V, _VC})


class Dialogue(msgspec.Struct, frozen=True, kw_only=True):
    """How a dialogue stands. ``tip`` is the message that the next move has to cite (None: none yet)."""

    state: DialogueState = DialogueState.NOTIFIED
    tip: str | None = None
    requester: str | None = None
    proposer: str | None = None
    proposal: Proposal | None = None
    agreement: str | None = None  # hash of the ACP that stands
    agreed: Proposal | None = None
    standby_until_ms: int | None = None
    reason: str | None = None
    path: tuple[str, ...] = ()
    void: tuple[str, ...] = ()

    @property
    def on_the_table(self) -> bool:
        return self.state in _ON_THE_TABLE


def cites(fact: Fact) -> str | None:
    """The hash of the message that this move answers or follows."""
    body = fact.body
    if isinstance(body, Request):
        return body.follows
    if isinstance(body, Accept | Reject | Standby | Counter | Cancel):
        return body.answers
    raise TypeError(f"{fact.kind} is no move of a dialogue")


def role_in(dialogue: Dialogue, party: str) -> Role:
    if not dialogue.on_the_table:
        return Role.EITHER
    return Role.PROPOSER if party == dialogue.proposer else Role.ANSWERER


def permits(dialogue: Dialogue, party: str, kind: Kind) -> bool:
    return (dialogue.state, role_in(dialogue, party), kind) in TRANSITIONS


def evaluate(facts: Iterable[Fact], mover: str) -> Dialogue:
    """Fold the moves of one dialogue (any order) into its state.

    facts: REQUEST, ACP, RJC, SBY, CDN and CANCEL of one conflict at one pair of places, in any order.
    mover: the party that must move; of two requests that cross, its own stands.
    """
    moves = sorted(facts, key=lambda fact: (fact.stamp.sender, fact.stamp.lane, fact.stamp.number))
    by_citation: dict[str | None, list[Fact]] = {}
    for fact in moves:
        by_citation.setdefault(cites(fact), []).append(fact)
    dialogue = Dialogue()
    while (move := _next_move(dialogue, by_citation.get(dialogue.tip, ()), mover)) is not None:
        dialogue = _advance(dialogue, move)
    dialogue = _stand_by(dialogue, by_citation.get(dialogue.tip, ()))
    passed = (None, *dialogue.path)
    siblings = [fact for tip in passed for fact in by_citation.get(tip, ()) if fact.kind is not Kind.SBY]
    void = tuple(fact.hash for fact in siblings if fact.hash not in dialogue.path)
    return msgspec.structs.replace(dialogue, void=void)


def _next_move(dialogue: Dialogue, children: Iterable[Fact], mover: str) -> Fact | None:
    """The child of the tip that counts: each party's first permitted one, and of two the one that wins."""
    first: dict[str, Fact] = {}
    for fact in children:
        if fact.kind is not Kind.SBY and permits(dialogue, fact.stamp.sender, fact.kind):
            first.setdefault(fact.stamp.sender, fact)
    candidates = list(first.values())
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    return _winner(dialogue, candidates[0], candidates[1], mover)


def _winner(dialogue: Dialogue, one: Fact, other: Fact, mover: str) -> Fact:
    if knew(other.stamp, one.stamp):
        return one  # the other knew it and should have answered it: its own move is void
    if knew(one.stamp, other.stamp):
        return other
    leader = dialogue.proposer if dialogue.on_the_table else mover
    ours, theirs = (one, other) if one.stamp.sender == leader else (other, one)
    table = CROSSINGS if dialogue.on_the_table else CROSSINGS_WITHOUT_PROPOSAL
    verdict = table[ours.kind, theirs.kind]
    if verdict is Winner.REQUESTER:
        return ours if ours.stamp.sender == dialogue.requester else theirs
    return theirs if verdict is Winner.ANSWERER else ours


def _advance(dialogue: Dialogue, move: Fact) -> Dialogue:
    state = TRANSITIONS[dialogue.state, role_in(dialogue, move.stamp.sender), move.kind]
    changes: dict[str, object] = {
        "state": state,
        "tip": move.hash,
        "path": (*dialogue.path, move.hash),
        "reason": None,
    }
    body = move.body
    if isinstance(body, Request):
        changes |= {"requester": move.stamp.sender, "proposer": move.stamp.sender, "proposal": body.proposal}
    elif isinstance(body, Counter):
        changes |= {"proposer": move.stamp.sender, "proposal": body.proposal}
    elif isinstance(body, Accept):
        changes |= {"agreement": move.hash, "agreed": dialogue.proposal, "proposer": None, "proposal": None}
    elif isinstance(body, Reject):
        changes |= {"reason": body.reason.value, "proposer": None, "proposal": None}
    elif isinstance(body, Cancel):
        changes |= {"proposer": None, "proposal": None}
    if state is DialogueState.CANCELLED:
        changes |= {"agreement": None, "agreed": None}
    return msgspec.structs.replace(dialogue, **changes)


def _stand_by(dialogue: Dialogue, children: Iterable[Fact]) -> Dialogue:
    """A stand-by moves nothing; the latest one citing the tip says until when the other side may take."""
    until = [
        fact.body.until_ms
        for fact in children
        if isinstance(fact.body, Standby) and permits(dialogue, fact.stamp.sender, fact.kind)
    ]
    return msgspec.structs.replace(dialogue, standby_until_ms=max(until)) if until else dialogue
