"""A node key is followed by another under loss, reordering and crashes at any commit; a thief with the old
one is refused; what is revoked is not believed, and what was journalled stays proved.
"""

from pathlib import Path

import msgspec
import pytest

from openline.airspace.operation import State
from openline.coordination.calls import Emergency, Nature, Wanted
from openline.coordination.messages import Check, Kind, Officer, Reason, Suspend
from openline.coordination.session import Vouch, seal_control
from openline.errors import OpenlineError, Refused, Unavailable, Unverifiable
from openline.journal.checkpoint import Lam, seal_lam
from openline.journal.entry import Lane, Payload, Place, leaf_hash, open_line, seal_line
from openline.journal.envelope import open_envelope
from openline.journal.keys import SigningKey
from openline.journal.proof import check_proof
from openline.journal.verify import verify_lane
from openline.node.audit import audit
from openline.node.evidence import find_entry, prove
from openline.node.node import Node
from openline.store.backup import backup, restore
from openline.store.store import open_store
from simulation.storm import CrashingStore, Storm, assert_nothing_lost
from simulation.test_restores import room_on_disk
from simulation.test_two_nodes_one_line import EASTBOUND, WESTBOUND, assert_one_picture
from simulation.war_room import NAMES, NOW_MS, Party, WarRoom, flight

OFFICER = Officer(position="watch", pseudonym="one", automaton=True)


def rotate(room: WarRoom, name: str, *, lost: bool = False) -> None:
    certificate = room.parties[name].new_key()
    room[name].change_key(certificate, room.now_ms, lost=lost)


def assert_whole(room: WarRoom) -> None:
    for name in NAMES:
        with room.parties[name].store.reading() as tx:
            assert audit(tx, name).findings == ()


def problems(room: WarRoom, name: str, batch: list[bytes]) -> list[str]:
    return [it.code for it in room[name].receive(room.accord_id, batch, room.now_ms).problems]


def alarms(room: WarRoom, name: str) -> set[str]:
    with room.parties[name].store.reading() as tx:
        return {it.kind for it in tx.alarms()}


def check(room: WarRoom, name: str) -> str:
    return room[name].say(room.accord_id, Kind.CHECK, Check(officer=OFFICER), room.now_ms).hash


def heard_of(room: WarRoom, name: str) -> dict[Lane, int]:
    """How far a node holds its partner's lanes."""
    lanes = room.status(name).lanes
    return {lane: lanes[lane.value].received for lane in Lane}


def sealing_ids(room: WarRoom, name: str, lane: Lane) -> list[str]:
    with room.parties[name].store.reading() as tx:
        entries = tx.entries(room.accord_id, name, lane, 0, 1_000)
    return [open_envelope(it.sealed).signatures[0].key_id for it in entries]


# A key is followed


def test_from_the_number_behind_key_on_the_new_key_seals_on_both_lanes() -> None:
    room = WarRoom(1)
    check(room, "alpha")
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room.exchange()
    rotate(room, "alpha")
    check(room, "alpha")
    room["alpha"].file(flight(room.id(), WESTBOUND), NOW_MS)
    room.exchange()
    old, new = (key.id for key in room.parties["alpha"].keys)
    assert sealing_ids(room, "alpha", Lane.URGENT) == [old, old, new]
    routine = sealing_ids(room, "alpha", Lane.ROUTINE)
    assert routine == sorted(routine, key=[old, new].index)
    assert set(routine) == {old, new}
    assert_one_picture(room)
    assert_whole(room)


def test_a_key_changes_while_the_line_is_cut_and_everything_crosses_afterwards() -> None:
    """The partner does not know the new key when the session opens: KEY goes in front of what it seals."""
    room = WarRoom(2)
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    for _ in range(3):
        rotate(room, "alpha")
        room["alpha"].file(flight(room.id(), WESTBOUND), NOW_MS)
        check(room, "alpha")
    rotate(room, "bravo")
    room["bravo"].file(flight(room.id(), WESTBOUND), NOW_MS)
    room.exchange()
    assert room.status("alpha").quiet
    assert_one_picture(room)
    assert_whole(room)


def test_a_key_changes_in_a_suspension_and_after_the_end() -> None:
    room = WarRoom(3)
    room["bravo"].say(room.accord_id, Kind.SUSPEND, Suspend(reason=Reason.TECHNICAL), NOW_MS)
    room.exchange()
    rotate(room, "alpha")
    room.exchange()
    assert room.status("alpha").quiet
    assert_one_picture(room)


class KeyStorm(Storm):
    """A storm in which keys change, too."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.changes = 0

    def heads(self, name: str) -> None:
        self.put(name, self.room[name].opening(self.room.accord_id, self.room.now_ms))

    def tick(self, name: str) -> None:
        super().tick(name)
        if self.chance.random() < 0.5:
            certificate = self.room.parties[name].new_key()
            try:
                self.room[name].change_key(certificate, self.room.now_ms)
                self.changes += 1
            except OpenlineError:
                return


@pytest.mark.parametrize("seed", range(8))
def test_keys_that_change_in_a_storm_lose_nothing(seed: int) -> None:
    """A crash before or after the commit of KEY leaves a node whose journal says which key it seals with."""
    storm = KeyStorm(100 + seed)
    storm.run(steps=150, crash_rate=0.06)
    storm.heal()
    assert storm.changes > 0
    assert_one_picture(storm.room)
    assert_nothing_lost(storm)
    for party in storm.room.parties.values():
        party.store = party.store.store if isinstance(party.store, CrashingStore) else party.store
    assert_whole(storm.room)


def test_a_node_that_died_between_files_and_commit_goes_on_with_the_old_key() -> None:
    room = WarRoom(5)
    room.parties["alpha"].new_key()  # at hand, and never said
    check(room, "alpha")
    room.exchange()
    assert sealing_ids(room, "alpha", Lane.URGENT) == [room.parties["alpha"].keys[0].id]
    assert room.status("alpha").quiet


def test_a_replica_without_the_new_key_refuses_clearly_and_speaks_again_when_it_has_it() -> None:
    room = WarRoom(6)
    alpha = room.parties["alpha"]
    certificate = alpha.new_key()
    replica = Node(alpha.store, alpha.keys[0], "alpha", room.id)
    alpha.node.change_key(certificate, NOW_MS)
    with pytest.raises(Unavailable) as caught:
        replica.say(room.accord_id, Kind.CHECK, Check(officer=OFFICER), NOW_MS)
    assert (caught.value.code, caught.value.message) == ("node-key-missing", alpha.keys[1].id)
    check(room, "alpha")
    room.exchange()
    assert room.status("alpha").quiet


def test_a_key_that_was_followed_does_not_come_back() -> None:
    room = WarRoom(7)
    alpha = room.parties["alpha"]
    rotate(room, "alpha")
    with pytest.raises(Refused) as caught:
        alpha.node.change_key(alpha.certify(alpha.keys[0]), NOW_MS)
    assert caught.value.code == "key-used-before"


# A thief


class Thief:
    """Somebody with a node key of a party, who goes on where the partner's node stands."""

    def __init__(self, room: WarRoom, party: Party, key: SigningKey) -> None:
        self.room, self.party, self.key = room, party, key

    def message(self, lane: Lane = Lane.URGENT, ahead: int = 1, kind: str = "CHECK") -> bytes:
        with self.room[self.room.other(self.party.name)].looking() as (_, desks, _own):
            desk = desks[self.room.accord_id]
            head, beside = desk.received(lane), desk.received(lane.other)
            place = Place(
                accord=self.room.accord_id,
                accord_version=1,
                exercise=True,
                sender=self.party.name,
                receiver=desk.me,
                lane=lane,
                number=head.number + ahead,
                previous=head.hash,
                beside=beside.number,
                seen=desk.seen_of(desk.me),
                at_ms=self.room.now_ms,
            )
        body = b'{"officer":{"automaton":true,"position":"watch","pseudonym":"thief"}}'
        return seal_line(Payload(place, kind, msgspec.Raw(body)), self.key)

    def lam(self, lane: Lane, number: int) -> bytes:
        lam = Lam(
            accord=self.room.accord_id,
            exercise=True,
            sender=self.room.other(self.party.name),
            receiver=self.party.name,
            lane=lane,
            number=number,
            root="ab" * 32,
            previous=0,
            at_ms=self.room.now_ms,
        )
        return seal_lam(lam, self.key)


def test_a_thief_with_the_old_key_is_refused_and_raises_an_alarm() -> None:
    room = WarRoom(10)
    alpha = room.parties["alpha"]
    rotate(room, "alpha")
    room.exchange()
    thief = Thief(room, alpha, alpha.keys[0])
    held = heard_of(room, "bravo")
    for lane in Lane:
        assert problems(room, "bravo", [thief.message(lane)]) == ["key-superseded"]
    assert problems(room, "bravo", [thief.lam(Lane.ROUTINE, 1)]) == ["key-superseded"]
    assert heard_of(room, "bravo") == held
    assert "OLD KEY USED" in alarms(room, "bravo")
    check(room, "alpha")
    room.exchange()
    assert_one_picture(room)
    assert_whole(room)


def test_a_stolen_key_that_counts_is_stopped_by_the_partys_word_alone() -> None:
    """By hand at the partner, or beside the lanes: whichever comes first, and whatever the thief says."""
    for by_hand in (True, False):
        room = WarRoom(11)
        alpha = room.parties["alpha"]
        room.exchange()
        word = alpha.revoke(alpha.keys[0], "stolen")
        thief = Thief(room, alpha, alpha.keys[0])
        if by_hand:
            assert room["bravo"].learn(word, NOW_MS).new
        else:
            assert problems(room, "bravo", [word]) == []
        assert "KEY REVOKED" in alarms(room, "bravo")
        for sealed in (thief.message(), thief.message(Lane.ROUTINE), thief.message(ahead=5)):
            assert problems(room, "bravo", [sealed]) == ["key-revoked"]
        assert problems(room, "bravo", [thief.lam(Lane.URGENT, 1)]) == ["key-revoked"]
        assert heard_of(room, "bravo") == {Lane.URGENT: 0, Lane.ROUTINE: 0}
        assert "REVOKED KEY USED" in alarms(room, "bravo")


def test_after_a_theft_the_owner_goes_on_under_the_next_key_and_owns_to_what_is_in_flight() -> None:
    room = WarRoom(12)
    alpha = room.parties["alpha"]
    room.exchange()
    for _ in range(3):
        check(room, "alpha")
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    thief = Thief(room, alpha, alpha.keys[0])
    rotate(room, "alpha")
    word = alpha.revoke(alpha.keys[0], "stolen")
    room["alpha"].revoke(word, NOW_MS)
    room["bravo"].learn(word, NOW_MS)
    assert problems(room, "bravo", [thief.message(), thief.message(Lane.ROUTINE)]) == ["key-revoked"] * 2
    room.exchange()
    assert room.status("alpha").quiet
    assert_one_picture(room)
    assert_whole(room)
    held = heard_of(room, "bravo")
    assert held[Lane.URGENT] == 5  # three checks, KEY, REVOKE
    assert problems(room, "bravo", [thief.message(), thief.message(Lane.ROUTINE)]) == ["key-superseded"] * 2
    assert heard_of(room, "bravo") == held


def test_a_thief_does_not_vouch_for_himself() -> None:
    room = WarRoom(13)
    alpha = room.parties["alpha"]
    room.exchange()
    thief = Thief(room, alpha, alpha.keys[0])
    message = thief.message()
    common = {"accord": room.accord_id, "exercise": True, "sender": "alpha", "receiver": "bravo"}
    vouch = seal_control(Vouch(**common, at_ms=NOW_MS, messages=[leaf_hash(message)]), alpha.keys[0])
    assert problems(room, "bravo", [vouch]) == []  # the key still counts
    room["bravo"].learn(alpha.revoke(alpha.keys[0], "stolen"), NOW_MS)
    assert problems(room, "bravo", [message]) == ["key-revoked"]


def test_a_thief_who_spoke_first_is_stopped_and_the_owner_does_not_take_his_words_for_its_own() -> None:
    room = WarRoom(14)
    alpha = room.parties["alpha"]
    room.exchange()
    thief = Thief(room, alpha, alpha.keys[0])
    assert problems(room, "bravo", [thief.message()]) == []  # the key counted: it is journalled, and stays so
    rotate(room, "alpha", lost=True)
    room["alpha"].revoke(alpha.revoke(alpha.keys[0], "stolen"), NOW_MS)
    room.exchange()
    room.exchange()
    assert problems(room, "bravo", [thief.message()]) == ["key-revoked"]
    assert heard_of(room, "bravo")[Lane.URGENT] == 1
    assert "LANE FORKED" in alarms(room, "alpha") | alarms(room, "bravo")
    with room.parties["alpha"].store.reading() as tx:
        own = [open_line(it.sealed, None) for it in tx.entries(room.accord_id, "alpha", Lane.URGENT, 0, 100)]
    assert all(b"thief" not in bytes(it.body) for it in own)


def test_a_revocation_from_a_later_moment_counts_from_then_on() -> None:
    room = WarRoom(15)
    alpha = room.parties["alpha"]
    room.exchange()
    room["bravo"].learn(alpha.revoke(alpha.keys[0], "retired", NOW_MS + 60_000), NOW_MS)
    check(room, "alpha")
    room.exchange()
    assert heard_of(room, "bravo")[Lane.URGENT] == 1
    room.now_ms += 60_000
    thief = Thief(room, alpha, alpha.keys[0])
    assert problems(room, "bravo", [thief.message()]) == ["key-revoked"]


def test_nobody_but_the_party_revokes_and_a_node_believes_no_word_of_a_stranger() -> None:
    room, other = WarRoom(16), WarRoom(17)
    room.exchange()
    stranger = other.parties["alpha"]
    forged = stranger.revoke(room.parties["alpha"].keys[0], "stolen")
    assert problems(room, "bravo", [forged]) == ["party-unknown"]
    with pytest.raises(Unverifiable):
        room["bravo"].learn(stranger.certify(stranger.keys[0]), NOW_MS)
    check(room, "alpha")
    room.exchange()
    assert heard_of(room, "bravo")[Lane.URGENT] == 1


# A key is lost


def loses_its_key(room: WarRoom, name: str) -> Node:
    """Somebody has taken it out of keys/, and left another that counts nowhere."""
    party = room.parties[name]
    return Node(party.store, SigningKey.generate(), name, room.id)


def test_a_node_without_its_key_still_hears_and_ticks_and_says_so() -> None:
    """Its ticks failed and with them every alarm, and it heard nothing whose answer follows by itself: also
    no EMERGENCY behind it.
    """
    room = WarRoom(23)
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    over = room["alpha"].file(flight(room.id(), [(50.0, 5.0, 300, 0.0), (50.0, 5.1, 300, 10.0)]), NOW_MS)
    room.exchange()
    room["bravo"].file(flight(room.id(), WESTBOUND), NOW_MS)  # in conflict: alpha would state it, too
    emergency = Emergency(nature=Nature.DISTRESS, wanted=Wanted.CALL_US, officer=OFFICER)
    room["bravo"].say(room.accord_id, Kind.EMERGENCY, emergency, NOW_MS)
    said = room["bravo"].outbound(room.accord_id)
    mute = loses_its_key(room, "alpha")
    heard = mute.receive(room.accord_id, said, NOW_MS)
    assert (heard.taken, heard.problems) == (len(said), ())
    room.now_ms += 600_000
    mute.tick(room.now_ms)
    assert {"EMERGENCY", "ESCALATED", "KEY MISSING"} <= alarms(room, "alpha")
    with pytest.raises(Unavailable):
        mute.file(flight(room.id(), EASTBOUND), room.now_ms)
    with pytest.raises(Unavailable):
        mute.transit(over.operation_id, State.ENDED, room.now_ms)
    room.parties["alpha"].restart()
    room["alpha"].tick(room.now_ms)
    room.exchange()
    assert "KEY MISSING" not in alarms(room, "alpha")
    assert room.status("alpha").conflicts["ever"] == 1
    assert room.status("alpha").quiet
    assert_one_picture(room)
    assert_whole(room)


def test_what_must_be_rejected_waits_until_there_is_a_key_to_reject_it_with() -> None:
    """It was journalled, and no LRM said: the two pictures differed from then on."""
    room = WarRoom(24)
    room.exchange()
    bravo = room.parties["bravo"]
    wrong = Thief(room, bravo, bravo.keys[0]).message(kind="GREETING")
    mute = loses_its_key(room, "alpha")
    heard = mute.receive(room.accord_id, [wrong], NOW_MS)
    assert (heard.taken, [it.code for it in heard.problems]) == (0, ["node-key-missing"])
    room.parties["alpha"].restart()
    assert room["alpha"].receive(room.accord_id, [wrong], NOW_MS).taken == 1
    with room.parties["alpha"].store.reading() as tx:
        assert [it.kind for it in tx.entries(room.accord_id, "alpha", Lane.URGENT, 0, 9)] == ["LRM"]


def test_a_lost_key_is_followed_by_one_whose_certificate_people_have_brought() -> None:
    room = WarRoom(20)
    alpha = room.parties["alpha"]
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room.exchange()
    certificate = alpha.new_key()
    alpha.keys = alpha.keys[-1:]  # the old one is gone
    alpha.restart()
    with pytest.raises(Unavailable) as caught:
        check(room, "alpha")
    assert caught.value.code == "node-key-missing"
    alpha.node.change_key(certificate, NOW_MS, lost=True)
    said = [*room["alpha"].opening(room.accord_id, NOW_MS), *room["alpha"].outbound(room.accord_id)]
    assert set(problems(room, "bravo", said)) == {"key-unknown"}  # nobody has brought it yet
    room["bravo"].learn(certificate, NOW_MS)
    check(room, "alpha")
    room.exchange()
    assert room.status("alpha").quiet
    assert_one_picture(room)
    assert_whole(room)


def test_a_node_whose_disk_died_comes_back_with_a_backup_and_a_new_key(tmp_path: Path) -> None:
    room = room_on_disk(tmp_path, 21)
    alpha = room.parties["alpha"]
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room.exchange()
    backup(alpha.store, tmp_path / "copy")
    room["alpha"].file(flight(room.id(), WESTBOUND), NOW_MS)
    room.exchange()
    alpha.store.close()
    restore(tmp_path / "copy", tmp_path / "restored.db")
    alpha.store = open_store(tmp_path / "restored.db")
    certificate = alpha.new_key()
    alpha.keys = alpha.keys[-1:]
    alpha.restart()
    room["bravo"].learn(certificate, NOW_MS)
    room["bravo"].learn(alpha.revoke(SigningKey.generate(), "lost"), NOW_MS)
    room.exchange()  # its own words come back under the old key
    alpha.node.change_key(certificate, NOW_MS, lost=True)
    check(room, "alpha")
    room.exchange()
    assert room.status("alpha").quiet
    assert_one_picture(room)
    assert_whole(room)


# What is proved


def test_a_message_is_proved_across_rotations_of_both_sides() -> None:
    room = WarRoom(30)
    hashes = [check(room, "alpha")]
    room.exchange()
    for name in NAMES:
        rotate(room, name)
        hashes.append(check(room, "alpha"))
        room.exchange()
    keys = {name: party.party_key.public for name, party in room.parties.items()}
    for name in NAMES:
        with room[name].looking() as (tx, desks, _own):
            for found in hashes:
                desk, entry = find_entry(tx, desks, found)
                report = check_proof(prove(tx, desk, entry), keys)
                assert (report.acknowledged, report.hash) == (True, found)


def test_a_proof_under_a_revoked_key_holds_only_where_it_was_stored_before() -> None:
    room = WarRoom(31)
    alpha = room.parties["alpha"]
    keys = {name: party.party_key.public for name, party in room.parties.items()}
    found = check(room, "alpha")
    room.exchange()
    with room["alpha"].looking() as (tx, desks, _own):
        desk, entry = find_entry(tx, desks, found)
        proof = prove(tx, desk, entry)
    later = alpha.revoke(alpha.keys[0], "stolen", NOW_MS + 1)
    assert check_proof(proof, keys, [later]).acknowledged
    before = alpha.revoke(alpha.keys[0], "stolen", NOW_MS)
    with pytest.raises(Unverifiable) as caught:
        check_proof(proof, keys, [before])
    assert (caught.value.code, caught.value.message) == ("key-revoked", "entry")
    bravo = room.parties["bravo"]
    with pytest.raises(Unverifiable) as caught:
        check_proof(proof, keys, [bravo.revoke(bravo.keys[0], "lost", NOW_MS)])
    assert (caught.value.code, caught.value.message) == ("key-revoked", "lam")


def test_a_journal_in_which_the_old_key_has_sealed_a_later_number_is_not_whole() -> None:
    """The chain of hashes alone would not show it: whoever has the old key can make it fit."""
    room = WarRoom(32)
    rotate(room, "alpha")
    with room["alpha"].looking() as (tx, desks, _own):
        desk = desks[room.accord_id]
        rows = tx.entries(room.accord_id, "alpha", Lane.URGENT, 0, 10)
        chain = desk.keys.chain("alpha")
        place = open_line(rows[-1].sealed, None).place
        later = Place(
            **{
                name: getattr(place, name)
                for name in place.__struct_fields__
                if name not in ("number", "previous")
            },
            number=place.number + 1,
            previous=rows[-1].hash,
        )
        sealed = seal_line(Payload(later, "RESUME", msgspec.Raw(b"{}")), room.parties["alpha"].keys[0])
        entries = [
            *((it.number, it.hash, it.sealed) for it in rows),
            (later.number, leaf_hash(sealed), sealed),
        ]
        found = verify_lane(
            entries,
            head=None,
            keys=desk.keys_of("alpha"),
            keys_at=lambda number: {k: v.key for k, v in chain.at(Lane.URGENT, number).items()},
        )
    assert [it.code for it in found] == ["key-out-of-place"]
