"""Both sides read the same card, whatever was lost on the way; and it counts what happened."""

import random

import pytest

from openline.airspace.limits import DAY_MS
from openline.coordination.calls import Taken
from openline.coordination.fields import Officer
from openline.coordination.messages import Check, Kind, Shown
from openline.coordination.scorecard import Scorecard
from openline.errors import Invalid
from openline.node.officer import Move
from openline.node.spoken import scorecard_of
from openline.simulation.world import Setup, World
from simulation.test_calls import EMERGENCY, FOX, OWL, ROBOT, say
from simulation.test_two_nodes_one_line import EASTBOUND, WESTBOUND, views
from simulation.war_room import HOUR_MS, NAMES, NOW_MS, WarRoom, flight

SPAN = (NOW_MS - HOUR_MS, NOW_MS + DAY_MS)


def card(room: WarRoom, name: str, span: tuple[int, int] = SPAN) -> Scorecard:
    with room[name].looking() as (tx, desks, _own):
        return scorecard_of(tx, desks[room.accord_id], *span)


@pytest.mark.parametrize("seed", range(4))
def test_after_a_storm_in_which_lams_were_lost_both_sides_read_the_same_card(seed: int) -> None:
    world = World(Setup(seed=seed))
    world.begin()
    while world.steps < 150:
        world.step()
    world.heal()
    (line,) = world.lines.values()
    cards = []
    for name in line.names:
        with world.centres[name].node.looking() as (tx, desks, _own):
            span = (0, world.scheduler.now_ms)
            cards.append(scorecard_of(tx, desks[line.accord_id], max(0, span[1] - 300 * DAY_MS), span[1]))
    assert cards[0] == cards[1]
    assert sum(side.stored.count for side in cards[0].sides.values()) > 0


def test_a_lam_that_was_lost_is_asked_for_and_says_the_time_that_it_said_first() -> None:
    room = WarRoom(7)
    room.exchange()
    for number in range(3):  # each is stored at bravo, and alpha hears of it only at the end
        room["alpha"].say(room.accord_id, Kind.CHECK, Check(officer=FOX), room.now_ms)
        room["bravo"].receive(room.accord_id, room["alpha"].outbound(room.accord_id), room.now_ms + number)
        room.now_ms += 1_000
    room.exchange()
    assert _lams(room, "alpha") == _lams(room, "bravo")
    assert len(_lams(room, "alpha")) == 3


def _lams(room: WarRoom, name: str) -> list[bytes]:
    with room[name].looking() as (tx, desks, _own):
        rows = [row for lane in desks[room.accord_id].heads for row in tx.lams(room.accord_id, *lane)]
        return [row.sealed for row in rows if row.sender == "alpha"]


def test_it_counts_what_happened_and_to_whom() -> None:
    room = WarRoom(8, minimum_notice_ms=30 * 60_000)
    room.exchange()
    room["alpha"].file(flight(room.id(), EASTBOUND), room.now_ms)
    room.exchange()
    room["bravo"].file(flight(room.id(), WESTBOUND), room.now_ms)
    room.exchange()
    (view,) = views(room, "alpha")
    asker = view.mover
    room.now_ms += 60_000
    room[room.other(asker)].move(room.accord_id, view.conflict_id, Move(kind=Kind.ACP), room.now_ms)
    room.exchange()
    message = say(room, "alpha", Kind.EMERGENCY, EMERGENCY)
    room.now_ms += 5_000
    say(room, "bravo", Kind.SHOWN, Shown(messages=(message,), officer=ROBOT))
    room.now_ms += 2_000
    say(room, "bravo", Kind.SHOWN, Shown(messages=(message,), officer=OWL))
    room.now_ms += 30_000
    say(room, "bravo", Kind.TAKEN, Taken(answers=message, officer=OWL))
    say(room, "alpha", Kind.CHECK, Check(officer=FOX))
    room.now_ms += 10_000
    room["bravo"].check(
        room.accord_id, Officer(position="watch", pseudonym="hen", automaton=False), room.now_ms
    )
    room.exchange()
    found = card(room, "alpha")
    assert found == card(room, "bravo")
    bravo, other = found.sides["bravo"], found.sides[room.other(asker)]
    assert (bravo.shown.count, bravo.shown.longest_ms, bravo.shown.late) == (1, 7_000, 0)
    assert found.sides["alpha"].notices.told == found.sides["bravo"].notices.told == 1
    assert other.answered.longest_ms in (60_000, 37_000)
    assert found.sides[asker].asked == found.sides[asker].granted == 1
    assert other.gave_way == 1  # it let the other fly as filed
    assert bravo.answered.late == 1  # the emergency was taken after 37 s; 30 s were agreed
    assert bravo.answered.count == (3 if asker == "alpha" else 2)


def test_checks_at_the_agreed_hours_are_counted_as_kept_or_not() -> None:
    room = WarRoom(9)  # 06:00; agreed are 09:00 and 17:00
    room.exchange()
    room.now_ms = NOW_MS + 3 * HOUR_MS + 60_000
    say(room, "alpha", Kind.CHECK, Check(officer=FOX))
    room["bravo"].check(room.accord_id, OWL, room.now_ms)
    room.exchange()
    for name in NAMES:
        found = card(room, name, (NOW_MS, NOW_MS + 16 * HOUR_MS))
        assert (found.checks_due, found.checks_kept) == (2, 1)


def test_a_span_that_makes_no_sense_is_refused() -> None:
    room = WarRoom(random.Random(1).randrange(9))
    for span in ((2, 1), (5, 5), (0, 400 * DAY_MS)):
        with pytest.raises(Invalid) as caught:
            card(room, "alpha", span)
        assert caught.value.code == "bad-span"
