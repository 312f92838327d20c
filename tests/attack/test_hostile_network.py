"""A hostile network: it drops, repeats, reorders, cuts off, changes and makes up, and has nobody's key."""

import asyncio

import pytest

from attack.hostile import last_of
from openline.journal.entry import LINE_PAYLOAD_TYPE, Lane, encode_payload
from openline.journal.envelope import seal
from openline.journal.keys import SigningKey
from openline.link import https
from openline.node.ports import MAX_QUARANTINE_BYTES, MAX_QUARANTINE_ROWS
from simulation.test_restores import assert_journals_verify
from simulation.test_two_nodes_one_line import EASTBOUND, WATCH, WESTBOUND, alarms, assert_one_picture
from simulation.war_room import HOUR_MS, NOW_MS, WarRoom, flight
from unit.link.line_room import LineRoom, kinds_of


@pytest.fixture
def room() -> WarRoom:
    room = WarRoom()
    room["bravo"].file(flight(room.id(), WESTBOUND), NOW_MS)
    room.exchange()
    return room


def words_of(room: WarRoom, count: int = 5) -> list[bytes]:
    """So many checks of bravo, sealed, that alpha has not heard yet."""
    for _ in range(count):
        room["bravo"].check(room.accord_id, WATCH, room.now_ms)
    return room["bravo"].outbound(room.accord_id)


def received(room: WarRoom) -> int:
    return room.status("alpha").lanes["urgent"].received


def test_what_is_dropped_is_asked_for_and_comes(room: WarRoom) -> None:
    said = words_of(room)
    heard = room["alpha"].receive(room.accord_id, said[3:], room.now_ms)
    assert (heard.taken, len(heard.answers)) == (0, 1)
    again = room["bravo"].receive(room.accord_id, heard.answers, room.now_ms).answers
    assert list(again) == said
    room["alpha"].receive(room.accord_id, again, room.now_ms)
    assert received(room) == len(said)


def test_what_is_reordered_is_taken_in_the_order_in_which_it_was_said(room: WarRoom) -> None:
    said = words_of(room)
    for _ in range(len(said)):
        room["alpha"].receive(room.accord_id, said[::-1], room.now_ms)
    assert received(room) == len(said)
    room.exchange()
    assert_one_picture(room)
    assert_journals_verify(room)


def test_what_is_repeated_is_acted_on_once(room: WarRoom) -> None:
    said = words_of(room)
    first = room["alpha"].receive(room.accord_id, said, room.now_ms)
    again = [room["alpha"].receive(room.accord_id, said, room.now_ms) for _ in range(3)]
    assert first.taken == len(said)
    assert [it.taken for it in again] == [0, 0, 0]
    assert received(room) == len(said)


def test_a_recording_played_back_hides_no_silence(room: WarRoom) -> None:
    recorded = [*words_of(room), room["bravo"].heads(room.accord_id, room.now_ms)]
    room["alpha"].receive(room.accord_id, recorded, room.now_ms)
    later = NOW_MS + HOUR_MS
    for at_ms in range(NOW_MS, later, HOUR_MS // 10):
        room["alpha"].receive(room.accord_id, recorded, at_ms)
    room["alpha"].tick(later)
    assert room["alpha"].status(later)[0].state == "silent"
    assert "LINE SILENT" in alarms(room, "alpha")


def test_what_is_cut_off_is_kept_apart_and_what_was_whole_is_taken() -> None:
    line = LineRoom()
    line.room["bravo"].file(flight(line.room.id(), WESTBOUND), NOW_MS)
    line.room.open_session()
    (sealed,) = line.room["bravo"].outbound(line.room.accord_id)[:1]
    answer = line.post(sealed + b"\n" + sealed[:100])
    assert kinds_of(answer.content) == ["application/vnd.openline.lam.v1+json"]
    assert line.quarantined() == ["batch-truncated"]
    assert line.holdings()[0]["bravo/routine"] == 1


@pytest.mark.parametrize("change", ["payload", "signature", "key id"])
def test_who_has_no_key_changes_no_word_unnoticed(change: str, room: WarRoom) -> None:
    (sealed, *_) = words_of(room, 1)
    words = {"payload": b'"payload":"', "signature": b'"sig":"', "key id": b'"keyid":"'}
    at = sealed.index(words[change]) + len(words[change]) + 8
    forged = sealed[:at] + (b"A" if sealed[at : at + 1] != b"A" else b"B") + sealed[at + 1 :]
    heard = room["alpha"].receive(room.accord_id, [forged], room.now_ms)
    assert [it.error for it in heard.problems] == ["unverifiable"]
    assert received(room) == 0


def test_who_has_no_key_speaks_in_nobodys_name(room: WarRoom) -> None:
    _, payload = last_of(room, "bravo", "NOTICE")
    forged = seal(encode_payload(payload), LINE_PAYLOAD_TYPE, [SigningKey.from_seed(b"m" * 32)])
    heard = room["alpha"].receive(room.accord_id, [forged], room.now_ms)
    assert [it.code for it in heard.problems] == ["key-unknown"]


def test_what_one_party_said_is_never_taken_as_the_others(room: WarRoom) -> None:
    """Reflected: our own words, sent back to us."""
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room.open_session()
    ours = room["alpha"].outbound(room.accord_id)
    heads = room["alpha"].heads(room.accord_id, room.now_ms)
    heard = room["alpha"].receive(room.accord_id, [*ours, heads], room.now_ms)
    assert heard.taken == 0
    assert {it.code for it in heard.problems} == {"not-asked-for", "key-unknown"}


def test_a_flood_of_garbage_is_bounded_and_counted(room: WarRoom) -> None:
    garbage = b"{" * (2 * MAX_QUARANTINE_BYTES)
    flood = MAX_QUARANTINE_ROWS + 50
    room["alpha"].receive(room.accord_id, [garbage] * flood, room.now_ms)
    with room["alpha"].looking() as (tx, _, _own):
        kept = tx.quarantined()
        assert tx.counters()["unverifiable/envelope-malformed"] == flood
    assert len(kept) == MAX_QUARANTINE_ROWS
    assert max(len(row.data) for row in kept) == MAX_QUARANTINE_BYTES
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room.exchange()
    assert_one_picture(room)


def test_a_stranger_learns_neither_who_is_here_nor_which_lines_there_are() -> None:
    line = LineRoom()
    unknown = line.post(b"x\n", accord="0" * 36)
    garbage = line.post(b"x\n")
    assert unknown.status_code == 404
    for answer in (unknown, garbage):
        assert not [name for name in (b"alpha", b"bravo", b"Alpha") if name in answer.content]


def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(https, "BODY_TIMEOUT_S", 0.01)
    line = LineRoom()
    told: list[dict[str, object]] = []

    async def drip() -> dict[str, object]:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": b"{", "more_body": True}

    async def send(message: dict[str, object]) -> None:
        told.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/line/v1/{line.room.accord_id}",
        "query_string": b"",
        "headers": [(b"content-type", b"application/vnd.openline.batch")],
    }
    asyncio.run(line.app.asgi(scope, drip, send))  # type: ignore[arg-type]
    assert told[0]["status"] in (413, 503)
    assert line.holdings()[0]["bravo/urgent"] == 0


def test_what_passes_a_lane_passes_it_in_both_trees(room: WarRoom) -> None:
    """After all of it, both sides hold identical trees over identical bytes."""
    said = words_of(room)
    room["alpha"].receive(room.accord_id, [b"", said[2], said[0], said[0], b"}", *said[1:]], room.now_ms)
    room.exchange()
    assert_journals_verify(room)
    assert room.status("alpha").root == room.status("bravo").root
    assert received(room) == room.status("bravo").lanes[Lane.URGENT.value].said
