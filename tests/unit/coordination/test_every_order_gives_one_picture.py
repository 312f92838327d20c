"""Every causal order of delivery gives one picture, and both sides read the same winner of every pair that
crosses.
"""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.airspace.operation import State
from openline.coordination.conflict_view import ConflictView
from openline.coordination.dialogue import (
    CROSSINGS,
    CROSSINGS_WITHOUT_PROPOSAL,
    TRANSITIONS,
    DialogueState,
    Role,
    Winner,
)
from openline.coordination.fact import decode_facts, encode_facts
from openline.coordination.messages import FindingKind, Kind
from openline.coordination.picture import Picture
from openline.coordination.stamp import knew
from openline.journal.entry import Lane
from unit.coordination.talkers import (
    NAMES,
    NOTICES,
    Conversation,
    Talker,
    a_move,
    a_notice,
    a_statement,
    all_deliveries,
    an_accord,
    folded,
    random_deliveries,
    reloaded,
)

CHANCE = st.integers(0, 2**32).map(random.Random)


@settings(max_examples=150, deadline=None)
@given(CHANCE, st.integers(5, 60))
def test_whatever_was_said_and_in_whatever_order_it_came_both_sides_hold_one_picture(
    chance: random.Random, steps: int
) -> None:
    talk = Conversation(chance)
    talk.run(steps)
    talk.finish()
    alpha, bravo = talk.talkers.values()
    wanted = list(alpha.picture.inventory())
    assert list(bravo.picture.inventory()) == wanted
    lanes = [talker.sent[lane] for talker in (alpha, bravo) for lane in Lane]
    for _ in range(6):
        assert list(folded(random_deliveries(lanes, chance), talk.accord).inventory()) == wanted
    assert reloaded(alpha.picture, talk.accord).digest() == bravo.picture.digest()


@settings(max_examples=40, deadline=None)
@given(CHANCE)
def test_all_interleavings_of_a_short_talk_give_one_picture(chance: random.Random) -> None:
    talk = Conversation(chance)
    while sum(len(lane) for talker in talk.talkers.values() for lane in talker.sent.values()) < 8:
        talk.run(1)
    talk.finish()
    lanes = [talker.sent[lane] for talker in talk.talkers.values() for lane in Lane]
    digests = {folded(order, talk.accord).digest() for order in all_deliveries(lanes)}
    assert digests == {talk.talkers["alpha"].picture.digest()}


@settings(max_examples=60, deadline=None)
@given(CHANCE, st.integers(5, 40))
def test_hearing_a_message_twice_changes_nothing(chance: random.Random, steps: int) -> None:
    talk = Conversation(chance)
    talk.run(steps)
    talk.finish()
    picture = talk.talkers["alpha"].picture
    before = picture.digest()
    for talker in talk.talkers.values():
        for fact in (*talker.sent[Lane.ROUTINE], *talker.sent[Lane.URGENT]):
            picture.apply(fact)
    assert picture.digest() == before


def test_facts_come_back_from_the_store_as_they_were() -> None:
    talk = Conversation(random.Random(5))
    talk.run(60)
    facts = [fact for talker in talk.talkers.values() for lane in Lane for fact in talker.sent[lane]]
    assert decode_facts(encode_facts(facts)) == facts


# The crossing tables, pair by pair


class Table:
    """Two parties with one conflict between them, brought to the state where a pair can cross."""

    def __init__(self) -> None:
        self.chance = random.Random(1)
        accord = an_accord()
        self.alpha, self.bravo = (Talker(name, accord) for name in NAMES)
        self.alpha.say(Kind.NOTICE, a_notice(NOTICES["alpha"][0], 1, State.ACCEPTED))
        self.sync()
        self.bravo.say(Kind.NOTICE, a_notice(NOTICES["bravo"][0], 1, State.PROPOSED))
        self.sync()
        first, second = sorted((self.alpha.picture.all_told()), key=lambda it: it.notice_id)
        statement = msgspec.structs.replace(
            a_statement(first, second, self.chance), finding=FindingKind.CERTAIN
        )
        self.alpha.say(Kind.CONFLICT, statement)
        self.sync()

    def sync(self) -> None:
        self.alpha.hear_all(self.bravo)
        self.bravo.hear_all(self.alpha)

    def talker(self, name: str) -> Talker:
        return self.alpha if name == "alpha" else self.bravo

    def view(self, picture: Picture) -> ConflictView:
        (view,) = picture.conflicts()
        return view

    def move(self, name: str, kind: Kind) -> str:
        talker = self.talker(name)
        return talker.say(kind, a_move(self.view(talker.picture), kind, random.Random(2))).hash

    def cross(self, one: tuple[str, Kind], other: tuple[str, Kind]) -> tuple[str, str]:
        """Both say something before either has heard the other; then both hear."""
        hashes = self.move(*one), self.move(*other)
        self.sync()
        return hashes

    def settled(self) -> ConflictView:
        views = [self.view(talker.picture) for talker in (self.alpha, self.bravo)]
        assert views[0].dialogue == views[1].dialogue
        return views[0]


# How to come to each state with a proposal on the table: who says what. Bravo filed later and must move.
PATHS: dict[DialogueState, list[tuple[str, Kind]]] = {
    DialogueState.REQUESTED: [("bravo", Kind.REQUEST)],
    DialogueState.COUNTERED: [("bravo", Kind.REQUEST), ("alpha", Kind.CDN)],
    DialogueState.ACCEPTED: [("bravo", Kind.REQUEST), ("alpha", Kind.ACP)],
    DialogueState.REVISED: [("bravo", Kind.REQUEST), ("alpha", Kind.ACP), ("alpha", Kind.REQUEST)],
    DialogueState.REVISED_COUNTERED: [
        ("bravo", Kind.REQUEST),
        ("alpha", Kind.ACP),
        ("alpha", Kind.REQUEST),
        ("bravo", Kind.CDN),
    ],
    DialogueState.REJECTED: [("bravo", Kind.REQUEST), ("alpha", Kind.RJC)],
    DialogueState.CANCELLED: [("bravo", Kind.REQUEST), ("bravo", Kind.CANCEL)],
    DialogueState.NOTIFIED: [],
}


def at(state: DialogueState) -> Table:
    table = Table()
    for name, kind in PATHS[state]:
        table.move(name, kind)
        table.sync()
    assert table.settled().dialogue.state is state
    return table


def crossings_in(state: DialogueState) -> list[tuple[Kind, Kind]]:
    """The pairs that can really cross in this state."""
    without = (state, Role.EITHER, Kind.REQUEST) in TRANSITIONS
    first, second = (Role.EITHER, Role.EITHER) if without else (Role.PROPOSER, Role.ANSWERER)
    kinds = [kind for kind in Kind if kind is not Kind.SBY]
    return [
        (one, other)
        for one in kinds
        for other in kinds
        if (state, first, one) in TRANSITIONS and (state, second, other) in TRANSITIONS
    ]


CASES = [(state, one, other) for state in DialogueState for one, other in crossings_in(state)]


@pytest.mark.parametrize(("state", "one", "other"), CASES)
def test_both_sides_read_the_winner_of_a_crossing_from_the_table(
    state: DialogueState, one: Kind, other: Kind
) -> None:
    table = at(state)
    dialogue = table.settled().dialogue
    leader = dialogue.proposer or table.settled().mover
    follower = NAMES[1 - NAMES.index(leader)]
    led, followed = table.cross((leader, one), (follower, other))
    after = table.settled().dialogue
    verdict = (CROSSINGS if dialogue.on_the_table else CROSSINGS_WITHOUT_PROPOSAL)[one, other]
    winner = {
        Winner.PROPOSER: led,
        Winner.MOVER: led,
        Winner.ANSWERER: followed,
        Winner.REQUESTER: led if leader == dialogue.requester else followed,
    }[verdict]
    loser = followed if winner == led else led
    assert after.tip == winner
    assert loser in after.void


def test_the_tables_name_every_pair_that_can_cross_and_no_other() -> None:
    on_the_table = {
        pair
        for state in DialogueState
        for pair in crossings_in(state)
        if (state, Role.PROPOSER, Kind.CDN) in TRANSITIONS
    }
    without = {
        pair
        for state in DialogueState
        for pair in crossings_in(state)
        if (state, Role.EITHER, Kind.REQUEST) in TRANSITIONS
    }
    assert set(CROSSINGS) == on_the_table
    assert set(CROSSINGS_WITHOUT_PROPOSAL) == without


def test_an_answer_by_someone_who_knew_better_is_void() -> None:
    """Bravo has heard the cancellation and accepts all the same: that is no crossing, and counts for
    nothing.
    """
    table = at(DialogueState.REQUESTED)
    cancelled = table.move("bravo", Kind.CANCEL)
    stale = a_move(table.view(table.alpha.picture), Kind.ACP, random.Random(2))
    table.alpha.hear_all(table.bravo)
    accepted = table.alpha.say(Kind.ACP, stale).hash
    table.sync()
    dialogue = table.settled().dialogue
    assert (dialogue.state, dialogue.tip) == (DialogueState.CANCELLED, cancelled)
    assert accepted in dialogue.void


def test_a_new_place_opens_a_new_dialogue_and_keeps_how_the_old_one_ended() -> None:
    table = at(DialogueState.ACCEPTED)
    agreement = table.settled().dialogue.agreement
    table.bravo.say(Kind.NOTICE, a_notice(NOTICES["bravo"][0], 2, State.ACCEPTED, agreed=agreement))
    table.sync()
    view = table.settled()
    assert view.dialogue.state is DialogueState.NOTIFIED
    assert view.settled is not None
    assert view.settled.agreement == agreement


def test_a_revision_inside_the_earlier_notice_keeps_its_place_and_its_dialogue() -> None:
    table = at(DialogueState.ACCEPTED)
    before = table.settled()
    table.bravo.say(Kind.NOTICE, a_notice(NOTICES["bravo"][0], 2, State.ACTIVATED, keeps=True))
    table.sync()
    after = table.settled()
    assert after.dialogue == before.dialogue
    assert after.mover == before.mover


def test_cancel_beats_accept() -> None:
    table = at(DialogueState.REQUESTED)
    table.cross(("bravo", Kind.CANCEL), ("alpha", Kind.ACP))
    assert table.settled().dialogue.state is DialogueState.CANCELLED


def test_an_answer_to_a_superseded_proposal_is_void() -> None:
    table = at(DialogueState.REQUESTED)
    replaced, answered = table.cross(("bravo", Kind.CDN), ("alpha", Kind.ACP))
    dialogue = table.settled().dialogue
    assert (dialogue.state, dialogue.tip, dialogue.agreement) == (DialogueState.REQUESTED, replaced, None)
    assert dialogue.void == (answered,)


@pytest.mark.parametrize("state", [DialogueState.REQUESTED, DialogueState.COUNTERED])
def test_of_two_counters_that_cross_the_requesters_stands(state: DialogueState) -> None:
    table = at(state)
    requesters, _ = table.cross(("bravo", Kind.CDN), ("alpha", Kind.CDN))
    assert table.settled().dialogue.tip == requesters


def test_two_requests_for_one_conflict_merge_into_that_of_the_party_that_must_move() -> None:
    table = at(DialogueState.NOTIFIED)
    assert table.settled().mover == "bravo"
    _, movers = table.cross(("alpha", Kind.REQUEST), ("bravo", Kind.REQUEST))
    dialogue = table.settled().dialogue
    assert (dialogue.requester, dialogue.tip) == ("bravo", movers)


def test_after_a_revision_is_rejected_the_last_agreement_stands() -> None:
    table = at(DialogueState.REVISED)
    agreement = table.settled().dialogue.agreement
    table.move("bravo", Kind.RJC)
    table.sync()
    dialogue = table.settled().dialogue
    assert (dialogue.state, dialogue.agreement) == (DialogueState.ACCEPTED, agreement)


# Who knew what


@settings(max_examples=100, deadline=None)
@given(CHANCE, st.integers(5, 50))
def test_stamps_tell_exactly_who_knew_what(chance: random.Random, steps: int) -> None:
    """Against an oracle that simply writes down what each party had said and heard at each moment."""
    talk = Conversation(chance)
    known: dict[str, set[str]] = {}
    for _ in range(steps):
        before = {talker.name: _has(talker) for talker in talk.talkers.values()}
        talk.run(1)
        for talker in talk.talkers.values():
            for name in _said(talker) - known.keys():
                known[name] = before[talker.name]
    facts = {
        fact.hash: fact for talker in talk.talkers.values() for lane in Lane for fact in talker.sent[lane]
    }
    for later in facts.values():
        for earlier in facts.values():
            assert knew(later.stamp, earlier.stamp) == (earlier.hash in known[later.hash])


def _said(talker: Talker) -> set[str]:
    return {fact.hash for lane in Lane for fact in talker.sent[lane]}


def _has(talker: Talker) -> set[str]:
    return _said(talker) | talker.heard


def test_burdens_that_come_late_still_decide_who_moves() -> None:
    """Another process reads the lanes one after the other: the urgent ones first, and the past that
    decides only then.
    """
    table = at(DialogueState.ACCEPTED)
    agreement = table.settled().dialogue.agreement
    table.bravo.say(Kind.NOTICE, a_notice(NOTICES["bravo"][0], 2, State.ENDED, agreed=agreement))
    table.sync()
    fresh = {"alpha": NOTICES["alpha"][1], "bravo": "00000000-0000-4000-8000-00000000000d"}
    for talker in (table.alpha, table.bravo):
        talker.say(Kind.NOTICE, a_notice(fresh[talker.name], 1, State.NONCONFORMING))
    table.sync()
    pair = sorted((table.alpha.picture.told(name) for name in fresh.values()), key=lambda it: it.notice_id)  # type: ignore[union-attr]
    statement = msgspec.structs.replace(a_statement(*pair, table.chance), finding=FindingKind.CERTAIN)  # type: ignore[arg-type]
    table.alpha.say(Kind.CONFLICT, statement)
    table.sync()
    held = [view for view in table.alpha.picture.conflicts() if view.held]
    assert [view.mover for view in held] == ["alpha"]
    lanes = [talker.sent[lane] for lane in Lane for talker in (table.alpha, table.bravo)]
    one_by_one = folded([fact for lane in lanes for fact in lane], an_accord())
    assert one_by_one.digest() == table.alpha.picture.digest()
