"""What people say in earnest, said through the console's API."""

from pathlib import Path

import icalendar
import pytest

from openline.coordination.messages import Kind
from openline.node.calling import SAYABLE
from unit.api.api_room import ApiRoom

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "console-api.md"
WHO = {"position": "watch", "pseudonym": "fox", "automaton": False}
EMERGENCY = {
    "nature": "endangered",
    "wanted": "stop",
    "officer": WHO,
    "where": {"latitude_e9": 35_300_000_000, "longitude_e9": 40_100_000_000},
}
SAY = "/api/lines/{accord}/say/"


@pytest.fixture
def room() -> ApiRoom:
    return ApiRoom()


def test_an_emergency_said_here_is_listed_with_what_may_be_said_of_it(room: ApiRoom) -> None:
    said = room.post(SAY + "emergency", EMERGENCY).json()
    assert (said["kind"], said["lane"]) == ("EMERGENCY", "urgent")
    (call,) = room.get("/api/calls").json()
    assert (call["message"], call["state"], call["your_moves"]) == (said["hash"], "OPEN", ["CLOSE"])
    assert call["values"] == [
        {"name": "where", "latitude_e9": 35_300_000_000, "longitude_e9": 40_100_000_000}
    ]
    (owed,) = [it for it in room.get("/api/owed").json() if it["answer"] == "TAKEN"]
    assert (owed["by"], owed["message"], owed["overdue"]) == ("bravo", said["hash"], False)
    assert room.post(SAY + "close", {"answers": said["hash"], "officer": WHO}).status_code == 200
    again = room.post(SAY + "close", {"answers": said["hash"], "officer": WHO})
    assert (again.status_code, again.json()["code"]) == (409, "already-closed")


def test_what_would_be_void_is_refused_and_says_nothing(room: ApiRoom) -> None:
    before = room.holdings()
    cases = {
        "taken": ({"answers": "ab" * 32, "officer": WHO}, 404, "no-such-call"),
        "readback": (
            {"answers": "ab" * 32, "officer": WHO, "values": [{"name": "where", "time_ms": 1}]},
            404,
            "no-such-message",
        ),
        "text": ({"text": "\u202eabc", "officer": WHO}, 400, "not-a-text"),
        "minutes": (
            {"talk_id": "0c000000-0000-4000-8000-000000000001", "items": [], "officer": WHO},
            404,
            "no-such-talk",
        ),
        "shift": ({"act": "on", "officer": WHO}, 404, "no-such-kind"),
        "notice": ({}, 404, "no-such-kind"),
        "emergency": ({**EMERGENCY, "target": "x"}, 400, "unknown-field"),
    }
    for kind, (body, status, code) in cases.items():
        answer = room.post(SAY + kind, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), kind
    assert room.holdings() == before


def test_everything_that_people_say_is_in_the_reference_of_the_api() -> None:
    assert Kind.SHIFT not in SAYABLE
    text = REFERENCE.read_text(encoding="utf-8")
    assert [kind for kind in SAYABLE if f"`{kind.value.lower()}`" not in text] == []


def test_a_talk_is_a_calendar_entry_that_replaces_what_a_calendar_has(room: ApiRoom) -> None:
    talk_id = "0c000000-0000-4000-8000-000000000001"
    start_ms = room.room.now_ms + 3_600_000
    proposed = {
        "talk_id": talk_id,
        "act": "propose",
        "officer": WHO,
        "start_ms": start_ms,
        "duration_ms": 1_800_000,
        "agenda": [{"topic": "incident", "text": "yesterday"}],
    }
    tip = room.post(SAY + "talk", proposed).json()["hash"]
    (row,) = room.get("/api/talks").json()
    assert (row["state"], row["your_moves"]) == ("PROPOSED", ["move", "cancel"])
    first = event(room, talk_id)
    assert (first["UID"], first["SEQUENCE"], first["STATUS"]) == (f"{talk_id}@openline", 0, "TENTATIVE")
    assert first.decoded("DTSTART").timestamp() * 1000 == start_ms
    assert (first.decoded("DTEND") - first.decoded("DTSTART")).total_seconds() == 1_800
    assert "EXERCISE" in first["SUMMARY"]
    cancelled = {"talk_id": talk_id, "act": "cancel", "officer": WHO, "follows": tip}
    assert room.post(SAY + "talk", cancelled).status_code == 200
    last = event(room, talk_id)
    assert (last["UID"], last["SEQUENCE"], last["STATUS"]) == (f"{talk_id}@openline", 1, "CANCELLED")


def event(room: ApiRoom, talk_id: str) -> icalendar.Event:
    answer = room.get(f"/api/talks/{talk_id}.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    (found,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    return found


def test_a_seat_is_taken_handed_over_and_told(room: ApiRoom) -> None:
    assert room.post("/api/duty", {"act": "on", **WHO}).status_code == 200
    other = {**WHO, "pseudonym": "owl"}
    assert room.post("/api/duty", {"act": "on", **other}).json()["code"] == "seat-taken"
    assert room.post("/api/duty", {"act": "handover", **other}).status_code == 200
    (seat,) = room.get("/api/duty").json()
    assert (seat["party"], seat["position"], seat["pseudonym"]) == ("alpha", "watch", "owl")
    assert room.post("/api/duty", {"act": "off", **other}).json()["code"] == "left-unanswered"
