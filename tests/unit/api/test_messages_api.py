"""GET /api/messages: what was said, as its reader reads it; GET /api/words: the words around it."""

import pytest

from openline.coordination.calls import Alert, AlertNature
from openline.coordination.conversation import FreeText
from openline.coordination.fields import Officer
from openline.coordination.messages import Kind
from openline.node.reading import last_messages, messages_after
from openline.phrases.alarms import ALARMS
from openline.phrases.catalogue import Language
from unit.api.api_room import ApiRoom

OFFICER = Officer(position="watch", pseudonym="one", automaton=False)


@pytest.fixture(scope="module")
def room() -> ApiRoom:
    room = ApiRoom()
    alpha, bravo = room.room["alpha"], room.room["bravo"]
    alpha.say(
        room.room.accord_id, Kind.TEXT, FreeText(text="Guten Morgen", officer=OFFICER), room.room.now_ms
    )
    alert = Alert(nature=AlertNature.WEATHER, officer=OFFICER)
    bravo.say(room.room.accord_id, Kind.ALERT, alert, room.room.now_ms)
    room.room.exchange()
    return room


def test_each_reader_gets_the_same_bytes_in_his_own_language(room: ApiRoom) -> None:
    said = {it: room.get("/api/messages", params={"language": it.value}).json() for it in Language}
    bodies = [[(row["hash"], row["body"]) for row in rows] for rows in said.values()]
    assert all(it == bodies[0] for it in bodies)
    assert {row["kind"] for row in said[Language.ENGLISH]} >= {"NOTICE", "CONFLICT", "TEXT", "ALERT"}
    headlines = {tuple(row["phrase"]["headline"] for row in rows) for rows in said.values()}
    assert len(headlines) == len(Language)
    assert {row["phrase"]["direction"] for row in said[Language.ARABIC]} == {"rtl"}


def test_a_flight_is_named_by_its_callsign_in_what_is_said_of_it_later(room: ApiRoom) -> None:
    (conflict,) = [row for row in room.get("/api/messages").json() if row["kind"] == "CONFLICT"][:1]
    assert "SWR1 (" in conflict["phrase"]["headline"]
    assert "EDW1 (" in conflict["phrase"]["headline"]


def test_free_text_is_marked_as_not_translated(room: ApiRoom) -> None:
    rows = room.get("/api/messages", params={"language": "fr", "html": "yes"}).json()
    (text,) = [row for row in rows if row["kind"] == "TEXT"]
    free = [line for line in text["phrase"]["lines"] if not line["translated"]]
    assert [line["value"] for line in free] == ["Guten Morgen"]
    assert 'translate="no"' in text["phrase"]["html"]


@pytest.mark.parametrize(
    ("header", "query", "language"),
    [("ru-RU,en;q=0.5", "", "ru"), ("ru", "?language=zh", "zh"), ("de", "", "en"), ("", "", "en")],
)
def test_the_query_counts_before_what_the_browser_accepts(
    room: ApiRoom, header: str, query: str, language: str
) -> None:
    rows = room.get(f"/api/messages{query}", headers={"accept-language": header}).json()
    assert {row["phrase"]["language"] for row in rows} == {language}


def test_units_and_coordinates_are_the_readers(room: ApiRoom) -> None:
    wanted = {"units": "metres", "coordinates": "decimal", "distance": "nm", "limit": "200"}
    rows = room.get("/api/messages", params=wanted).json()
    (notice, *_) = [row for row in rows if row["kind"] == "NOTICE"]
    text = notice["phrase"]["text"]
    assert "m (flight level" in text
    assert "° N " in text
    assert "′" not in text
    assert "NM (" in text


def test_what_came_after_a_message_is_read_in_pages_without_gap(room: ApiRoom) -> None:
    every = [row["hash"] for row in room.get("/api/messages", params={"limit": "200"}).json()]
    read = every[:1]
    while page := room.get("/api/messages", params={"after": read[-1], "limit": "2"}).json():
        read += [row["hash"] for row in page]
    assert read == every
    urgent = room.get("/api/messages", params={"lane": "urgent"}).json()
    assert {row["lane"] for row in urgent} == {"urgent"}


@pytest.mark.parametrize(
    ("query", "code", "status"),
    [
        ("language=tlh", "no-such-language", 400),
        ("units=furlongs", "no-such-units", 400),
        ("coordinates=grid", "wrong-type", 400),
        ("lane=express", "no-such-lane", 400),
        ("after=00", "no-such-entry", 404),
        ("accord=00", "no-such-line", 404),
        ("limit=100000", "too-many-rows", 413),
    ],
)
def test_what_cannot_be_meant_is_refused(room: ApiRoom, query: str, code: str, status: int) -> None:
    answer = room.get(f"/api/messages?{query}")
    assert (answer.json()["code"], answer.status_code) == (code, status)


def test_the_words_of_the_page_come_in_the_readers_language(room: ApiRoom) -> None:
    words = room.get("/api/words", params={"language": "ar"}).json()
    assert (words["language"], words["direction"]) == ("ar", "rtl")
    assert words["kinds"]["EMERGENCY"] == "طوارئ"
    assert words["codes"]["DialogueState"]["ACCEPTED"] == "جرى القبول"
    assert words["line_states"]["silent"] == "صامت"
    assert set(words["alarms"]) == set(ALARMS)
    assert set(words["alarms"]["LINE SILENT"]) == {"heading", "meaning", "remedy"}
    assert words != room.get("/api/words").json()


def test_both_ways_of_reading_the_journal_agree(room: ApiRoom) -> None:
    with room.room["alpha"].looking() as (tx, desks, _own):
        every = last_messages(tx, desks.values(), 1_000)
        after = messages_after(tx, desks.values(), 1_000, every[0].entry.hash)
        assert [it.entry.hash for it in after] == [it.entry.hash for it in every[1:]]
