"""A message is read over the telephone first, and the sealed original comes later: as it was read, or not."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from openline.aloud.heard import Call, Typed, verified
from openline.aloud.lines import Line, Spoken, spoken
from openline.coordination.fact import Fact
from openline.coordination.messages import Kind, Officer, Reason, Suspend
from openline.errors import LimitExceeded, OpenlineError
from openline.journal.canonical import encode_sorted
from openline.journal.entry import LINE_PAYLOAD_TYPE, Entry, Lane, Payload, open_line
from openline.journal.envelope import seal
from openline.node import hearing, telephoned
from openline.node.desk import Desk
from openline.node.ports import TelephonedRow
from openline.node.telephoned import CallState, enter, set_aside, telephoned_rows
from simulation.test_carried_by_hand import carry
from simulation.test_two_nodes_one_line import EASTBOUND, alarms, assert_one_picture, inventory
from simulation.war_room import NOW_MS, WarRoom, flight

FOX = Officer(position="watch", pseudonym="fox", automaton=False)
OWL = Officer(position="supervisor", pseudonym="owl", automaton=False)


def last_said(room: WarRoom, name: str, lane: Lane) -> Entry:
    with room[name].looking() as (tx, desks, _own):
        number = desks[room.accord_id].said(lane).number
        entry = tx.entry(room.accord_id, name, lane, number)
        assert entry is not None
        return entry


def call_of(message: Spoken, *, whole: bool = True) -> Call:
    typed = [Typed(line.label, line.value, line.check) for line in message.lines]
    return verified(typed, message.whole if whole else None)


def told(room: WarRoom, call: Call, name: str = "bravo") -> TelephonedRow:
    with room[name].step(room.now_ms) as step:
        return enter(step, call, OWL)


def rows(room: WarRoom, name: str = "bravo") -> list[dict[str, Any]]:
    with room[name].looking() as (tx, desks, _own):
        return telephoned_rows(tx, desks)


def with_value(message: Spoken, label: str, value: str) -> Spoken:
    """The same page with another value, and with the checks of that: a caller who reads something else."""
    lines = [Line(it.number, it.label, value if it.label == label else it.value) for it in message.lines]
    return Spoken(tuple(lines))


def suspended() -> tuple[WarRoom, Spoken]:
    """Alpha has suspended the line, and no network tells bravo."""
    room = WarRoom(41)
    room["alpha"].say(room.accord_id, Kind.SUSPEND, Suspend(reason=Reason.TECHNICAL), NOW_MS)
    return room, spoken(last_said(room, "alpha", Lane.URGENT))


def test_a_call_is_seen_at_once_and_marked_unverified() -> None:
    room, message = suspended()
    row = told(room, call_of(message))
    assert (row.kind, row.lane, row.place, row.state) == ("SUSPEND", Lane.URGENT, 1, CallState.UNVERIFIED)
    (shown,) = rows(room)
    assert (shown["position"], shown["pseudonym"], shown["entered_ms"]) == ("supervisor", "owl", NOW_MS)
    assert shown["words"] == ["reason: technical"]
    with room["bravo"].looking() as (tx, _, _own):
        (alarm,) = tx.alarms()
    assert alarm.kind == "TELEPHONED UNVERIFIED"
    wanted = ("SUSPEND by telephone from alpha", "reason: technical", "owl at supervisor", "not verified")
    for words in wanted:
        assert words in alarm.text


def test_a_call_is_information_and_nothing_follows_from_it() -> None:
    """No journal, no picture, no digest, no state of the line, and nothing to say."""
    room, message = suspended()
    before = room.status("bravo"), inventory(room, "bravo")
    told(room, call_of(message))
    room["bravo"].tick(room.now_ms)
    assert (room.status("bravo"), inventory(room, "bravo")) == before
    room.open_session()
    assert room["bravo"].outbound(room.accord_id) == []


@pytest.mark.parametrize("way", ["stick", "network"])
def test_the_original_that_matches_verifies_it_and_ends_the_alarm(way: str, tmp_path: Path) -> None:
    room, message = suspended()
    told(room, call_of(message))
    carry(room, "alpha", tmp_path) if way == "stick" else room.exchange()
    (shown,) = rows(room)
    assert shown["state"] == CallState.VERIFIED
    assert shown["original"] == last_said(room, "alpha", Lane.URGENT).hash
    assert not any(field["differs"] for field in shown["fields"])
    assert alarms(room, "bravo") == []


@pytest.mark.parametrize("way", ["stick", "network"])
def test_the_original_that_differs_raises_an_alarm_that_names_the_fields(way: str, tmp_path: Path) -> None:
    room, message = suspended()
    told(room, call_of(with_value(message, "reason", "weather")))
    carry(room, "alpha", tmp_path) if way == "stick" else room.exchange()
    assert alarms(room, "bravo") == ["TELEPHONED DIFFERS"]
    with room["bravo"].looking() as (tx, _, _own):
        assert "on reason." in tx.alarms()[0].text
    (shown,) = rows(room)
    assert shown["state"] == CallState.DIFFERS
    assert [field for field in shown["fields"] if field["differs"]] == [
        {"label": "reason", "telephoned": "weather", "original": "technical", "differs": True}
    ]
    room.exchange()
    assert_one_picture(room)


def test_a_message_under_another_seal_differs_even_where_every_field_is_equal() -> None:
    """The caller read another message: the hash tells."""
    room, message = suspended()
    told(room, call_of(with_value(message, "the-seal", "0" * 12)))
    room.exchange()
    assert [it["label"] for it in rows(room)[0]["fields"] if it["differs"]] == ["the-seal"]


def test_a_call_typed_after_the_original_has_come_is_compared_at_once() -> None:
    room, message = suspended()
    room.exchange()
    assert told(room, call_of(message)).state == CallState.VERIFIED
    assert told(room, call_of(with_value(message, "reason", "weather"))).state == CallState.DIFFERS
    assert alarms(room, "bravo") == ["TELEPHONED DIFFERS"]


def test_of_a_call_that_broke_off_what_was_heard_is_compared() -> None:
    room = WarRoom(42)
    room["alpha"].file(flight(room.id(), EASTBOUND, callsign="ALF1"), NOW_MS)
    message = spoken(last_said(room, "alpha", Lane.ROUTINE))
    half = call_of(Spoken(message.lines[:9]), whole=False)
    told(room, half)
    assert "The call broke off." in first_alarm(room)
    room.exchange()
    assert rows(room)[0]["state"] == CallState.VERIFIED


def first_alarm(room: WarRoom) -> str:
    with room["bravo"].looking() as (tx, _, _own):
        return tx.alarms()[0].text


def test_one_that_is_whole_differs_where_the_original_says_more() -> None:
    room = WarRoom(42)
    room["alpha"].file(flight(room.id(), EASTBOUND, callsign="ALF1"), NOW_MS)
    message = spoken(last_said(room, "alpha", Lane.ROUTINE))
    told(room, call_of(Spoken(message.lines[:-1])))
    room.exchange()
    (differing,) = [it for it in rows(room)[0]["fields"] if it["differs"]]
    assert (differing["label"], differing["telephoned"]) == (message.lines[-1].label, None)


def test_an_officer_who_has_seen_to_it_ends_the_alarm() -> None:
    room, message = suspended()
    first = told(room, call_of(message))
    with room["bravo"].step(room.now_ms) as step:
        assert set_aside(step, first.number, FOX).state == CallState.SET_ASIDE
    assert alarms(room, "bravo") == []
    room.exchange()
    assert rows(room)[0]["state"] == CallState.SET_ASIDE
    with room.parties["bravo"].store.reading() as tx:
        kinds = [record.kind for record in tx.private_records(0, 100)]
    assert "telephoned-set-aside" in kinds


@pytest.mark.parametrize(
    ("label", "value", "code"),
    [
        ("the-mark", "REAL", "exercise-and-real"),
        ("the-sender", "bravo", "not-theirs"),
        ("the-accord", "00000000", "no-such-line"),
        ("the-accord", "", "no-such-line"),
    ],
)
def test_a_call_that_is_none_of_this_line_is_refused(label: str, value: str, code: str) -> None:
    room, message = suspended()
    with pytest.raises(OpenlineError) as caught:
        told(room, call_of(with_value(message, label, value)))
    assert caught.value.code == code
    assert rows(room) == []


def test_the_same_call_is_kept_once_and_another_of_its_number_beside_it() -> None:
    room, message = suspended()
    told(room, call_of(message))
    with pytest.raises(OpenlineError) as caught:
        told(room, call_of(message))
    assert caught.value.code == "entered-already"
    told(room, call_of(with_value(message, "reason", "weather")))
    assert len(rows(room)) == 2


def test_calls_are_bounded_and_those_that_are_settled_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telephoned, "MAX_TELEPHONED", 3)
    room, message = suspended()
    calls = [call_of(with_value(message, "reason", reason)) for reason in list(Reason)[:5]]
    numbers = [told(room, call).number for call in calls[:3]]
    with pytest.raises(LimitExceeded) as caught:
        told(room, calls[3])
    assert caught.value.clause == "MAX_TELEPHONED"
    with room["bravo"].step(room.now_ms) as step:
        set_aside(step, numbers[1], FOX)
    assert told(room, calls[3]).number == 4
    assert [it["number"] for it in rows(room)] == [4, 3, 1]


def test_what_was_telephoned_survives_a_restart() -> None:
    room, message = suspended()
    told(room, call_of(message))
    room.parties["bravo"].restart()
    assert [it["state"] for it in rows(room)] == [CallState.UNVERIFIED]
    assert rows(room, "alpha") == []


def test_an_original_that_was_answered_lrm_is_compared_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read may be what no node accepts: people have to know that it was really sent so."""

    def refuse(desk: Desk, fact: Fact, *_: object) -> None:
        if fact.kind is Kind.SUSPEND:
            raise LimitExceeded("over-the-cap", "too much", field="reason")

    room, message = suspended()
    told(room, call_of(message))
    monkeypatch.setattr(hearing, "_check_under_accord", refuse)
    room.exchange()
    assert room.status("bravo").lanes["urgent"].said == 1
    assert rows(room)[0]["state"] == CallState.VERIFIED


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":' * 60 + b"1" + b"}" * 60,
        b"[" * 3_000 + b"]" * 3_000,
        b"[1,[2]]",
        b'"text"',
        b"1.5",
        b"null",
        b"1" * 6_000,
        b'{"latitude_e9":"x","longitude_e9":[]}',
        b'{"latitude_e9":1.5,"longitude_e9":true}',
        b'{"x_ms":9223372036854775808,"y_dmm":1e300}',
        b'{"the-seal":"x","the-seal":"y"}',
        b'{"":{"":[]}}',
    ],
)
def test_a_hostile_original_stops_no_comparison(body: bytes) -> None:
    """Signed by the partner, and nothing that any kind could be."""
    room, message = suspended()
    entry = last_said(room, "alpha", Lane.URGENT)
    payload = open_line(entry.sealed, None)
    hostile = Payload(place=payload.place, kind=payload.kind, body=msgspec.Raw(body))
    key = room.parties["alpha"].node_key
    sealed = seal(encode_sorted(hostile), LINE_PAYLOAD_TYPE, [key])
    told(room, call_of(message))
    room["bravo"].receive(room.accord_id, [sealed], NOW_MS)
    if room.status("bravo").lanes["urgent"].received:
        (shown,) = rows(room)
        assert shown["state"] == CallState.DIFFERS
        assert alarms(room, "bravo") == ["TELEPHONED DIFFERS"]
