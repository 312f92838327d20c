"""Dialogues and talks, read twice: by the node's tables, and by what the simulation judges with, which was
written from the spec. At random, with moves that cross, that come too late, and that are not permitted.
"""

import hashlib
import random
from collections.abc import Callable

import msgspec
import pytest

from openline.coordination.conversation import Minute, Minutes, Talk, TalkAct, Topic
from openline.coordination.dialogue import MOVES, DialogueState, evaluate, permits
from openline.coordination.fact import Fact
from openline.coordination.fields import Officer
from openline.coordination.messages import (
    Accept,
    Cancel,
    Counter,
    Kind,
    Proposal,
    Reason,
    Reject,
    Request,
    Revision,
    Standby,
)
from openline.coordination.stamp import Stamp
from openline.coordination.talk_view import TalkState, may_act, talk_view_of
from openline.journal.entry import Lane
from openline.simulation import dialogues, talks
from openline.simulation.words import Word, Words

NAMES = ("alpha", "bravo")
CONFLICT = hashlib.sha256(b"a conflict").hexdigest()
NOTICE = "0a000000-0000-4000-8000-000000000001"
TALK = "0c000000-0000-4000-8000-000000000001"
PLACES = Revision(first=1, second=1)
FOX = Officer(position="watch", pseudonym="fox", automaton=False)
SEEDS = range(400)

Body = Callable[[random.Random, str, list[Fact]], tuple[Kind, msgspec.Struct]]
"""What a party says next, by what it knows."""


def conversation(chance: random.Random, body: Body) -> list[Fact]:
    """Both speak at random, and what one has said reaches the other now or later."""
    said: dict[str, list[Fact]] = {name: [] for name in NAMES}
    seen = dict.fromkeys(NAMES, 0)
    for _ in range(chance.randrange(2, 30)):
        me = chance.choice(NAMES)
        other = NAMES[1 - NAMES.index(me)]
        seen[me] = chance.randint(seen[me], len(said[other])) if chance.random() < 0.5 else len(said[other])
        kind, what = body(chance, me, [*said[me], *said[other][: seen[me]]])
        stamp = Stamp(me, Lane.ROUTINE, len(said[me]) + 1, 0, 0, seen[me])
        name = hashlib.sha256(f"{me} {stamp.number}".encode()).hexdigest()
        said[me].append(Fact(name, kind, stamp, chance.randrange(1_000), what))
    facts = [*said["alpha"], *said["bravo"]]
    chance.shuffle(facts)
    return facts


def words_of(facts: list[Fact]) -> Words:
    words = Words()
    for fact in facts:
        at, body = fact.stamp, msgspec.to_builtins(fact.body)
        seen = {"urgent": at.seen_urgent, "routine": at.seen_routine}
        words.put(
            Word(fact.hash, fact.kind, at.sender, at.lane, at.number, fact.at_ms, at.beside, seen, body)
        )
    return words


def cited(chance: random.Random, tip: str | None, known: list[Fact]) -> str | None:
    """Mostly what has to be cited."""
    return tip if chance.random() < 0.85 else chance.choice([None, *(fact.hash for fact in known)])


def a_move(chance: random.Random, me: str, known: list[Fact]) -> tuple[Kind, msgspec.Struct]:
    stand = evaluate(known, "alpha")
    permitted = [kind for kind in MOVES if permits(stand, me, kind)]
    kind = chance.choice(permitted if permitted and chance.random() < 0.9 else MOVES)
    tip, change = cited(chance, stand.tip, known), Proposal(notice_id=NOTICE, delay_ms=chance.randrange(9))
    if kind is Kind.REQUEST or tip is None:
        request = Request(conflict_id=CONFLICT, places=PLACES, proposal=change, follows=tip)
        return Kind.REQUEST, request
    bodies: dict[Kind, msgspec.Struct] = {
        Kind.ACP: Accept(conflict_id=CONFLICT, answers=tip),
        Kind.RJC: Reject(conflict_id=CONFLICT, answers=tip, reason=Reason.TRAFFIC),
        Kind.SBY: Standby(conflict_id=CONFLICT, answers=tip, until_ms=chance.randrange(9)),
        Kind.CDN: Counter(conflict_id=CONFLICT, answers=tip, proposal=change),
        Kind.CANCEL: Cancel(conflict_id=CONFLICT, answers=tip),
    }
    return kind, bodies[kind]


def an_act(chance: random.Random, me: str, known: list[Fact]) -> tuple[Kind, msgspec.Struct]:
    view = talk_view_of(TALK, known, NAMES)
    if chance.random() < 0.1:
        items = (Minute(topic=Topic.COORDINATION, text="as agreed"),)
        return Kind.MINUTES, Minutes(talk_id=TALK, items=items, officer=FOX)
    allowed = [act for act in TalkAct if may_act(view, me, act)]
    act = chance.choice(allowed if allowed and chance.random() < 0.9 else list(TalkAct))
    tip = cited(chance, view.tip.hash if view.tip else None, known)
    times = {"start_ms": 1, "duration_ms": 1} if act in (TalkAct.PROPOSE, TalkAct.MOVE) else {}
    follows = None if act is TalkAct.PROPOSE else tip or CONFLICT
    return Kind.TALK, Talk(talk_id=TALK, act=act, officer=FOX, follows=follows, **times)


@pytest.mark.parametrize("mover", NAMES)
def test_a_dialogue_is_read_alike_twice(mover: str) -> None:
    states = set()
    for seed in SEEDS:
        facts = conversation(random.Random(seed), a_move)
        one = evaluate(facts, mover)
        places = {"first": PLACES.first, "second": PLACES.second}
        other = dialogues.read(CONFLICT, places, words_of(facts), lambda: mover)
        assert (one.state, one.tip, one.requester, one.proposer, one.agreement, one.standby_until_ms) == (
            other.state,
            other.tip,
            other.requester,
            other.proposer,
            other.agreement,
            other.until_ms,
        ), seed
        assert msgspec.to_builtins(one.proposal) == other.proposal
        assert msgspec.to_builtins(one.agreed) == other.agreed
        states.add(one.state)
    assert states == set(DialogueState) - {DialogueState.NOTIFIED}


def test_a_talk_is_read_alike_twice() -> None:
    states = set()
    for seed in SEEDS:
        facts = conversation(random.Random(seed), an_act)
        one, other = talk_view_of(TALK, facts, NAMES), talks.read(TALK, words_of(facts), NAMES)
        tip = other.tip.hash if other.tip else None
        assert (one.state, one.tip.hash if one.tip else None, one.proposer) == (
            other.state,
            tip,
            other.proposer,
        ), seed
        assert {name: fact.hash for name, fact in one.minutes.items()} == {
            name: word.hash for name, word in other.minutes.items()
        }
        states.add(one.state)
    assert states >= {TalkState.PROPOSED, TalkState.CONFIRMED, TalkState.CANCELLED}
