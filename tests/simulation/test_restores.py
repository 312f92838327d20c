"""What befalls a store: it comes back from a backup, is copied by hand, is shared, or its disk is full."""

from pathlib import Path

import msgspec
import pytest

from openline.coordination import session as wire
from openline.errors import Unavailable
from openline.journal.entry import Lane
from openline.journal.verify import verify_lane
from openline.simulation.faults import Fate, FaultyStore
from openline.store.backup import backup, restore
from openline.store.store import open_store
from simulation.test_two_nodes_one_line import EASTBOUND, WESTBOUND, assert_one_picture, inventory
from simulation.war_room import NAMES, NOW_MS, WarRoom, flight


def assert_journals_verify(room: WarRoom) -> None:
    sealed: dict[str, list[bytes]] = {}
    for name in NAMES:
        with room[name].looking() as (tx, desks, _own):
            desk = desks[room.accord_id]
            for (sender, lane), head in sorted(desk.heads.items()):
                entries = tx.entries(room.accord_id, sender, lane, 0, 100_000)
                lams = [row.sealed for row in tx.lams(room.accord_id, sender, lane)]
                findings = verify_lane(
                    [(entry.number, entry.hash, entry.sealed) for entry in entries],
                    head=head,
                    keys=desk.keys_of(sender),
                    lams=lams,
                    lam_keys=desk.keys_of(room.other(sender)),
                )
                assert findings == []
                sealed.setdefault(name, []).extend(entry.sealed for entry in entries)
    assert sealed["alpha"] == sealed["bravo"]


# Back from a backup


def room_on_disk(folder: Path, seed: int) -> WarRoom:
    room = WarRoom(seed)
    bundles = {name: _bundle_of(room, name) for name in NAMES}
    for name, party in room.parties.items():
        party.store = open_store(folder / f"{name}.db")
        party.restart()
        party.node.install_accord(bundles[name], NOW_MS)
    return room


def _bundle_of(room: WarRoom, name: str) -> bytes:
    with room.parties[name].store.reading() as tx:
        return tx.accords()[0].bundle


def test_a_node_back_from_a_backup_gets_its_own_words_back_before_it_speaks(tmp_path: Path) -> None:
    room = room_on_disk(tmp_path, 21)
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room.exchange()
    backup(room.parties["alpha"].store, tmp_path / "alpha.backup")
    lost = room["alpha"].file(flight(room.id(), [(45.0, 5.0, 300, 60.0), (45.0, 6.0, 300, 70.0)]), NOW_MS)
    room["bravo"].file(flight(room.id(), WESTBOUND), NOW_MS)
    room.exchange()
    wanted, root = inventory(room, "bravo"), room.status("bravo").root
    room.parties["alpha"].store.close()
    restore(tmp_path / "alpha.backup", tmp_path / "alpha.restored.db")
    room.parties["alpha"].store = open_store(tmp_path / "alpha.restored.db")
    room.parties["alpha"].restart()
    with pytest.raises(Unavailable) as caught:
        room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    assert caught.value.code == "recovering"
    room.exchange()
    assert (inventory(room, "alpha"), room.status("alpha").root) == (wanted, root)
    assert_one_picture(room)
    notice_id = lost.told[0].notice_id
    with room["alpha"].looking() as (_, desks, own):
        adopted = own.need(desks[room.accord_id].operation_id_of(notice_id) or "")
    assert adopted.trajectory is not None
    room["alpha"].file(flight(room.id(), [(44.0, 5.0, 300, 60.0), (44.0, 6.0, 300, 70.0)]), NOW_MS)
    room.exchange()
    assert_one_picture(room)
    assert_journals_verify(room)


def test_what_a_restored_node_lost_comes_back_in_several_parts_if_it_is_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "MAX_RESENT", 3)
    room = room_on_disk(tmp_path, 24)
    room.exchange()
    backup(room.parties["alpha"].store, tmp_path / "alpha.backup")
    for number in range(10):
        points = [(lat - number, lon, level, minutes) for lat, lon, level, minutes in EASTBOUND]
        room["alpha"].file(flight(room.id(), points), NOW_MS)
    room.exchange()
    root = room.status("bravo").root
    room.parties["alpha"].store.close()
    restore(tmp_path / "alpha.backup", tmp_path / "alpha.restored.db")
    room.parties["alpha"].store = open_store(tmp_path / "alpha.restored.db")
    room.parties["alpha"].restart()
    room.exchange()
    assert room.status("alpha").root == root
    assert not room.status("alpha").recovering
    assert_one_picture(room)


def test_a_restored_node_that_hears_the_partner_first_answers_nothing_under_an_old_number(
    tmp_path: Path,
) -> None:
    """What it would have to say of it (a conflict, an LRM) could bear a number that it has used before."""
    room = room_on_disk(tmp_path, 25)
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room.exchange()
    backup(room.parties["alpha"].store, tmp_path / "alpha.backup")
    room["alpha"].file(flight(room.id(), [(40.0, 5.0, 300, 60.0), (40.0, 6.0, 300, 70.0)]), NOW_MS)
    room.exchange()
    room.parties["alpha"].store.close()
    restore(tmp_path / "alpha.backup", tmp_path / "alpha.restored.db")
    room.parties["alpha"].store = open_store(tmp_path / "alpha.restored.db")
    room.parties["alpha"].restart()
    room["bravo"].file(flight(room.id(), WESTBOUND), NOW_MS)
    (notice, *_) = room["bravo"].outbound(room.accord_id)
    said = room.status("alpha").lanes["routine"].said
    room["alpha"].receive(room.accord_id, [notice], NOW_MS)
    assert room.status("alpha").lanes["routine"].said == said
    room.exchange()
    assert_one_picture(room)
    assert_journals_verify(room)


def test_a_lane_written_twice_is_kept_as_evidence_and_alarmed_and_the_node_speaks_no_more(
    tmp_path: Path,
) -> None:
    """Somebody copied the files back by hand, and the node spoke on: two messages bear one number."""
    room = room_on_disk(tmp_path, 22)
    room.exchange()
    backup(room.parties["alpha"].store, tmp_path / "alpha.backup")
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room.exchange()
    room.parties["alpha"].store.close()
    restore(tmp_path / "alpha.backup", tmp_path / "alpha.copied.db")
    copied = open_store(tmp_path / "alpha.copied.db")
    with copied.writing() as tx:
        tx.put_setting("restored", "0")
    room.parties["alpha"].store = copied
    room.parties["alpha"].restart()
    room["alpha"].file(flight(room.id(), WESTBOUND), NOW_MS)
    second = _entries(room, "alpha", "alpha")
    room.open_session()
    heard = room["bravo"].receive(room.accord_id, second, NOW_MS)
    assert [problem.code for problem in heard.problems] == ["fork"]
    with room["bravo"].looking() as (tx, _, _own):
        assert "LANE FORKED" in [alarm.kind for alarm in tx.alarms()]
        assert [row.data for row in tx.quarantined()] == second
    with room["alpha"].looking() as (tx, _, _own):
        assert "LANE FORKED" in [alarm.kind for alarm in tx.alarms()]
    assert room["alpha"].outbound(room.accord_id) == []


def _entries(room: WarRoom, name: str, sender: str) -> list[bytes]:
    with room[name].looking() as (tx, _, _own):
        return [entry.sealed for entry in tx.entries(room.accord_id, sender, Lane.ROUTINE, 0, 100)]


def test_a_restart_forgets_nothing_and_says_nothing_twice() -> None:
    room = WarRoom()
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room["bravo"].file(flight(room.id(), WESTBOUND), NOW_MS)
    for _ in range(3):
        for party in room.parties.values():
            party.restart()
        room.exchange()
        for name in NAMES:
            room[name].tick(NOW_MS)
    before = (room.status("alpha").root, inventory(room, "alpha"))
    for party in room.parties.values():
        party.restart()
        party.node.tick(NOW_MS)
    room.exchange()
    assert (room.status("alpha").root, inventory(room, "alpha")) == before
    assert_one_picture(room)


@pytest.mark.parametrize("name", NAMES)
def test_a_step_that_cannot_be_committed_leaves_no_trace_and_the_process_goes_on(name: str) -> None:
    room = WarRoom(31)
    room["bravo"].file(flight(room.id(), WESTBOUND), NOW_MS)
    room.exchange()
    party = room.parties[name]
    party.store = FaultyStore(party.store)  # type: ignore[assignment]
    party.restart()
    room.exchange()
    before = (inventory(room, name), room.status(name).root)
    party.store.arm(Fate.DISK_FULL, at_statement=1_000)  # type: ignore[attr-defined]
    lost = room.id()
    with pytest.raises(Unavailable):
        room[name].file(flight(lost, EASTBOUND), NOW_MS)
    assert (inventory(room, name), room.status(name).root) == before
    with room[name].looking() as (_, _desks, own):
        assert own.get(lost) is None
    room[name].file(flight(room.id(), EASTBOUND), NOW_MS)
    room.exchange()
    assert_one_picture(room)
    assert_journals_verify(room)


def test_two_processes_on_one_store_say_everything_once(tmp_path: Path) -> None:
    """The CLI files beside a serving node: lanes stay without gaps, and both nodes see what the other did."""
    room = room_on_disk(tmp_path, 23)
    beside = room.parties["alpha"].new_node()
    room.open_session()
    for number in range(6):
        points = [(lat - number, lon, level, minutes) for lat, lon, level, minutes in EASTBOUND]
        (beside if number % 2 else room["alpha"]).file(flight(room.id(), points), NOW_MS)
    room.exchange()
    assert room.status("bravo").notices["alpha"] == 6
    assert msgspec.structs.asdict(beside.status(NOW_MS)[0])["digest"] == room.status("bravo").digest
    assert_one_picture(room)
