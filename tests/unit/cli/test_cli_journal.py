"""A journal that somebody has written into, and proofs for somebody who has only two public keys."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from openline.journal.entry import LaneHead
from unit.cli.by_hand import Centre, Done, exchange, flight, found_centres, in_conflict, openline, written

Tamper = Callable[[sqlite3.Connection], object]


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A line on which much was said: a settled conflict, a check, a suspension."""
    root = tmp_path_factory.mktemp("standing")
    alpha, bravo = in_conflict(root)
    name = alpha.ok("conflicts")[0]["conflict_id"]
    alpha.ok("coordinate", "counter", name, "--level", 370)
    exchange(alpha, bravo)
    bravo.ok("coordinate", "accept", name)
    alpha.ok("line", "check", "--position", "supervisor", "--pseudonym", "fox")
    exchange(alpha, bravo)
    bravo.ok("accord", "suspend")
    bravo.ok("accord", "resume")
    alpha.ok("file", written(root / "late.geojson", flight("LATE9", [(44.0, 7.0), (44.0, 9.0)])))
    exchange(alpha, bravo)
    return root


@pytest.fixture
def centres(standing: Path, tmp_path: Path) -> tuple[Centre, Centre]:
    shutil.copytree(standing, tmp_path / "copy")
    return Centre(tmp_path / "copy/alpha"), Centre(tmp_path / "copy/bravo")


def tamper(centre: Centre, change: Tamper) -> None:
    with closing(sqlite3.connect(centre.database)) as database, database:
        change(database)


def lane_rows(database: sqlite3.Connection, sender: str, lane: str = "routine") -> list[tuple[Any, ...]]:
    columns = "number, hash, kind, sealed, at_ms"
    query = f"SELECT {columns} FROM entry WHERE sender = ? AND lane = ? ORDER BY number"
    return database.execute(query, (sender, lane)).fetchall()


def test_what_nobody_touched_is_whole_on_both_sides(centres: tuple[Centre, Centre]) -> None:
    ours, theirs = (centre.ok("journal", "verify") for centre in centres)
    assert ours["verified"]
    assert ours["findings"] == theirs["findings"] == []
    assert ours["entries"] == theirs["entries"] > 10
    assert ours["root"] == theirs["root"] == ours["lines"][0]["root"]
    assert ours["lines"][0]["digest"] == theirs["lines"][0]["digest"]
    assert ours["lines"][0]["digest"] == centres[0].ok("line", "status")[0]["digest"]
    assert "whole" in centres[0]("journal", "verify").out


def test_what_the_partner_rejected_is_in_the_journal_and_in_no_picture(
    centres: tuple[Centre, Centre],
) -> None:
    """Alpha says a notice under bravo's id, which bravo journals and answers LRM: no finding."""
    import msgspec

    from openline.bootstrap import open_node
    from openline.coordination.messages import Kind

    alpha, bravo = centres
    opened = open_node(alpha.directory)
    with opened.store:
        with opened.node.looking() as (_, desks, _own):
            (desk,) = desks.values()
            theirs = next(told.notice for told in desk.line.picture.all_told() if told.party == "bravo")
        wrong = msgspec.structs.replace(theirs, version=theirs.version + 1, keeps_place=False, agreed=None)
        opened.node.say(desk.accord_id, Kind.NOTICE, wrong, opened.clock.now_ms())
    exchange(alpha, bravo)
    kinds = [row["kind"] for row in alpha.ok("journal", "show", "--limit", 1000)]
    assert "LRM" in kinds
    reports = [centre.ok("journal", "verify") for centre in centres]
    assert reports[0]["lines"][0]["digest"] == reports[1]["lines"][0]["digest"]
    assert reports[0]["root"] == reports[1]["root"]


# What is changed in place ----------------------------------------------------------------------------


def flip(table: str, column: str, where: str = "1") -> Tamper:
    """One bit of the first blob or text in that column."""

    def change(database: sqlite3.Connection) -> None:
        row, value = database.execute(
            f"SELECT rowid, {column} FROM {table} WHERE {where} ORDER BY rowid LIMIT 1"
        ).fetchone()
        data = bytearray(value.encode() if isinstance(value, str) else value)
        data[len(data) // 2] ^= 1
        harmed = data.decode("latin-1") if isinstance(value, str) else bytes(data)
        database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (harmed, row))

    return change


def run(*statements: str) -> Tamper:
    def change(database: sqlite3.Connection) -> None:
        for statement in statements:
            assert database.execute(statement).rowcount > 0, statement

    return change


def swap_two(database: sqlite3.Connection) -> None:
    first, second = lane_rows(database, "alpha")[:2]
    database.execute("DELETE FROM entry WHERE sender = 'alpha' AND lane = 'routine' AND number IN (1, 2)")
    (accord,) = database.execute("SELECT accord_id FROM accord").fetchone()
    for number, row in ((1, second), (2, first)):
        database.execute(
            "INSERT INTO entry (accord_id, sender, lane, number, hash, kind, sealed, at_ms)"
            " VALUES (?, 'alpha', 'routine', ?, ?, ?, ?, ?)",
            (accord, number, *row[1:]),
        )


def other_message_in_place(database: sqlite3.Connection) -> None:
    """A whole, well signed message of the lane under another's number, with its own hash beside it."""
    rows = lane_rows(database, "bravo")
    database.execute("DELETE FROM entry WHERE sender = 'bravo' AND lane = 'routine' AND number = 1")
    database.execute(
        "UPDATE entry SET number = 1 WHERE sender = 'bravo' AND lane = 'routine' AND number = ?",
        (rows[-1][0],),
    )


OURS = "sender = 'alpha' AND lane = 'routine'"
TAMPERED = {
    "a byte of a message of ours": (flip("entry", "sealed", OURS), "hash-wrong"),
    "a byte of a message of theirs": (flip("entry", "sealed", "sender = 'bravo'"), "hash-wrong"),
    "a byte of an urgent message": (flip("entry", "sealed", "lane = 'urgent'"), "hash-wrong"),
    "a stored hash": (run(f"UPDATE entry SET hash = '{'0' * 64}' WHERE {OURS} AND number = 2"), "hash-wrong"),
    "a kind": (run(f"UPDATE entry SET kind = 'CHECK' WHERE {OURS} AND number = 1"), "kind-wrong"),
    "a message as text": (
        run(f"UPDATE entry SET sealed = CAST(sealed AS TEXT) WHERE {OURS} AND number = 2"),
        "row-unreadable",
    ),
    "an entry dropped": (run(f"DELETE FROM entry WHERE {OURS} AND number = 2"), "gap"),
    "the last entry dropped": (
        run(f"DELETE FROM entry WHERE {OURS} AND number = (SELECT max(number) FROM entry WHERE {OURS})"),
        "cut-off",
    ),
    "two entries swapped": (swap_two, "number-wrong"),
    "a message under another number": (other_message_in_place, "number-wrong"),
    "a lane's head": (run(f"UPDATE lane SET number = number - 1 WHERE {OURS}"), "head-wrong"),
    "a lane's frontier": (flip("lane", "frontier", OURS), "head-wrong"),
    "a lane's head as junk": (run(f"UPDATE lane SET number = 'many' WHERE {OURS}"), "head-unreadable"),
    "a byte of a LAM": (flip("lam", "sealed"), "envelope-malformed"),
    "a LAM's number": (run("UPDATE lam SET number = number + 100 WHERE sender = 'alpha'"), "lam-row-wrong"),
    "a picture's value": (
        run("UPDATE picture SET value = CAST(replace(value, 'ALP1', 'ALP7') AS BLOB) WHERE kind = 'notice'"),
        "picture-row-wrong",
    ),
    "a picture's state": (
        run("UPDATE picture SET state = 'Ended v9' WHERE kind = 'notice'"),
        "picture-row-wrong",
    ),
    "who has to move": (
        run("UPDATE picture SET party = 'alpha' WHERE kind = 'conflict'"),
        "picture-row-wrong",
    ),
    "a picture's row dropped": (run("DELETE FROM picture WHERE kind = 'conflict'"), "picture-row-missing"),
    "a picture's row invented": (
        run(
            "INSERT INTO picture SELECT accord_id, kind, 'invented', party, state, value FROM picture LIMIT 1"
        ),
        "picture-row-extra",
    ),
    "a picture's row as text": (
        run("UPDATE picture SET value = CAST(value AS TEXT) WHERE kind = 'notice'"),
        "picture-unreadable",
    ),
    "a picture's row as junk": (
        run("UPDATE picture SET value = x'7b' WHERE kind = 'notice'"),
        "picture-row-wrong",
    ),
    "a byte of the private journal": (
        run("UPDATE private_journal SET body = CAST(replace(body, 'Accepted', 'Activated') AS BLOB)"),
        "hash-wrong",
    ),
    "a time in the private journal": (
        run("UPDATE private_journal SET at_ms = at_ms + 1 WHERE number = 2"),
        "hash-wrong",
    ),
    "a private record dropped": (run("DELETE FROM private_journal WHERE number = 2"), "gap"),
    "a private record as text": (
        run("UPDATE private_journal SET body = CAST(body AS TEXT) WHERE number = 2"),
        "row-unreadable",
    ),
    "a private record's link as junk": (
        run("UPDATE private_journal SET previous = 'x' WHERE number = 2"),
        "row-unreadable",
    ),
    "an operation's state": (run("UPDATE operation SET state = 'Activated'"), "operation-row-wrong"),
    "an operation's value": (
        run("UPDATE operation SET value = CAST(replace(value, 'Accepted', 'Activated') AS BLOB)"),
        "operation-row-wrong",
    ),
    "an operation gone": (run("DELETE FROM operation"), "operation-missing"),
    "whose notice it is": (
        run(
            "UPDATE notice SET notice_id = '00000000-0000-4000-8000-000000000000' WHERE operation_id ="
            " (SELECT min(operation_id) FROM notice)"
        ),
        "notice-row-extra",
    ),
    "the accord": (flip("accord", "bundle"), "bundle-malformed"),
    "the accord gone": (run("DELETE FROM accord"), "accord-missing"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_verify_finds(centres: tuple[Centre, Centre], what: str) -> None:
    change, code = TAMPERED[what]
    alpha, _ = centres
    tamper(alpha, change)
    done = alpha("journal", "verify", "--json")
    assert done.code == 3, done.out + done.err
    assert not done.json["verified"]
    found = {finding["code"] for finding in done.json["findings"]}
    if what in ("a byte of a LAM", "the accord"):  # which check a flipped bit meets first is chance
        assert found
    else:
        assert code in found, found
    as_text = alpha("journal", "verify")
    assert as_text.code == 3
    assert "NOT WHOLE" in as_text.out


def test_every_byte_of_a_message_counts(centres: tuple[Centre, Centre]) -> None:
    alpha, _ = centres
    with closing(sqlite3.connect(alpha.database)) as database:
        row, sealed = database.execute(
            f"SELECT rowid, sealed FROM entry WHERE {OURS} AND number = 2"
        ).fetchone()
    for place in range(0, len(sealed), max(1, len(sealed) // 12)):
        harmed = bytearray(sealed)
        harmed[place] ^= 0x20

        def change(database: sqlite3.Connection, value: bytes = bytes(harmed)) -> None:
            database.execute("UPDATE entry SET sealed = ? WHERE rowid = ?", (value, row))

        tamper(alpha, change)
        assert alpha("journal", "verify").code == 3, place


# What is cut off the end ------------------------------------------------------------------------------


def cut_the_end(centre: Centre, sender: str, keep: int) -> None:
    """As a careful forger would: entries, head, LAMs and picture all as if the rest had never been said."""

    def change(database: sqlite3.Connection) -> None:
        rows = lane_rows(database, sender)
        assert len(rows) > keep
        head = LaneHead.empty()
        for row in rows[:keep]:
            head = head.extend(row[3])
        of = (sender, keep)
        database.execute("DELETE FROM entry WHERE sender = ? AND lane = 'routine' AND number > ?", of)
        database.execute("DELETE FROM lam WHERE sender = ? AND lane = 'routine' AND number > ?", of)
        database.execute(
            "UPDATE lane SET number = ?, hash = ?, frontier = ? WHERE sender = ? AND lane = 'routine'",
            (head.number, head.hash, head.frontier, sender),
        )
        database.execute("DELETE FROM picture WHERE kind = 'notice' AND key = ?", (_notice_of(rows[-1][3]),))

    tamper(centre, change)


def _notice_of(sealed: bytes) -> str:
    from openline.journal.entry import open_line

    return str(json.loads(bytes(open_line(sealed, None).body)).get("notice_id"))


@pytest.mark.parametrize("side", ["the sender", "the receiver"])
def test_an_end_that_was_cut_off_shows_only_against_the_partner(
    centres: tuple[Centre, Centre], tmp_path: Path, side: str
) -> None:
    """The last thing that alpha said was a NOTICE; one of the two lets it vanish without a trace."""
    alpha, bravo = centres
    forger, honest = (alpha, bravo) if side == "the sender" else (bravo, alpha)
    with closing(sqlite3.connect(alpha.database)) as database:
        rows = lane_rows(database, "alpha")
    assert rows[-1][2] == "NOTICE"
    file = tmp_path / "honest.checkpoint"
    assert honest.ok("journal", "checkpoint", "--out", file)["lines"] >= 3
    assert forger.ok("journal", "verify", "--against", file)["verified"]
    cut_the_end(forger, "alpha", len(rows) - 1)
    told = "DELETE FROM notice WHERE notice_id = ?"
    tamper(forger, lambda database: database.execute(told, (_notice_of(rows[-1][3]),)))
    alone = forger("journal", "verify", "--json")
    assert alone.json["findings"] == []
    against = forger("journal", "verify", "--against", file, "--json")
    assert against.code == 3
    assert {finding["code"] for finding in against.json["findings"]} == {"cut-off"}
    assert honest.ok("journal", "verify", "--against", file)["verified"]


def test_a_forked_lane_shows_against_the_partner(centres: tuple[Centre, Centre], tmp_path: Path) -> None:
    alpha, bravo = centres
    shutil.copytree(alpha.directory, tmp_path / "twin")
    twin = Centre(tmp_path / "twin")
    alpha.ok("line", "check", "--position", "supervisor", "--pseudonym", "fox")
    exchange(alpha, bravo)
    twin.ok("line", "check", "--position", "supervisor", "--pseudonym", "owl")
    bravo.ok("journal", "checkpoint", "--out", tmp_path / "word")
    done = twin("journal", "verify", "--against", tmp_path / "word", "--json")
    assert done.code == 3
    assert {finding["code"] for finding in done.json["findings"]} >= {"forked", "root-wrong"}


@pytest.mark.parametrize("harm", ["byte", "stranger", "empty", "junk"])
def test_a_checkpoint_that_nobody_vouches_for_is_not_held_against_anybody(
    centres: tuple[Centre, Centre], tmp_path: Path, harm: str
) -> None:
    alpha, bravo = centres
    file = tmp_path / "word"
    bravo.ok("journal", "checkpoint", "--out", file)
    data = file.read_bytes()
    at = data.index(b'"sig":"') + 20
    harmed = {
        "byte": data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :],
        "stranger": _word_of_strangers(tmp_path / "strangers"),
        "empty": b"\n",
        "junk": b"junk",
    }
    file.write_bytes(harmed[harm])
    done = alpha("journal", "verify", "--against", file, "--json")
    assert done.code in (3, 4)
    assert done.fault["error"] in ("unverifiable", "not-found")


def _word_of_strangers(root: Path) -> bytes:
    root.mkdir()
    stranger, _ = found_centres(root)
    stranger.ok("journal", "checkpoint", "--out", root / "word")
    return (root / "word").read_bytes()


# Proofs ---------------------------------------------------------------------------------------------


def keys_of(*centres: Centre) -> list[str]:
    found = [centre.ok("accord", "key") for centre in centres]
    return [word for one in found for word in ("--key", f"{one['party']}={one['key']}")]


def prove(centre: Centre, file: Path, *entry: object) -> Done:
    return centre("journal", "prove", *entry, "--out", file, "--json")


def test_a_stranger_with_two_keys_checks_a_proof_and_sees_only_that_message(
    centres: tuple[Centre, Centre], tmp_path: Path
) -> None:
    alpha, bravo = centres
    file = tmp_path / "one.proof"
    (request,) = [row for row in bravo.ok("journal", "show", "--limit", 100) if row["kind"] == "REQUEST"]
    keys = keys_of(alpha, bravo)
    for prover, entry in (
        (bravo, (request["hash"][:10],)),
        (bravo, (f"routine:{request['number']}",)),
        (alpha, (f"routine:{request['number']}", "--theirs")),
    ):
        made = prove(prover, file, *entry)
        assert (made.code, made.json["acknowledged"]) == (0, True)
        report = openline("journal", "check", file, *keys, "--json").json
        assert (report["sender"], report["kind"], report["hash"]) == ("bravo", "REQUEST", request["hash"])
        assert report["sent"]
        assert report["acknowledged"]
        assert report["sent_at_ms"] == report["received_at_ms"] == 1_533_103_200_000
        assert b"ALP1" not in file.read_bytes()
    words = openline("journal", "check", file, *keys).out
    assert "bravo sealed this REQUEST" in words
    assert "alpha acknowledged" in words
    assert openline("--directory", bravo.directory, "journal", "check", file).code == 0


def test_what_is_not_acknowledged_is_proved_as_sent_only(
    centres: tuple[Centre, Centre], tmp_path: Path
) -> None:
    alpha, bravo = centres
    fact = alpha.ok("line", "check", "--position", "supervisor", "--pseudonym", "fox")
    made = prove(alpha, tmp_path / "one.proof", fact["message"])
    assert made.json["acknowledged"] is False
    report = openline("journal", "check", tmp_path / "one.proof", *keys_of(alpha), "--json").json
    assert (report["sent"], report["acknowledged"], report["received_at_ms"]) == (True, False, None)
    assert "Sent, not acknowledged" in report["words"]
    exchange(alpha, bravo)
    prove(alpha, tmp_path / "one.proof", fact["message"])
    assert openline("journal", "check", tmp_path / "one.proof", *keys_of(alpha, bravo), "--json").json[
        "acknowledged"
    ]


def test_a_proof_that_was_changed_or_is_checked_with_other_keys_is_unverifiable(
    centres: tuple[Centre, Centre], tmp_path: Path
) -> None:
    alpha, bravo = centres
    file, harmed = tmp_path / "one.proof", tmp_path / "harmed.proof"
    prove(alpha, file, "routine:1")
    keys = keys_of(alpha, bravo)
    data = file.read_bytes()
    for place in range(0, len(data), len(data) // 25):
        harmed.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        done = openline("journal", "check", harmed, *keys, "--json")
        assert (done.code, done.out, done.fault["error"]) == (3, "", "unverifiable"), place
    eve = Centre(tmp_path / "eve")
    eve.ok("init", "--party", "alpha")
    done = openline("journal", "check", file, *keys_of(eve, bravo), "--json")
    assert (done.code, done.fault["code"]) == (3, "key-unknown")
    assert openline("journal", "check", file, *keys_of(alpha), "--json").fault["code"] == "party-unknown"


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (("prove", "ffffffff", "--out", "x"), 4, "no-such-entry"),
        (("prove", "routine:999", "--out", "x"), 4, "no-such-entry"),
        (("prove", "routine:two", "--out", "x"), 2, "bad-entry-name"),
        (("prove", "slow:2", "--out", "x"), 2, "no-such-lane"),
        (("prove", "routine:1", "--out", "/no/such/folder/x"), 5, "file-unwritable"),
        (("check", "no-such-file", "--key", "alpha"), 2, "bad-key"),
        (("check", "no-such-file", "--key", "alpha=00"), 2, "key-malformed"),
        (("check", "no-such-file"), 4, "no-such-file"),
        (("show", "ffffffff"), 4, "no-such-entry"),
        (("verify", "--against", "no-such-file"), 4, "no-such-file"),
    ],
)
def test_what_is_asked_for_wrongly_is_named(
    centres: tuple[Centre, Centre], arguments: tuple[str, ...], exit_code: int, code: str
) -> None:
    done = centres[0]("journal", *arguments, "--json")
    assert (done.code, done.fault["code"]) == (exit_code, code)


def test_without_keys_and_without_a_node_nobody_is_trusted(tmp_path: Path) -> None:
    done = openline("--directory", tmp_path, "journal", "check", tmp_path / "x", "--json")
    assert (done.code, done.fault["code"]) == (2, "key-missing")


def test_a_message_of_a_tampered_journal_is_not_proved(
    centres: tuple[Centre, Centre], tmp_path: Path
) -> None:
    alpha, _ = centres
    tamper(alpha, flip("entry", "sealed", f"{OURS} AND number = 1"))
    done = prove(alpha, tmp_path / "x", "routine:1")
    assert (done.code, done.fault["error"]) == (3, "unverifiable")
    assert not (tmp_path / "x").exists()


def test_the_journal_is_shown_in_both_directions_and_message_by_message(
    centres: tuple[Centre, Centre],
) -> None:
    alpha, _ = centres
    rows = alpha.ok("journal", "show", "--limit", 1000)
    assert {row["sender"] for row in rows} == {"alpha", "bravo"}
    assert {row["lane"] for row in rows} == {"urgent", "routine"}
    assert alpha.ok("journal", "show", "--limit", 3) == rows[-3:]
    whole = alpha.ok("journal", "show", rows[0]["hash"][:12])
    assert whole["place"]["number"] == rows[0]["number"]
    assert whole["body"]
