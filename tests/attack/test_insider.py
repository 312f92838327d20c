"""An insider: an officer who says what is not so, and an administrator who rewrites what was said.

What single rows of the store tell is in tests/unit/cli/test_cli_journal.py, row by row.
"""

import pytest

from attack.hostile import Liar, last_of
from openline.accord.clauses import Caps
from openline.coordination.calls import Emergency, Nature, Taken, Wanted
from openline.coordination.messages import Kind, Officer, Shown
from openline.errors import Invalid, OpenlineError, Unverifiable
from openline.journal.entry import Lane
from openline.node.audit import audit
from openline.node.evidence import make_checkpoint
from simulation.test_two_nodes_one_line import EASTBOUND, WATCH, WESTBOUND
from simulation.war_room import HOUR_MS, NOW_MS, WarRoom, flight

ROBOT = Officer(position="watch", pseudonym="robot", automaton=True)


def called(room: WarRoom) -> str:
    """Bravo has called an emergency; its hash."""
    body = Emergency(nature=Nature.DISTRESS, wanted=Wanted.CALL_US, officer=WATCH)
    fact = room["bravo"].say(room.accord_id, Kind.EMERGENCY, body, room.now_ms)
    room.exchange()
    return fact.hash


def test_what_an_automaton_was_shown_was_shown_to_nobody() -> None:
    room = WarRoom()
    call = called(room)
    room["alpha"].say(room.accord_id, Kind.SHOWN, Shown(messages=(call,), officer=ROBOT), NOW_MS)
    room.exchange()
    for name in ("alpha", "bravo"):
        with room[name].looking() as (_, desks, _own):
            assert desks[room.accord_id].line.picture.conversed.shown_at(call) == frozenset()


def test_no_automaton_takes_a_call() -> None:
    room = WarRoom()
    call = called(room)
    with pytest.raises(Invalid, match="automaton"):
        room["alpha"].say(room.accord_id, Kind.TAKEN, Taken(answers=call, officer=ROBOT), NOW_MS)
    ours = room["alpha"]
    body = Emergency(nature=Nature.DISTRESS, wanted=Wanted.CALL_US, officer=WATCH)
    said = ours.say(room.accord_id, Kind.EMERGENCY, body, NOW_MS)
    room.exchange()
    liar = Liar(room)
    robot = {"automaton": True, "position": "watch", "pseudonym": "robot"}
    liar.says("TAKEN", {"answers": said.hash, "officer": robot}, Lane.URGENT)
    assert liar.rejected() == ["automaton"]


def test_a_history_rewritten_with_the_true_key_is_whole_by_itself_and_not_against_the_partner() -> None:
    """The administrator has everything: the node key, the database, time; all but what the partner holds."""
    true, rewritten = WarRoom(seed=8), WarRoom(seed=8)
    true["alpha"].file(flight(true.id(), EASTBOUND), NOW_MS)
    true.exchange()
    rewritten["alpha"].file(flight(rewritten.id(), WESTBOUND), NOW_MS)
    with true["bravo"].looking() as (tx, desks, _own):
        word = make_checkpoint(tx, desks[true.accord_id], true.parties["bravo"].node_key, NOW_MS)
    with rewritten["alpha"].looking() as (tx, _, _own):
        assert audit(tx, "alpha").findings == ()
        found = {finding.code for finding in audit(tx, "alpha", against=word).findings}
    assert {"forked", "root-wrong"} <= found
    with true["alpha"].looking() as (tx, _, _own):
        assert audit(tx, "alpha", against=word).findings == ()


def test_a_clock_that_was_put_back_shows_at_the_partner_and_in_its_journal() -> None:
    """Back-dated by an hour: the partner's own time of receipt stands beside the claim."""
    room = WarRoom()
    room.exchange()
    room["alpha"].check(room.accord_id, WATCH, NOW_MS - HOUR_MS)
    heads = room["alpha"].heads(room.accord_id, NOW_MS - HOUR_MS)
    room["bravo"].receive(room.accord_id, [*room["alpha"].outbound(room.accord_id), heads], NOW_MS)
    room["bravo"].tick(NOW_MS)
    _, payload = last_of(room, "alpha", "CHECK", at="bravo")
    with room["bravo"].looking() as (tx, _, _own):
        entry = tx.entry(room.accord_id, "alpha", Lane.URGENT, 1)
        assert entry is not None
        assert (payload.place.at_ms, entry.at_ms) == (NOW_MS - HOUR_MS, NOW_MS)


def test_an_officer_can_say_no_more_than_the_accord_lets_the_party_say() -> None:
    caps = Caps(priority=3, area_m2=10**12, duration_ms=HOUR_MS, horizon_ms=24 * HOUR_MS, open_notices=1)
    room = WarRoom(caps=caps)
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    with pytest.raises(OpenlineError, match="over-the-cap"):
        room["alpha"].file(flight(room.id(), WESTBOUND), NOW_MS)


def test_nobody_holds_a_forged_word_of_the_partner_against_us() -> None:
    room = WarRoom()
    room.exchange()
    with room["bravo"].looking() as (tx, desks, _own):
        forged = make_checkpoint(tx, desks[room.accord_id], room.parties["bravo"].party_key, NOW_MS)
    with room["alpha"].looking() as (tx, _, _own), pytest.raises(Unverifiable):
        audit(tx, "alpha", against=forged)
