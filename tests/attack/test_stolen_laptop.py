"""A stolen laptop: the node's directory in somebody's hands, with its node key and its database."""

import stat
from pathlib import Path

import pytest

from attack.hostile import Liar
from openline.accord.document import countersign, propose, verify
from openline.bootstrap import Settings, init, open_node
from openline.errors import NotFound, OpenlineError, Unverifiable
from openline.journal.certificate import Certificate, open_certificate, seal_certificate
from openline.journal.keys import SigningKey
from openline.store.backup import backup, restore
from openline.store.store import SqlStore, open_store
from simulation.test_restores import room_on_disk
from simulation.test_two_nodes_one_line import EASTBOUND, WESTBOUND, alarms
from simulation.war_room import NOW_MS, YEAR_MS, WarRoom, flight

CHECK = {"officer": {"automaton": False, "position": "duty", "pseudonym": "thief"}}


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    home = init(tmp_path / "node", Settings(party="alpha", title="Alpha"), NOW_MS)
    assert mode_of(home.party_key_path) == mode_of(home.node_key_path) == 0o600
    assert mode_of(home.party_key_path.parent) == 0o700


def test_a_node_runs_without_its_party_key_and_nobody_signs_terms_with_what_is_left(tmp_path: Path) -> None:
    home = init(tmp_path / "node", Settings(party="alpha", title="Alpha"), NOW_MS)
    home.party_key_path.unlink()  # as the tutorial has it: kept offline
    opened = open_node(home.directory)
    with opened.store:
        assert opened.node.status(NOW_MS) == []
    with pytest.raises(NotFound, match="no-party-key"):
        home.party_key()


def test_the_node_key_signs_no_accord_and_no_certificate() -> None:
    room = WarRoom()
    stolen = room.parties["alpha"].node_key
    accord = room.draft(exercise=True, version=2)
    with pytest.raises(OpenlineError, match="not-a-party"):
        propose(accord, stolen)
    proposed = propose(accord, room.parties["bravo"].party_key)
    with pytest.raises(OpenlineError, match="not-a-party"):
        countersign(proposed, stolen)
    assert not verify(proposed).is_countersigned
    valid = {"valid_from_ms": NOW_MS, "valid_until_ms": NOW_MS + YEAR_MS}
    another = SigningKey.from_seed(b"t" * 32).public.hex
    forged = seal_certificate(Certificate(party="alpha", node_key=another, **valid), stolen)
    with pytest.raises(Unverifiable, match="key-unknown"):
        open_certificate(forged, {"alpha": room.parties["alpha"].party_key.public})


class Robbed:
    """A room of which alpha's laptop was copied; whoever sits at alpha now, the thief or the true officer."""

    def __init__(self, folder: Path) -> None:
        self.room = room_on_disk(folder, 40)
        self.room.exchange()
        self.true = self.room.parties["alpha"].store
        backup(self.true, folder / "stolen.backup")
        restore(folder / "stolen.backup", folder / "stolen.db")
        self.stolen = open_store(folder / "stolen.db")
        with self.stolen.writing() as tx:
            tx.put_setting("restored", "0")  # the thief does not ask for what was said since

    def seat(self, store: SqlStore) -> WarRoom:
        self.room.parties["alpha"].store = store
        self.room.parties["alpha"].restart()
        return self.room


@pytest.fixture
def robbed(tmp_path: Path) -> Robbed:
    return Robbed(tmp_path)


def test_what_a_thief_says_in_our_name_comes_back_to_us_with_an_alarm(robbed: Robbed) -> None:
    room = robbed.seat(robbed.stolen)
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room.exchange()
    room = robbed.seat(robbed.true)
    room.exchange()
    assert "LANE AHEAD" in alarms(room, "alpha")
    with room["alpha"].looking() as (_, _desks, own):
        assert len(own.all()) == 1


def test_a_thief_and_the_true_node_cannot_both_speak_unnoticed(robbed: Robbed) -> None:
    """As soon as both have spoken, the partner holds another word under our number than we do."""
    room = robbed.seat(robbed.stolen)
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room.exchange()
    room = robbed.seat(robbed.true)
    room["alpha"].file(flight(room.id(), WESTBOUND), NOW_MS)
    room.exchange()
    assert "LANE FORKED" in alarms(room, "alpha")
    assert room["alpha"].outbound(room.accord_id) == []


def test_a_stolen_key_speaks_no_longer_than_its_certificate() -> None:
    room = WarRoom()
    room.open_session()
    thief = Liar(room)
    assert thief.says("CHECK", CHECK).taken == 1
    room.now_ms = NOW_MS + YEAR_MS
    heard = thief.says("CHECK", CHECK)
    assert [it.error for it in heard.problems] == ["unverifiable"]
    assert "CHECK UNANSWERED" not in alarms(room, "alpha")
