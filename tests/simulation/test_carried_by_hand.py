"""A line that only sticks join: lost, doubled, late, damaged, in any order. Both end with one picture."""

import random
from pathlib import Path

import pytest

from openline.errors import OpenlineError
from openline.journal.entry import Lane
from openline.link.carry_in import HEARD, Imported, carry_in
from openline.link.carry_out import carry_out
from openline.store.backup import backup, restore
from openline.store.store import open_store
from simulation.sticks import Sticks
from simulation.storm import assert_nothing_lost
from simulation.test_restores import assert_journals_verify, room_on_disk
from simulation.test_two_nodes_one_line import (
    EASTBOUND,
    WESTBOUND,
    alarms,
    assert_one_picture,
    inventory,
    views,
)
from simulation.war_room import NAMES, NOW_MS, WarRoom, flight

NEVER = {"LANE FORKED", "ROOTS DIFFER", "PICTURES DIFFER", "ENGINES DIFFER"}
ROUND_TRIPS = 12


def carry(room: WarRoom, sender: str, stick: Path) -> Imported | None:
    """One way: everything that the sender has to say, and what the receiver makes of it."""
    room.now_ms += 1_000
    carry_out(room[sender], room.accord_id, stick, room.now_ms)
    return take(room, room.other(sender), stick)


def take(room: WarRoom, receiver: str, stick: Path) -> Imported | None:
    room.now_ms += 1_000
    lines, _ = carry_in(room[receiver], stick, room.now_ms)
    return lines[0] if lines else None


def to_and_fro(room: WarRoom, stick: Path) -> int:
    """One stick goes there and back until nobody has anything more to say. How many ways that took."""
    for way in range(ROUND_TRIPS):
        sender = NAMES[way % 2]
        if way and all(room.status(name).quiet for name in NAMES):
            return way
        carry(room, sender, stick)
    raise AssertionError("the stick goes on for ever")


@pytest.mark.parametrize("seed", range(5))
def test_whatever_becomes_of_the_sticks_both_end_with_one_picture(seed: int, tmp_path: Path) -> None:
    sticks = Sticks(seed, tmp_path)
    sticks.run(steps=70, crash_rate=0.04)
    for party in sticks.room.parties.values():
        party.store.rate = 0.0  # type: ignore[attr-defined]
        party.restart()
    to_and_fro(sticks.room, tmp_path / "last")
    assert_one_picture(sticks.room)
    assert_nothing_lost(sticks)
    assert_journals_verify(sticks.room)
    for name in NAMES:
        assert not NEVER & set(alarms(sticks.room, name))
    held = [[(view.conflict_id, view.status) for view in views(sticks.room, name)] for name in NAMES]
    assert held[0] == held[1]


def test_a_talk_by_stick_takes_the_course_that_it_takes_over_the_network(tmp_path: Path) -> None:
    room, wired = WarRoom(5), WarRoom(5)
    for each, carried in ((room, lambda: to_and_fro(room, tmp_path)), (wired, wired.exchange)):
        each["alpha"].file(flight("4d2c1c0e-94a6-4ae9-9c7a-2f9a0f3f9d01", EASTBOUND), NOW_MS)
        carried()
        each["bravo"].file(flight("4d2c1c0e-94a6-4ae9-9c7a-2f9a0f3f9d02", WESTBOUND), NOW_MS)
        carried()
    assert_one_picture(room)
    said = [line[:3] for line in inventory(room, "alpha")]
    assert said == [line[:3] for line in inventory(wired, "alpha")]
    assert any(line[0] == "conflict" for line in said)


def test_the_return_trip_acknowledges(tmp_path: Path) -> None:
    room = WarRoom(6)
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    carry(room, "alpha", tmp_path)
    assert room.status("alpha").lanes["routine"].acknowledged == 0
    take(room, "alpha", tmp_path)
    assert room.status("alpha").lanes["routine"].acknowledged == 1


def test_a_stick_is_no_sign_of_life(tmp_path: Path) -> None:
    """It may have lain in a drawer: it ends no silence, says nothing of clocks, and opens no session."""
    room = WarRoom(7)
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    carry(room, "alpha", tmp_path)
    room.now_ms += 365 * 24 * 3_600_000 // 2
    take(room, "bravo", tmp_path)
    room["bravo"].tick(room.now_ms)
    status = room.status("bravo")
    assert (status.last_heard_ms, status.clock_difference_ms, status.session_open) == (None, None, False)
    assert "CLOCKS DIFFER" not in alarms(room, "bravo")
    assert room["bravo"].outbound(room.accord_id) == []


def test_the_network_goes_on_where_the_stick_stopped(tmp_path: Path) -> None:
    room = WarRoom(8)
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    carry(room, "alpha", tmp_path)
    room["bravo"].file(flight(room.id(), WESTBOUND), NOW_MS)
    room.exchange()
    carry(room, "bravo", tmp_path)
    take(room, "alpha", tmp_path)
    assert_one_picture(room)


def test_an_export_holds_what_the_partner_lacks_and_no_more(tmp_path: Path) -> None:
    room = WarRoom(9)
    for number in range(3):
        room["alpha"].file(flight(room.id(), [(lat - number, *rest) for lat, *rest in EASTBOUND]), NOW_MS)
    assert carry_out(room["alpha"], room.accord_id, tmp_path / "1", NOW_MS).messages == 3
    take(room, "bravo", tmp_path / "1")
    take(room, "alpha", tmp_path / "1")
    assert carry_out(room["alpha"], room.accord_id, tmp_path / "2", NOW_MS).messages == 0


# A node that may have said more than it remembers


def restored(room: WarRoom, folder: Path, name: str = "alpha") -> None:
    room.parties[name].store.close()
    target = folder / f"{name}.restored-{room.now_ms}.db"
    restore(folder / f"{name}.backup", target)
    room.parties[name].store = open_store(target)
    room.parties[name].restart()


def lost_words(folder: Path, seed: int) -> WarRoom:
    """Alpha has said two messages since its backup, and bravo holds them by network."""
    room = room_on_disk(folder, seed)
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room.exchange()
    backup(room.parties["alpha"].store, folder / "alpha.backup")
    for number in (1, 2):
        room["alpha"].file(flight(room.id(), [(lat - number, *rest) for lat, *rest in EASTBOUND]), NOW_MS)
    room["bravo"].file(flight(room.id(), WESTBOUND), NOW_MS)
    room.exchange()
    return room


def recovering(room: WarRoom, name: str) -> bool:
    with room.parties[name].store.reading() as tx:
        return tx.setting("restored") == "1"


def test_a_restored_node_carries_heads_alone_and_gets_its_words_back_in_one_round_trip(
    tmp_path: Path,
) -> None:
    room = lost_words(tmp_path, 31)
    root, said = room.status("bravo").root, room.status("alpha").lanes["routine"].said
    restored(room, tmp_path)
    lost = said - room.status("alpha").lanes["routine"].said
    room.now_ms += 1_000
    out = carry_out(room["alpha"], room.accord_id, tmp_path / "stick", room.now_ms)
    assert (out.messages, bool(out.silent)) == (0, True)
    with pytest.raises(OpenlineError) as caught:
        room["alpha"].file(flight(room.id(), EASTBOUND), room.now_ms)
    assert caught.value.code == "recovering"
    take(room, "bravo", tmp_path / "stick")
    back = take(room, "alpha", tmp_path / "stick")
    assert back is not None
    assert back.given_back == lost >= 2
    assert not recovering(room, "alpha")
    assert room.status("alpha").root == root
    room["alpha"].file(flight(room.id(), [(44.0, 5.0, 300, 60.0), (44.0, 6.0, 300, 70.0)]), room.now_ms)
    to_and_fro(room, tmp_path / "stick")
    assert_one_picture(room)
    assert_journals_verify(room)


def test_an_old_stick_does_not_tell_a_restored_node_that_it_has_recovered(tmp_path: Path) -> None:
    """Bravo wrote it before alpha said what it has forgotten: whoever believed it would use numbers twice."""
    room = room_on_disk(tmp_path, 32)
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room.exchange()
    backup(room.parties["alpha"].store, tmp_path / "alpha.backup")
    carry_out(room["bravo"], room.accord_id, tmp_path / "drawer", room.now_ms)
    room["alpha"].file(flight(room.id(), WESTBOUND), NOW_MS)
    room.exchange()
    restored(room, tmp_path)
    take(room, "alpha", tmp_path / "drawer")
    assert recovering(room, "alpha")
    assert carry_out(room["alpha"], room.accord_id, tmp_path / "out", room.now_ms).messages == 0
    assert room["alpha"].outbound(room.accord_id) == []
    take(room, "bravo", tmp_path / "out")
    take(room, "alpha", tmp_path / "out")
    assert not recovering(room, "alpha")
    assert_one_picture(room)


def test_the_answer_to_an_earlier_return_from_a_backup_counts_no_more(tmp_path: Path) -> None:
    room = lost_words(tmp_path, 33)
    restored(room, tmp_path)
    carry_out(room["alpha"], room.accord_id, tmp_path / "first", room.now_ms)
    backup(room.parties["alpha"].store, tmp_path / "alpha.backup.new")
    (tmp_path / "alpha.backup.new").replace(tmp_path / "alpha.backup")
    take(room, "bravo", tmp_path / "first")
    take(room, "alpha", tmp_path / "first")
    assert not recovering(room, "alpha")
    room["alpha"].file(flight(room.id(), [(44.0, 5.0, 300, 60.0), (44.0, 6.0, 300, 70.0)]), room.now_ms)
    room.exchange()
    room.now_ms += 1_000
    restored(room, tmp_path)
    take(room, "alpha", tmp_path / "first")
    assert recovering(room, "alpha")


def test_a_restored_node_does_not_take_new_words_before_it_knows_its_own(tmp_path: Path) -> None:
    """To take them it may have to answer, under a number that it has used before."""
    room = room_on_disk(tmp_path, 34)
    room.exchange()
    backup(room.parties["alpha"].store, tmp_path / "alpha.backup")
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room.exchange()
    room["bravo"].file(flight(room.id(), WESTBOUND), NOW_MS)
    carry_out(room["bravo"], room.accord_id, tmp_path / "stick", room.now_ms)
    restored(room, tmp_path)
    came = take(room, "alpha", tmp_path / "stick")
    assert came is not None
    assert [(it.state, it.new, it.waiting > 0) for it in came.files] == [(HEARD, 0, True)]
    to_and_fro(room, tmp_path / "stick")
    assert_one_picture(room)
    assert_journals_verify(room)


def test_both_restored_get_out_of_it_by_stick(tmp_path: Path) -> None:
    room = lost_words(tmp_path, 35)
    backup(room.parties["bravo"].store, tmp_path / "bravo.backup")
    restored(room, tmp_path, "alpha")
    restored(room, tmp_path, "bravo")
    for way in range(6):
        carry(room, NAMES[way % 2], tmp_path / "stick")
    assert not any(recovering(room, name) for name in NAMES)
    to_and_fro(room, tmp_path / "stick")
    assert_one_picture(room)


def test_a_lane_that_was_written_twice_is_alarmed_and_carried_no_more(tmp_path: Path) -> None:
    room = room_on_disk(tmp_path, 36)
    backup(room.parties["alpha"].store, tmp_path / "alpha.backup")
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    to_and_fro(room, tmp_path / "stick")
    restored(room, tmp_path)
    with room.parties["alpha"].store.writing() as tx:
        tx.put_setting("restored", "0")  # somebody has copied the file by hand
    room["alpha"].file(flight(room.id(), WESTBOUND), NOW_MS)
    carry(room, "bravo", tmp_path / "other")
    assert "LANE FORKED" in alarms(room, "alpha")
    assert carry_out(room["alpha"], room.accord_id, tmp_path / "out", room.now_ms).messages == 0


def test_urgent_goes_before_all_that_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from openline.coordination.messages import Officer
    from openline.link import carry_out as going_out

    monkeypatch.setattr(going_out, "MAX_FILE_MESSAGES", 2)
    room = WarRoom(37)
    for number in range(3):
        room["alpha"].file(flight(room.id(), [(lat - number, *rest) for lat, *rest in EASTBOUND]), NOW_MS)
    room["alpha"].check(room.accord_id, Officer(position="watch", pseudonym="fox", automaton=False), NOW_MS)
    out = carry_out(room["alpha"], room.accord_id, tmp_path, NOW_MS)
    assert [[(span.lane, span.up_to) for span in it.spans] for it in out.files] == [
        [(Lane.URGENT, 1), (Lane.ROUTINE, 1)],
        [(Lane.ROUTINE, 3)],
    ]


def test_files_come_in_any_order_and_a_lost_one_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from openline.link import carry_out as going_out

    monkeypatch.setattr(going_out, "MAX_FILE_MESSAGES", 2)
    room = WarRoom(38)
    for number in range(7):
        room["alpha"].file(flight(room.id(), [(lat - number, *rest) for lat, *rest in EASTBOUND]), NOW_MS)
    out = carry_out(room["alpha"], room.accord_id, tmp_path / "whole", NOW_MS)
    assert [it.messages for it in out.files] == [2, 2, 2, 1]
    order = random.Random(1).sample(out.files, 4)
    for it in order:
        carry_in(room["bravo"], tmp_path / "whole" / it.name, NOW_MS, answer=tmp_path / "back")
    (tmp_path / "whole" / out.files[1].name).unlink()
    fresh = WarRoom(38)
    for number in range(7):
        fresh["alpha"].file(flight(fresh.id(), [(lat - number, *rest) for lat, *rest in EASTBOUND]), NOW_MS)
    came = take(fresh, "bravo", tmp_path / "whole")
    assert came is not None
    assert [(gap.lane, gap.first, gap.last) for gap in came.missing] == [(Lane.ROUTINE, 3, 7)]
    take(fresh, "alpha", tmp_path / "whole")
    take(fresh, "bravo", tmp_path / "whole")
    assert fresh.status("bravo").lanes["routine"].received == 7


def lams(room: WarRoom, name: str) -> list[tuple[str, Lane, int, int]]:
    with room.parties[name].store.reading() as tx:
        return [
            (sender, lane, row.number, row.at_ms)
            for sender in NAMES
            for lane in Lane
            for row in tx.lams(room.accord_id, sender, lane)
        ]


def test_a_lam_that_was_on_a_lost_stick_is_asked_for_and_carried_again(tmp_path: Path) -> None:
    """Both sides come to hold the same acknowledgements, and so read one scorecard."""
    room = WarRoom(39)
    for number in range(3):
        room["alpha"].file(flight(room.id(), [(lat - number, *rest) for lat, *rest in EASTBOUND]), NOW_MS)
        carry(room, "alpha", tmp_path / f"{number}")
    take(room, "alpha", tmp_path / "2")
    assert lams(room, "alpha") != lams(room, "bravo")
    to_and_fro(room, tmp_path / "last")
    carry(room, "alpha", tmp_path / "last")
    take(room, "alpha", tmp_path / "last")
    assert lams(room, "alpha") == lams(room, "bravo")
