"""Emergencies and what else cannot wait, between whole nodes: nobody needs to be there for it to be heard,
and it ends only when both sides say so.
"""

from collections.abc import Iterator

import msgspec
import pytest

from openline.coordination.call_view import CallState, CallView
from openline.coordination.calls import (
    Close,
    Emergency,
    Escalated,
    Identified,
    Identify,
    Nature,
    Readback,
    Taken,
    Wanted,
    Whose,
)
from openline.coordination.conversation import DutyAct, FreeText, Minutes, Talk, TalkAct
from openline.coordination.fact import Fact
from openline.coordination.fields import Officer, Reason, Where
from openline.coordination.messages import Check, Kind, Shown, Suspend
from openline.coordination.readback import values_of
from openline.errors import OpenlineError, Refused
from openline.journal.entry import LINE_PAYLOAD_TYPE, Lane, decode_payload
from openline.journal.envelope import open_envelope
from simulation.war_room import HOUR_MS, NAMES, NOW_MS, WarRoom

FOX = Officer(position="watch", pseudonym="fox", automaton=False)
OWL = Officer(position="supervisor", pseudonym="owl", automaton=False)
ROBOT = Officer(position="watch", pseudonym="relay", automaton=True)
PLACE = Where(latitude_e9=35_300_000_000, longitude_e9=40_100_000_000, radius_dmm=20_000_000)
EMERGENCY = Emergency(nature=Nature.ENDANGERED, wanted=Wanted.STOP, officer=FOX, where=PLACE)


@pytest.fixture
def room() -> WarRoom:
    opened = WarRoom(3)
    opened.exchange()
    return opened


def say(room: WarRoom, name: str, kind: Kind, body: msgspec.Struct, *, heard: bool = True) -> str:
    fact = room[name].say(room.accord_id, kind, body, room.now_ms)
    if heard:
        room.exchange()
    return fact.hash


def alarms(room: WarRoom, name: str) -> dict[str, str]:
    """By kind, the text of the last one that stands."""
    with room[name].looking() as (tx, _, _own):
        return {row.kind: row.text for row in tx.alarms()}


def call(room: WarRoom, name: str, message: str) -> CallView:
    with room[name].looking() as (_, desks, _own):
        view = desks[room.accord_id].line.picture.conversed.call(message)
    assert view is not None
    return view


def said(room: WarRoom, name: str, kind: Kind) -> list[Fact]:
    with room[name].looking() as (_, desks, _own):
        facts = desks[room.accord_id].line.picture.all_facts()
        return [fact for fact in facts if fact.kind is kind and fact.stamp.sender == name]


def pass_time(room: WarRoom, ms: int) -> None:
    room.now_ms += ms
    for name in NAMES:
        room[name].tick(room.now_ms)
    room.exchange()


def refused(room: WarRoom, name: str, kind: Kind, body: msgspec.Struct) -> str:
    with pytest.raises(OpenlineError) as caught:
        say(room, name, kind, body)
    return caught.value.code


def test_an_emergency_alarms_the_other_side_in_the_step_in_which_it_arrives(room: WarRoom) -> None:
    say(room, "alpha", Kind.EMERGENCY, EMERGENCY)
    assert "EMERGENCY" in alarms(room, "bravo")
    assert "EMERGENCY" in alarms(room, "alpha")


def test_an_emergency_goes_before_whatever_waits_and_through_a_suspension(room: WarRoom) -> None:
    for number in range(100):
        say(room, "alpha", Kind.TEXT, FreeText(text=f"number {number}", officer=FOX), heard=False)
    say(room, "bravo", Kind.SUSPEND, Suspend(reason=Reason.INSTRUCTED), heard=False)
    say(room, "alpha", Kind.EMERGENCY, EMERGENCY, heard=False)
    first = decode_payload(open_envelope(room["alpha"].outbound(room.accord_id)[0]).payload)
    assert open_envelope(room["alpha"].outbound(room.accord_id)[0]).payload_type == LINE_PAYLOAD_TYPE
    assert (first.kind, first.place.lane) == ("EMERGENCY", Lane.URGENT)
    room.exchange()
    assert "EMERGENCY" in alarms(room, "bravo")
    assert refused(room, "alpha", Kind.TEXT, FreeText(text="hello", officer=FOX)) == "accord-suspended"
    say(room, "bravo", Kind.EMERGENCY, EMERGENCY)  # the side that suspended may call, too


def test_nobody_on_duty_the_ladder_is_climbed_by_itself_and_each_rung_is_said_once(room: WarRoom) -> None:
    message = say(room, "alpha", Kind.EMERGENCY, EMERGENCY)
    pass_time(room, 29_999)
    assert said(room, "bravo", Kind.ESCALATED) == []
    assert "NOT TAKEN" not in alarms(room, "alpha")
    pass_time(room, 1)
    assert _positions(room) == ["supervisor"]
    assert "call supervisor now" in alarms(room, "bravo")["ESCALATED"]
    assert "shown to nobody" in alarms(room, "alpha")["NOT TAKEN"]
    room.parties["bravo"].restart()
    pass_time(room, 89_999)
    assert _positions(room) == ["supervisor"]
    pass_time(room, 1)
    assert _positions(room) == ["supervisor", "commander"]
    assert "SHOWN MISSING" in alarms(room, "alpha")
    say(room, "bravo", Kind.TAKEN, Taken(answers=message, officer=OWL))
    assert call(room, "alpha", message).state is CallState.TAKEN
    pass_time(room, HOUR_MS)
    assert _positions(room) == ["supervisor", "commander"]
    assert not alarms(room, "bravo").keys() & {"ESCALATED"}
    assert not alarms(room, "alpha").keys() & {"NOT TAKEN", "SHOWN MISSING"}


def _positions(room: WarRoom) -> list[str]:
    facts = said(room, "bravo", Kind.ESCALATED)
    ordered = sorted(facts, key=lambda fact: fact.stamp.number)
    return [fact.body.position for fact in ordered if isinstance(fact.body, Escalated)]


def test_an_emergency_that_a_broken_line_held_up_has_its_ladder_from_when_it_arrives(room: WarRoom) -> None:
    message = say(room, "alpha", Kind.EMERGENCY, EMERGENCY, heard=False)
    room.now_ms += HOUR_MS
    for name in NAMES:
        room[name].tick(room.now_ms)
    assert "NOT TAKEN" in alarms(room, "alpha")  # the caller is told to use other means
    room.exchange()
    assert call(room, "bravo", message).escalated == ()
    pass_time(room, 30_000)
    assert _positions(room) == ["supervisor"]


def test_any_officer_may_take_it_an_automaton_may_not_and_a_second_is_told_who_has_it(room: WarRoom) -> None:
    message = say(room, "alpha", Kind.EMERGENCY, EMERGENCY)
    assert refused(room, "alpha", Kind.TAKEN, Taken(answers=message, officer=FOX)) == "own-call"
    assert refused(room, "bravo", Kind.TAKEN, Taken(answers=message, officer=ROBOT)) == "automaton"
    say(room, "bravo", Kind.TAKEN, Taken(answers=message, officer=OWL))
    assert refused(room, "bravo", Kind.TAKEN, Taken(answers=message, officer=FOX)) == "already-taken"


def test_an_emergency_stands_until_both_sides_have_closed_it(room: WarRoom) -> None:
    message = say(room, "alpha", Kind.EMERGENCY, EMERGENCY)
    say(room, "bravo", Kind.TAKEN, Taken(answers=message, officer=OWL))
    say(room, "alpha", Kind.CLOSE, Close(answers=message, officer=FOX))
    pass_time(room, 24 * HOUR_MS)
    assert all("EMERGENCY" in alarms(room, name) for name in NAMES)
    assert "bravo owes CLOSE" in alarms(room, "alpha")["ANSWER MISSING"]
    assert refused(room, "alpha", Kind.CLOSE, Close(answers=message, officer=FOX)) == "already-closed"
    say(room, "bravo", Kind.CLOSE, Close(answers=message, officer=OWL))
    pass_time(room, 1_000)
    assert all(not alarms(room, name).keys() & {"EMERGENCY", "ANSWER MISSING"} for name in NAMES)
    assert refused(room, "bravo", Kind.TAKEN, Taken(answers=message, officer=OWL)) == "call-over"


def test_shown_counts_for_the_position_at_which_a_person_saw_it(room: WarRoom) -> None:
    message = say(room, "alpha", Kind.EMERGENCY, EMERGENCY)
    say(room, "bravo", Kind.SHOWN, Shown(messages=(message,), officer=ROBOT))
    assert _shown_at(room, message) == frozenset()
    say(room, "bravo", Kind.SHOWN, Shown(messages=(message,), officer=OWL))
    assert _shown_at(room, message) == {"supervisor"}
    shown = said(room, "bravo", Kind.SHOWN)
    assert {fact.stamp.lane for fact in shown} == {Lane.URGENT}
    pass_time(room, 31_000)
    assert "SHOWN MISSING" not in alarms(room, "alpha")
    assert "shown at supervisor" in alarms(room, "alpha")["NOT TAKEN"]


def _shown_at(room: WarRoom, message: str) -> frozenset[str]:
    with room["alpha"].looking() as (_, desks, _own):
        return desks[room.accord_id].line.picture.conversed.shown_at(message)


def test_a_place_understood_nine_kilometres_off_alarms_both_sides_until_it_is_read_back_right(
    room: WarRoom,
) -> None:
    message = say(room, "alpha", Kind.EMERGENCY, EMERGENCY)
    (right,) = values_of(EMERGENCY)
    wrong = msgspec.structs.replace(right, longitude_e9=40_199_000_000)
    say(room, "bravo", Kind.READBACK, Readback(answers=message, values=(wrong,), officer=OWL))
    for name in NAMES:
        assert "9.0 km off" in alarms(room, name)["READBACK DIFFERS"]
    say(room, "bravo", Kind.READBACK, Readback(answers=message, values=(right,), officer=OWL))
    assert all("READBACK DIFFERS" not in alarms(room, name) for name in NAMES)
    strange = msgspec.structs.replace(right, name="elsewhere")
    readback = Readback(answers=message, values=(strange,), officer=OWL)
    assert refused(room, "bravo", Kind.READBACK, readback) == "value-unknown"


def test_what_was_not_read_back_in_time_is_an_alarm(room: WarRoom) -> None:
    message = say(room, "alpha", Kind.EMERGENCY, EMERGENCY)
    say(room, "bravo", Kind.TAKEN, Taken(answers=message, officer=OWL))
    pass_time(room, 120_001)
    assert "bravo owes READBACK" in alarms(room, "alpha")["ANSWER MISSING"]
    assert "bravo owes READBACK" in alarms(room, "bravo")["ANSWER MISSING"]


def test_whose_aircraft_this_is_has_a_clock_and_to_say_nothing_is_an_answer(room: WarRoom) -> None:
    identify = Identify(where=PLACE, seen_ms=NOW_MS, officer=FOX)
    message = say(room, "alpha", Kind.IDENTIFY, identify)
    pass_time(room, 120_001)
    assert "bravo owes IDENTIFIED" in alarms(room, "alpha")["ANSWER MISSING"]
    answer = Identified(answers=message, whose=Whose.WILL_NOT_SAY, officer=OWL)
    say(room, "bravo", Kind.IDENTIFIED, answer)
    assert call(room, "alpha", message).state is CallState.ANSWERED
    assert not alarms(room, "alpha").keys() & {"IDENTIFY", "ANSWER MISSING"}
    say(room, "bravo", Kind.CHECK, Check(officer=OWL))
    pass_time(room, 300_001)
    assert "CHECK UNANSWERED" in alarms(room, "bravo")


def talk(act: TalkAct, follows: str | None, **more: int) -> Talk:
    identifier = "0c000000-0000-4000-8000-000000000001"
    return Talk(talk_id=identifier, act=act, officer=FOX, follows=follows, **more)


def test_a_talk_is_proposed_moved_and_confirmed_and_its_minutes_are_signed_by_both(room: WarRoom) -> None:
    first = say(
        room, "alpha", Kind.TALK, talk(TalkAct.PROPOSE, None, start_ms=NOW_MS + HOUR_MS, duration_ms=600_000)
    )
    assert refused(room, "alpha", Kind.TALK, talk(TalkAct.CONFIRM, first)) == "not-your-move"
    second = say(room, "bravo", Kind.TALK, talk(TalkAct.MOVE, first, start_ms=NOW_MS + 2 * HOUR_MS))
    assert refused(room, "alpha", Kind.TALK, talk(TalkAct.CONFIRM, first)) == "superseded"
    pass_time(room, 24 * HOUR_MS + 1)
    assert "alpha owes TALK" in alarms(room, "bravo")["ANSWER MISSING"]
    say(room, "alpha", Kind.TALK, talk(TalkAct.CONFIRM, second))
    minutes = Minutes(talk_id=talk(TalkAct.PROPOSE, None).talk_id, items=(), officer=OWL)
    written = say(room, "bravo", Kind.MINUTES, minutes)
    signed = msgspec.structs.replace(minutes, officer=FOX, agrees=written)
    say(room, "alpha", Kind.MINUTES, signed)
    for name in NAMES:
        with room[name].looking() as (_, desks, _own):
            view = desks[room.accord_id].line.picture.conversed.talk(minutes.talk_id)
        assert view is not None
        assert (view.start_ms, view.minutes_state.value) == (NOW_MS + 2 * HOUR_MS, "AGREED")
    assert refused(room, "bravo", Kind.MINUTES, signed) == "superseded"


def test_a_handover_leaves_nothing_unanswered_behind(room: WarRoom) -> None:
    bravo = room["bravo"]
    bravo.shift(DutyAct.ON, FOX, room.now_ms)
    message = say(room, "alpha", Kind.EMERGENCY, EMERGENCY)
    assert _shift_fault(room, DutyAct.OFF, FOX) == "left-unanswered"
    later = msgspec.structs.replace(FOX, pseudonym="hare")
    assert _shift_fault(room, DutyAct.ON, later) == "seat-taken"
    assert _shift_fault(room, DutyAct.HANDOVER, OWL) == "nobody-to-relieve"
    (fact,) = bravo.shift(DutyAct.HANDOVER, later, room.now_ms)
    assert (fact.body.relieved, fact.body.taken_over) == ("fox", (message,))  # type: ignore[attr-defined]
    assert _shift_fault(room, DutyAct.OFF, FOX) == "not-on-duty"
    bravo.shift(DutyAct.ON, OWL, room.now_ms)
    bravo.shift(DutyAct.OFF, later, room.now_ms)  # somebody else is there to answer
    room.exchange()
    with room["alpha"].looking() as (_, desks, _own):
        assert desks[room.accord_id].line.picture.conversed.on_duty("bravo") == {"supervisor": OWL}


def _shift_fault(room: WarRoom, act: DutyAct, officer: Officer) -> str:
    with pytest.raises(Refused) as caught:
        room["bravo"].shift(act, officer, room.now_ms)
    return caught.value.code


def test_where_free_text_is_switched_off_none_is_said(room: WarRoom) -> None:
    silent = WarRoom(4, free_text=False)
    silent.exchange()
    assert refused(silent, "alpha", Kind.TEXT, FreeText(text="hello", officer=FOX)) == "free-text-off"
    with_text = msgspec.structs.replace(EMERGENCY, text="hello")
    assert refused(silent, "alpha", Kind.EMERGENCY, with_text) == "free-text-off"
    say(silent, "alpha", Kind.EMERGENCY, EMERGENCY)


def test_a_line_check_that_nobody_held_at_its_hour_is_an_alarm_until_one_is_held() -> None:
    room = WarRoom(5)  # it begins at 06:00; the first agreed check is at 09:00
    room.exchange()
    say(room, "alpha", Kind.CHECK, Check(officer=FOX))
    room["bravo"].check(room.accord_id, OWL, room.now_ms)
    pass_time(room, 3 * HOUR_MS + 300_000)
    assert all("LINE CHECK MISSED" not in alarms(room, name) for name in NAMES)
    pass_time(room, 1)
    assert all("LINE CHECK MISSED" in alarms(room, name) for name in NAMES)
    say(room, "alpha", Kind.CHECK, Check(officer=FOX))
    room["bravo"].check(room.accord_id, OWL, room.now_ms)
    room.exchange()
    pass_time(room, 1_000)
    assert all("LINE CHECK MISSED" not in alarms(room, name) for name in NAMES)


def test_both_sides_owe_each_other_the_same_answers(room: WarRoom) -> None:
    say(room, "alpha", Kind.EMERGENCY, EMERGENCY)
    say(room, "bravo", Kind.IDENTIFY, Identify(where=PLACE, seen_ms=NOW_MS, officer=OWL))
    say(room, "bravo", Kind.CHECK, Check(officer=OWL))
    assert len(list(_owed(room, "alpha"))) == 4
    assert list(_owed(room, "alpha")) == list(_owed(room, "bravo"))


def _owed(room: WarRoom, name: str) -> Iterator[object]:
    from openline.coordination.owed import owed

    with room[name].looking() as (_, desks, _own):
        yield from owed(desks[room.accord_id].line)
