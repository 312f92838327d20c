"""What `openline simulate` has found, each as a small story, so that it stays found."""

import pytest

from openline.accord.clauses import Caps, Disclosure
from openline.airspace.operation import State
from openline.coordination.calls import Emergency, Nature, Taken, Wanted
from openline.coordination.fields import Officer
from openline.coordination.messages import Kind
from openline.errors import Refused
from openline.journal.entry import Lane
from simulation.test_two_nodes_one_line import EASTBOUND
from simulation.war_room import NOW_MS, WarRoom, flight

FOX = Officer(position="watch", pseudonym="fox", automaton=False)
EMERGENCY = Emergency(nature=Nature.DISTRESS, wanted=Wanted.CALL_US, officer=FOX)
MINUTE_MS = 60_000

TELLING = Disclosure(fields=("callsign",))
SILENT = Disclosure()


def speaks_first(room: WarRoom, name: str, **terms: object) -> None:
    """The second version of the accord is signed, and one side says IN_FORCE; the other has yet to."""
    bundle = room.signed(room.draft(version=2, exercise=True, **terms))
    room[name].install_accord(bundle.data, room.now_ms)
    room.exchange()


def callsigns(room: WarRoom, name: str) -> list[str | None]:
    with room[name].looking() as (_, desks, _own):
        return [told.notice.callsign for told in desks[room.accord_id].line.picture.all_told()]


def test_who_speaks_under_a_version_tells_what_that_version_lets_it_tell() -> None:
    """It told what the earlier version allowed and sealed it under the later one; its own check refused that,
    and every tick failed until the partner had come along.
    """
    room = WarRoom(disclosure=TELLING)
    room.exchange()
    speaks_first(room, "alpha", disclosure=SILENT)
    filed = room["alpha"].file(flight(room.id(), EASTBOUND, callsign="ALF1"), room.now_ms)
    room.exchange()
    assert callsigns(room, "bravo") == [None]
    room["alpha"].transit(filed.operation_id, State.ENDED, room.now_ms)
    room["alpha"].tick(room.now_ms)
    room.exchange()
    assert room.status("alpha").digest == room.status("bravo").digest


def test_a_notice_is_held_to_the_caps_of_the_version_that_it_names() -> None:
    """The partner's IN_FORCE may cross it: then its receiver has the later caps, and its sender had not."""
    room = WarRoom()
    room.exchange()
    room["alpha"].file(flight(room.id(), EASTBOUND), room.now_ms)
    crossing = room["alpha"].outbound(room.accord_id)
    narrow = Caps(priority=0, area_m2=1, duration_ms=1, horizon_ms=1, open_notices=1)
    bundle = room.signed(room.draft(version=2, exercise=True, caps=narrow))
    room["bravo"].install_accord(bundle.data, room.now_ms)
    heard = room["bravo"].receive(room.accord_id, crossing, room.now_ms)
    assert heard.taken == 1
    assert room.status("bravo").notices["alpha"] == 1


def test_an_urgent_version_may_overtake_the_one_whose_place_it_keeps() -> None:
    """It was answered LRM, as it did not lie inside the version before last: a flight that had left its plan
    vanished from the partner's picture.
    """
    room = WarRoom()
    room.exchange()
    filed = room["alpha"].file(flight(room.id(), EASTBOUND), room.now_ms)
    room.exchange()
    elsewhere = [(lat - 3, lon, level, minutes) for lat, lon, level, minutes in EASTBOUND]
    room["alpha"].file(flight(filed.operation_id, elsewhere), room.now_ms)
    room["alpha"].transit(filed.operation_id, State.CONTINGENT, room.now_ms)
    urgent, routine = room["alpha"].outbound(room.accord_id)
    for sealed in (urgent, routine):
        room["bravo"].receive(room.accord_id, [sealed], room.now_ms)
    with room["bravo"].looking() as (_, desks, _own):
        desk = desks[room.accord_id]
        (told,) = desk.line.picture.all_told()
        assert (told.state, told.version, told.place_version) == (State.CONTINGENT, 3, 2)
        assert [desk.said(lane).number for lane in Lane] == [0, 0], "nothing was answered LRM"


@pytest.mark.parametrize("name", ["alpha", "bravo"])
def test_a_clock_that_is_put_back_holds_no_ladder_up(name: str) -> None:
    """Waiting was counted from a moment that had not come yet: nobody was called for as long as the leap."""
    room = WarRoom()
    room.exchange()
    call = room["alpha"].say(room.accord_id, Kind.EMERGENCY, EMERGENCY, NOW_MS)
    room.exchange()
    kind = {"alpha": "NOT TAKEN", "bravo": "ESCALATED"}[name]
    for at_ms in (NOW_MS - 60 * MINUTE_MS, NOW_MS + 5_000):
        room[name].tick(at_ms)
        assert kind in standing(room, name), "and who was called stays called"
    room.exchange()
    room["bravo"].say(room.accord_id, Kind.TAKEN, Taken(answers=call.hash, officer=FOX), NOW_MS + 6_000)
    room.exchange()
    assert kind not in standing(room, name)


def test_where_one_of_several_works_tears_the_transaction_the_others_are_done_all_the_same() -> None:
    """Those that had not begun yet were dropped, and nobody was told."""
    room = WarRoom()
    room.exchange()
    node = room["alpha"]

    def torn() -> None:
        node.say(room.accord_id, Kind.EMERGENCY, EMERGENCY, NOW_MS)
        raise Refused("changed-its-mind", "after it had said something")

    def said() -> str:
        return node.say(room.accord_id, Kind.EMERGENCY, EMERGENCY, NOW_MS).hash

    outcomes = node.together([torn, said, said], NOW_MS)
    assert [type(it.fault) for it in outcomes] == [Refused, type(None), type(None)]
    room.exchange()
    with room["bravo"].looking() as (_, desks, _own):
        calls = {call.hash for call in desks[room.accord_id].line.picture.conversed.calls()}
    assert {it.value for it in outcomes[1:]} <= calls


def standing(room: WarRoom, name: str) -> set[str]:
    with room[name].looking() as (tx, _, _own):
        return {alarm.kind for alarm in tx.alarms()}
