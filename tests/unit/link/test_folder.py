"""Files on a stick: named so that none is lost, read whatever FAT made of their names, never half."""

import os
from pathlib import Path

import pytest

from openline.errors import LimitExceeded, NotFound, Refused, Unavailable
from openline.journal.entry import Lane
from openline.journal.keys import SigningKey
from openline.link import carry_out as going_out
from openline.link import folder
from openline.link.batch import decode_batch
from openline.link.carry_in import ANOTHER, HEARD, NO_BATCH, OURS, carry_in
from openline.link.carry_out import carry_out
from openline.link.folder import ENDING, MAX_FOLDER_ENTRIES, write_whole
from openline.node.carrying import Load, Span
from openline.node.node import Node
from simulation.test_two_nodes_one_line import EASTBOUND
from simulation.war_room import NOW_MS, WarRoom, flight


def spoken_room(seed: int = 1, count: int = 1) -> WarRoom:
    room = WarRoom(seed)
    for number in range(count):
        room["alpha"].file(flight(room.id(), [(lat - number, *rest) for lat, *rest in EASTBOUND]), NOW_MS)
    return room


def quarantined(room: WarRoom, name: str) -> list[str]:
    with room.parties[name].store.reading() as tx:
        return [row.code for row in tx.quarantined()]


# Names


def test_two_exports_never_write_over_one_another(tmp_path: Path) -> None:
    room = spoken_room()
    names = [
        it.name
        for second in range(3)
        for it in carry_out(room["alpha"], room.accord_id, tmp_path, NOW_MS + second * 1_000).files
    ]
    room["alpha"].file(flight(room.id(), [(40.0, 5.0, 300, 60.0), (40.0, 6.0, 300, 70.0)]), NOW_MS)
    names += [it.name for it in carry_out(room["alpha"], room.accord_id, tmp_path, NOW_MS).files]
    assert len(set(names)) == 4
    assert all((tmp_path / name).is_file() for name in names)


def test_a_name_says_accord_sender_and_numbers_and_fits_a_stick() -> None:
    load = Load(
        accord_id="5A1D6F0E-3c7b-4b65-9b0a-6f2f3b1c9d10",
        party="alpha/..:?",
        partner="bravo",
        exercise=True,
        at_ms=0,
        opening=(),
        spans=(),
    )
    spans = [Span("alpha/..:?", Lane.URGENT, 3, 7), Span("bravo", Lane.ROUTINE, 0, 9)]
    name = folder.name_of(load, spans, b"data")
    assert name.startswith("openline-5a1d6f0e-alpha------u4-7-r0-")
    assert name.endswith(".olb")
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert len(name) < 255


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    room = spoken_room()
    target = tmp_path / "one.olb"
    carry_out(room["alpha"], room.accord_id, target, NOW_MS, one_file=True)
    before = target.read_bytes()
    with pytest.raises(Refused) as caught:
        carry_out(room["alpha"], room.accord_id, target, NOW_MS, one_file=True)
    assert caught.value.code == "target-exists"
    assert target.read_bytes() == before


def test_the_index_says_to_people_what_lies_there(tmp_path: Path) -> None:
    room = spoken_room(count=2)
    out = carry_out(room["alpha"], room.accord_id, tmp_path, NOW_MS)
    text = (tmp_path / (out.index or "")).read_text()
    (written,) = out.files
    for words in ("from alpha to bravo", "EXERCISE", written.name, "routine 1 to 2", written.sha256):
        assert words in text


@pytest.mark.parametrize("renamed", [str.upper, lambda _: "OPENLI~1.OLB"])
def test_what_fat_makes_of_a_name_does_not_matter(renamed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    room = spoken_room()
    (written,) = carry_out(room["alpha"], room.accord_id, tmp_path, NOW_MS).files
    (tmp_path / written.name).rename(tmp_path / renamed(written.name))
    ((line,), _) = carry_in(room["bravo"], tmp_path, NOW_MS)
    assert line.new == 1


# What is in them


def test_a_file_holds_the_very_bytes_that_the_network_would_carry(tmp_path: Path) -> None:
    room = spoken_room(count=2)
    (written,) = carry_out(room["alpha"], room.accord_id, tmp_path, NOW_MS).files
    room.open_session()
    items = decode_batch((tmp_path / written.name).read_bytes()).items
    assert list(items[-2:]) == room["alpha"].outbound(room.accord_id)


def test_one_file_takes_what_one_batch_takes_and_else_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(going_out, "MAX_ITEMS", 3)
    room = spoken_room(count=3)
    with pytest.raises(LimitExceeded) as caught:
        carry_out(room["alpha"], room.accord_id, tmp_path / "one.olb", NOW_MS, one_file=True)
    assert caught.value.code == "too-much-for-one-file"
    assert not list(tmp_path.iterdir())


def test_what_does_not_go_into_the_files_waits_and_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(going_out, "MAX_FILE_MESSAGES", 1)
    monkeypatch.setattr(going_out, "MAX_FILES", 2)
    room = spoken_room(count=5)
    out = carry_out(room["alpha"], room.accord_id, tmp_path, NOW_MS)
    assert (len(out.files), out.messages, out.left) == (2, 2, 3)
    assert "3 more messages" in (tmp_path / (out.index or "")).read_text()


def test_a_file_stays_within_its_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(going_out, "MAX_FILE_BYTES", 4_000)
    room = spoken_room(count=6)
    out = carry_out(room["alpha"], room.accord_id, tmp_path, NOW_MS)
    assert sum(it.messages for it in out.files) == 6
    assert len(out.files) > 1
    assert all(it.bytes <= 4_000 or it.messages == 1 for it in out.files)


# Spoilt ones


def test_of_a_damaged_file_the_good_part_is_taken_and_the_rest_is_kept_as_evidence(tmp_path: Path) -> None:
    room = spoken_room(count=3)
    (written,) = carry_out(room["alpha"], room.accord_id, tmp_path, NOW_MS).files
    path = tmp_path / written.name
    heads, first, second, third, _ = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([heads, b"rubbish", first, second, third[:100]]))
    ((line,), _) = carry_in(room["bravo"], tmp_path, NOW_MS)
    (taken,) = line.files
    assert (taken.state, taken.new) == (HEARD, 2)
    assert {problem.code for problem in taken.problems} == {"envelope-malformed", "batch-truncated"}
    assert sorted(quarantined(room, "bravo")) == ["batch-truncated", "envelope-malformed"]
    assert [(gap.first, gap.last) for gap in line.missing] == [(3, 3)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "batch-empty"),
        (b"\n" * 5_000, "too-many-items"),
        (b"just text\n", "no-sealed-item"),
        (b"\xff\xfe" * 100, "no-sealed-item"),
        (b"x" * (16 * 1024 * 1024 + 1), "body-too-large"),
    ],
)
def test_a_file_that_is_no_batch_is_told_and_stops_no_other(data: bytes, code: str, tmp_path: Path) -> None:
    room = spoken_room()
    carry_out(room["alpha"], room.accord_id, tmp_path, NOW_MS)
    (tmp_path / "a.olb").write_bytes(data)
    ((line,), others) = carry_in(room["bravo"], tmp_path, NOW_MS)
    assert line.new == 1
    assert [(it.name, it.state, it.problems[0].code) for it in others] == [("a.olb", NO_BATCH, code)]
    assert quarantined(room, "bravo") == []


def test_our_own_files_and_those_of_other_lines_are_left_alone(tmp_path: Path) -> None:
    room, elsewhere = spoken_room(1), spoken_room(2)
    carry_out(room["alpha"], room.accord_id, tmp_path, NOW_MS)
    carry_out(elsewhere["alpha"], elsewhere.accord_id, tmp_path, NOW_MS)
    lines, others = carry_in(room["alpha"], tmp_path, NOW_MS)
    assert lines == []
    assert {it.state for it in others} == {OURS, ANOTHER}
    assert quarantined(room, "alpha") == []


class OneForAll:
    """A ring that gives the same key, whichever is asked for."""

    def __init__(self, key: SigningKey) -> None:
        self.key = key

    def find(self, key_id: str, /) -> SigningKey:
        return self.key

    def newest(self) -> SigningKey:
        return self.key


def test_a_forged_file_is_quarantined_and_changes_nothing(tmp_path: Path) -> None:
    """Same accord, same names, other keys."""
    room, forger = spoken_room(1), WarRoom(1)
    alpha = forger.parties["alpha"]
    alpha.node = Node(alpha.store, OneForAll(room.parties["bravo"].node_key), "alpha", forger.id)
    forger["alpha"].file(flight(forger.id(), EASTBOUND), NOW_MS)
    carry_out(forger["alpha"], forger.accord_id, tmp_path, NOW_MS)
    ((line,), _) = carry_in(room["bravo"], tmp_path, NOW_MS)
    assert (line.new, room.status("bravo").lanes["routine"].received) == (0, 0)
    assert quarantined(room, "bravo")


def test_nothing_to_import_is_said(tmp_path: Path) -> None:
    room = spoken_room()
    for source, code in ((tmp_path, "nothing-to-import"), (tmp_path / "nowhere", "no-such-file")):
        with pytest.raises(NotFound) as caught:
            carry_in(room["bravo"], source, NOW_MS)
        assert caught.value.code == code


def test_a_folder_of_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_FOLDER_ENTRIES == 10_000
    monkeypatch.setattr(folder, "MAX_FOLDER_ENTRIES", 3)
    for number in range(4):
        (tmp_path / f"{number}.jpg").touch()
    with pytest.raises(LimitExceeded) as caught:
        carry_in(spoken_room()["bravo"], tmp_path, NOW_MS)
    assert caught.value.clause == "MAX_FOLDER_ENTRIES"


# Half a file


def test_a_write_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable) as caught:
        write_whole(tmp_path / "one.olb", b"data")
    assert caught.value.code == "file-unwritable"
    assert "No space left" in caught.value.text
    assert [it.name for it in tmp_path.iterdir() if it.name.endswith(ENDING)] == []


def test_an_answer_that_cannot_be_written_undoes_no_import(tmp_path: Path) -> None:
    room = spoken_room()
    carry_out(room["alpha"], room.accord_id, tmp_path, NOW_MS)
    (tmp_path / "no-folder").write_text("a file stands in the way")
    ((line,), _) = carry_in(room["bravo"], tmp_path, NOW_MS, answer=tmp_path / "no-folder")
    assert line.new == 1
    assert line.answer_problem is not None
    assert line.answer_problem.code == "file-unwritable"
