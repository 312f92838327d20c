"""What `openline simulate` has found, each as a small story, so that it stays found."""

import json
from pathlib import Path

import msgspec
import pytest

from openline.accord.clauses import Caps, Disclosure
from openline.airspace.operation import State
from openline.coordination import conversed
from openline.coordination import session as wire
from openline.coordination.calls import Emergency, Nature, Taken, Wanted
from openline.coordination.conversation import FreeText, Talk, TalkAct
from openline.coordination.fields import Officer
from openline.coordination.messages import Check, Kind, Proposal, Shown
from openline.coordination.picture import Entity
from openline.errors import Refused, Unavailable
from openline.journal.checkpoint import open_lam, seal_lam
from openline.journal.entry import Lane, open_line
from openline.journal.envelope import open_envelope
from openline.journal.keys import SigningKey
from openline.node.audit import audit
from openline.node.officer import Move
from openline.node.step import RESTORED
from openline.simulation.faults import Fate, FaultyStore
from openline.store.backup import backup, restore
from openline.store.store import open_store
from simulation.test_keys_go_on import Thief
from simulation.test_restores import assert_journals_verify, room_on_disk
from simulation.test_scorecard import card
from simulation.test_two_nodes_one_line import EASTBOUND, WESTBOUND, two_in_conflict, views
from simulation.war_room import NAMES, NOW_MS, WarRoom, flight

FOX = Officer(position="watch", pseudonym="fox", automaton=False)
EMERGENCY = Emergency(nature=Nature.DISTRESS, wanted=Wanted.CALL_US, officer=FOX)
MINUTE_MS = 60_000

TELLING = Disclosure(fields=("callsign",))
SILENT = Disclosure()


def speaks_first(room: WarRoom, name: str, **terms: object) -> None:
    """The second version of the accord is signed, and one side says IN_FORCE; the other has yet to."""
    bundle = room.signed(room.draft(version=2, exercise=True, **terms))
    room[name].install_accord(bundle.data, room.now_ms)
    room.exchange()


def callsigns(room: WarRoom, name: str) -> list[str | None]:
    with room[name].looking() as (_, desks, _own):
        return [told.notice.callsign for told in desks[room.accord_id].line.picture.all_told()]


def test_who_speaks_under_a_version_tells_what_that_version_lets_it_tell() -> None:
    """It told what the earlier version allowed and sealed it under the later one; its own check refused that,
    and every tick failed until the partner had come along.
    """
    room = WarRoom(disclosure=TELLING)
    room.exchange()
    speaks_first(room, "alpha", disclosure=SILENT)
    filed = room["alpha"].file(flight(room.id(), EASTBOUND, callsign="ALF1"), room.now_ms)
    room.exchange()
    assert callsigns(room, "bravo") == [None]
    room["alpha"].transit(filed.operation_id, State.ENDED, room.now_ms)
    room["alpha"].tick(room.now_ms)
    room.exchange()
    assert room.status("alpha").digest == room.status("bravo").digest


def test_a_notice_is_held_to_the_caps_of_the_version_that_it_names() -> None:
    """The partner's IN_FORCE may cross it: then its receiver has the later caps, and its sender had not."""
    room = WarRoom()
    room.exchange()
    room["alpha"].file(flight(room.id(), EASTBOUND), room.now_ms)
    crossing = room["alpha"].outbound(room.accord_id)
    narrow = Caps(priority=0, area_m2=1, duration_ms=1, horizon_ms=1, open_notices=1)
    bundle = room.signed(room.draft(version=2, exercise=True, caps=narrow))
    room["bravo"].install_accord(bundle.data, room.now_ms)
    heard = room["bravo"].receive(room.accord_id, crossing, room.now_ms)
    assert heard.taken == 1
    assert room.status("bravo").notices["alpha"] == 1


def test_an_urgent_version_may_overtake_the_one_whose_place_it_keeps() -> None:
    """It was answered LRM, as it did not lie inside the version before last: a flight that had left its plan
    vanished from the partner's picture.
    """
    room = WarRoom()
    room.exchange()
    filed = room["alpha"].file(flight(room.id(), EASTBOUND), room.now_ms)
    room.exchange()
    elsewhere = [(lat - 3, lon, level, minutes) for lat, lon, level, minutes in EASTBOUND]
    room["alpha"].file(flight(filed.operation_id, elsewhere), room.now_ms)
    room["alpha"].transit(filed.operation_id, State.CONTINGENT, room.now_ms)
    urgent, routine = room["alpha"].outbound(room.accord_id)
    for sealed in (urgent, routine):
        room["bravo"].receive(room.accord_id, [sealed], room.now_ms)
    with room["bravo"].looking() as (_, desks, _own):
        desk = desks[room.accord_id]
        (told,) = desk.line.picture.all_told()
        assert (told.state, told.version, told.place_version) == (State.CONTINGENT, 3, 2)
        assert [desk.said(lane).number for lane in Lane] == [0, 0], "nothing was answered LRM"


@pytest.mark.parametrize("name", ["alpha", "bravo"])
def test_a_clock_that_is_put_back_holds_no_ladder_up(name: str) -> None:
    """Waiting was counted from a moment that had not come yet: nobody was called for as long as the leap."""
    room = WarRoom()
    room.exchange()
    call = room["alpha"].say(room.accord_id, Kind.EMERGENCY, EMERGENCY, NOW_MS)
    room.exchange()
    kind = {"alpha": "NOT TAKEN", "bravo": "ESCALATED"}[name]
    for at_ms in (NOW_MS - 60 * MINUTE_MS, NOW_MS + 5_000):
        room[name].tick(at_ms)
        assert kind in standing(room, name), "and who was called stays called"
    room.exchange()
    room["bravo"].say(room.accord_id, Kind.TAKEN, Taken(answers=call.hash, officer=FOX), NOW_MS + 6_000)
    room.exchange()
    assert kind not in standing(room, name)


def test_where_one_of_several_works_tears_the_transaction_the_others_are_done_all_the_same() -> None:
    """Those that had not begun yet were dropped, and nobody was told."""
    room = WarRoom()
    room.exchange()
    node = room["alpha"]

    def torn() -> None:
        node.say(room.accord_id, Kind.EMERGENCY, EMERGENCY, NOW_MS)
        raise Refused("changed-its-mind", "after it had said something")

    def said() -> str:
        return node.say(room.accord_id, Kind.EMERGENCY, EMERGENCY, NOW_MS).hash

    outcomes = node.together([torn, said, said], NOW_MS)
    assert [type(it.fault) for it in outcomes] == [Refused, type(None), type(None)]
    room.exchange()
    with room["bravo"].looking() as (_, desks, _own):
        calls = {call.hash for call in desks[room.accord_id].line.picture.conversed.calls()}
    assert {it.value for it in outcomes[1:]} <= calls


def resent(controls: list[bytes]) -> list[tuple[str, int]]:
    """The lanes that these ask for, and after which number."""
    payloads = [json.loads(open_envelope(it).payload) for it in controls]
    return [(it["lane"], it["after"]) for it in payloads if it["kind"] == "RESEND"]


def test_after_an_outage_what_is_urgent_is_asked_for_and_answered_first() -> None:
    """Gaps were asked about in the order in which they showed: after an outage a routine lane came first."""
    room = WarRoom()
    room.exchange()
    for hour in range(2):
        later = [(lat, lon, level, minutes + 60 * hour) for lat, lon, level, minutes in EASTBOUND]
        room["alpha"].file(flight(room.id(), later), room.now_ms)
        room["alpha"].say(room.accord_id, Kind.EMERGENCY, EMERGENCY, room.now_ms)
    (_, urgent), (_, routine) = (room["alpha"].outbound(room.accord_id, lanes=[lane]) for lane in Lane)
    asked = list(room["bravo"].receive(room.accord_id, [routine, urgent], room.now_ms).answers)
    assert resent(asked) == [("urgent", 0), ("routine", 0)]
    answered = room["alpha"].receive(room.accord_id, asked, room.now_ms).answers
    lanes = [open_line(it, None).place.lane for it in answered]
    assert lanes == [Lane.URGENT, Lane.URGENT, Lane.ROUTINE, Lane.ROUTINE]
    room["bravo"].receive(room.accord_id, list(answered), room.now_ms)
    room.exchange()
    assert room.status("alpha").root == room.status("bravo").root


# Keys


def goes_on_under_another_key(room: WarRoom, name: str, *, lost: bool = False) -> bytes:
    certificate = room.parties[name].new_key()
    room[name].change_key(certificate, room.now_ms, lost=lost)
    return certificate


def is_stolen(room: WarRoom, name: str, which: int) -> None:
    """Its party says so, and the people on both sides have the word of it before the line does."""
    word = room.parties[name].revoke(room.parties[name].keys[which], "stolen")
    for node in (room[name], room[room.other(name)]):
        (node.revoke if node is room[name] else node.learn)(word, room.now_ms)


def assert_all_crosses(room: WarRoom) -> None:
    room.exchange()
    room.exchange()
    assert room.status("alpha").quiet
    assert room.status("alpha").root == room.status("bravo").root


def test_a_key_that_follows_under_a_version_still_on_its_way_vouches_for_it() -> None:
    """Nothing of alpha was believed any more: KEY waited for the version that it names, that for a VOUCH, and
    the VOUCH for KEY.
    """
    room = WarRoom(1)
    room.exchange()
    bundle = room.signed(room.draft(version=2, exercise=True))
    room["alpha"].install_accord(bundle.data, room.now_ms)
    goes_on_under_another_key(room, "alpha")
    is_stolen(room, "alpha", 0)
    assert_all_crosses(room)


@pytest.mark.parametrize("lost", [False, True])
def test_a_version_of_the_accord_may_name_a_key_before_its_key_message_is_here(lost: bool) -> None:
    """Then the KEY was taken for that of a key that comes back, and the line stood still for ever."""
    room = WarRoom(2)
    room.exchange()
    goes_on_under_another_key(room, "alpha")
    certificate = goes_on_under_another_key(room, "alpha", lost=lost)
    room.parties["alpha"].certificate = certificate
    bundle = room.signed(room.draft(version=2, exercise=True))
    room["bravo"].install_accord(bundle.data, room.now_ms)
    assert_all_crosses(room)


@pytest.mark.parametrize("lost", [False, True])
def test_a_key_that_is_stolen_before_its_key_message_was_heard_stops_nothing(lost: bool) -> None:
    """Two keys followed behind a cut, and the first of them was stolen meanwhile: its KEY was never believed,
    and of its words nothing was vouched for, as those of the key before it came first.
    """
    room = WarRoom(3)
    room.exchange()
    room["alpha"].say(room.accord_id, Kind.EMERGENCY, EMERGENCY, room.now_ms)
    first = goes_on_under_another_key(room, "alpha", lost=lost)
    room["alpha"].say(room.accord_id, Kind.EMERGENCY, EMERGENCY, room.now_ms)
    second = goes_on_under_another_key(room, "alpha", lost=lost)
    is_stolen(room, "alpha", 1)
    for certificate in (first, second):
        room["bravo"].learn(certificate, room.now_ms)
    assert_all_crosses(room)


def test_an_acknowledgement_is_kept_when_the_journal_can_prove_its_key() -> None:
    """One came with a KEY that waited behind a gap: `journal verify` found its key unknown until then."""
    room = WarRoom(4)
    room.exchange()
    room["bravo"].say(room.accord_id, Kind.EMERGENCY, EMERGENCY, room.now_ms)
    goes_on_under_another_key(room, "bravo")
    room["alpha"].say(room.accord_id, Kind.EMERGENCY, EMERGENCY, room.now_ms)
    said = room["alpha"].outbound(room.accord_id)
    answers = room["bravo"].receive(room.accord_id, said, room.now_ms).answers
    assert not room["alpha"].receive(room.accord_id, list(answers), room.now_ms).problems
    with room.parties["alpha"].store.reading() as tx:
        assert audit(tx, "alpha").findings == ()
    assert_all_crosses(room)


# Back from a backup


def comes_back(room: WarRoom, name: str, copy: Path) -> None:
    party = room.parties[name]
    party.store.close()
    restore(copy, copy.with_suffix(".restored"))
    party.store = open_store(copy.with_suffix(".restored"))
    party.restart()


def test_a_node_whose_words_come_back_in_parts_says_nothing_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first part was answered with what followed from it, under numbers that it had used before."""
    monkeypatch.setattr(wire, "MAX_RESENT", 1)
    room = room_on_disk(tmp_path, 1)
    room["bravo"].file(flight(room.id(), WESTBOUND), room.now_ms)
    room.exchange()
    backup(room.parties["alpha"].store, tmp_path / "copy")
    room["alpha"].file(flight(room.id(), EASTBOUND), room.now_ms)
    room.exchange()
    root = room.status("bravo").root
    comes_back(room, "alpha", tmp_path / "copy")
    room.now_ms += 1_000
    room.exchange()
    assert (room.status("alpha").root, room.status("alpha").recovering) == (root, False)


def test_a_node_that_does_not_know_what_it_has_said_takes_back_a_key_beside_the_lanes(tmp_path: Path) -> None:
    """It said REVOKE under a number that its partner held for other words."""
    room = room_on_disk(tmp_path, 2)
    goes_on_under_another_key(room, "alpha")
    room.exchange()
    backup(room.parties["alpha"].store, tmp_path / "copy")
    room["alpha"].say(room.accord_id, Kind.EMERGENCY, EMERGENCY, room.now_ms)
    room.exchange()
    root = room.status("bravo").root
    comes_back(room, "alpha", tmp_path / "copy")
    is_stolen(room, "alpha", 0)
    room.exchange()
    assert (room.status("alpha").root, room.status("alpha").recovering) == (root, False)


def test_a_version_is_not_installed_before_a_node_knows_what_it_has_said(tmp_path: Path) -> None:
    """Nor may it say IN_FORCE."""
    room = room_on_disk(tmp_path, 3)
    room.exchange()
    backup(room.parties["alpha"].store, tmp_path / "copy")
    bundle = room.signed(room.draft(version=2, exercise=True))
    room["alpha"].install_accord(bundle.data, room.now_ms)
    room.exchange()
    comes_back(room, "alpha", tmp_path / "copy")
    with pytest.raises(Unavailable) as caught:
        room["alpha"].install_accord(bundle.data, room.now_ms)
    assert caught.value.code == "recovering"
    room.exchange()
    room["alpha"].install_accord(bundle.data, room.now_ms)
    assert_all_crosses(room)


def test_old_heads_that_somebody_repeats_do_not_end_a_recovery(tmp_path: Path) -> None:
    """They said that the partner held no more than the backup: the node spoke, and used numbers twice."""
    room = room_on_disk(tmp_path, 5)
    room.exchange()
    backup(room.parties["alpha"].store, tmp_path / "copy")
    old = room["bravo"].heads(room.accord_id, room.now_ms)
    room["alpha"].say(room.accord_id, Kind.EMERGENCY, EMERGENCY, room.now_ms)
    room.exchange()
    comes_back(room, "alpha", tmp_path / "copy")
    room["alpha"].opening(room.accord_id, room.now_ms)
    room["alpha"].receive(room.accord_id, [old], room.now_ms)
    with pytest.raises(Unavailable) as caught:
        room["alpha"].say(room.accord_id, Kind.EMERGENCY, EMERGENCY, room.now_ms)
    assert caught.value.code == "recovering"
    assert_all_crosses(room)
    assert not room.status("alpha").recovering


def test_a_node_back_from_a_backup_learns_the_key_that_its_partner_has_changed_to(tmp_path: Path) -> None:
    """It had acknowledged the KEY that it lost: so it was never told it again, believed nothing that it was
    told, and did not recover.
    """
    room = room_on_disk(tmp_path, 4)
    room.exchange()
    backup(room.parties["alpha"].store, tmp_path / "copy")
    room["alpha"].say(room.accord_id, Kind.EMERGENCY, EMERGENCY, room.now_ms)
    goes_on_under_another_key(room, "bravo")
    room.exchange()
    comes_back(room, "alpha", tmp_path / "copy")
    assert_all_crosses(room)
    assert not room.status("alpha").recovering


def test_a_node_back_from_a_backup_learns_which_of_its_own_keys_is_revoked(tmp_path: Path) -> None:
    """It had forgotten its people's word, so it vouched for nothing; its partner had not, and believed
    nothing that waited under the old key. They stood so for ever.
    """
    room = room_on_disk(tmp_path, 6)
    room.exchange()
    alpha = room.parties["alpha"]
    room["alpha"].say(room.accord_id, Kind.EMERGENCY, EMERGENCY, room.now_ms)
    goes_on_under_another_key(room, "alpha")
    backup(alpha.store, tmp_path / "copy")
    room["alpha"].revoke(alpha.revoke(alpha.keys[0], "superseded"), room.now_ms)
    room["bravo"].receive(room.accord_id, room["alpha"].opening(room.accord_id, room.now_ms), room.now_ms)
    comes_back(room, "alpha", tmp_path / "copy")
    assert_all_crosses(room)
    with room["bravo"].looking() as (_, desks, _own):
        assert [call.caller for call in desks[room.accord_id].line.picture.conversed.calls()] == ["alpha"]


def test_a_node_back_from_a_backup_rejects_nothing_a_second_time(tmp_path: Path) -> None:
    """Its LRM came back, and then the message that it had rejected: it was answered with another LRM."""
    room = room_on_disk(tmp_path, 7)
    room.exchange()
    backup(room.parties["alpha"].store, tmp_path / "copy")
    bravo = room.parties["bravo"]
    strange = Thief(room, bravo, bravo.keys[0]).message(kind="GREETING")
    answers = room["alpha"].receive(room.accord_id, [strange], room.now_ms).answers
    room["bravo"].receive(room.accord_id, [*answers, *room["alpha"].outbound(room.accord_id)], room.now_ms)
    comes_back(room, "alpha", tmp_path / "copy")
    room.post("alpha", room["alpha"].opening(room.accord_id, room.now_ms))
    assert not room.status("alpha").recovering
    assert room["alpha"].receive(room.accord_id, [strange], room.now_ms).taken == 1
    with room["alpha"].looking() as (tx, _, _own):
        said = tx.entries(room.accord_id, "alpha", Lane.URGENT, 0, 9)
    assert [it.kind for it in said] == [Kind.LRM]


def test_a_line_that_was_lost_with_a_store_asks_before_it_speaks_again(tmp_path: Path) -> None:
    """Its accord was not in the copy, and people installed it when the node had recovered all that it knew:
    it began that line from number 1 a second time.
    """
    room = room_on_disk(tmp_path, 8)
    with open_store(tmp_path / "empty.db") as empty:
        backup(empty, tmp_path / "copy")
    room["alpha"].say(room.accord_id, Kind.EMERGENCY, EMERGENCY, room.now_ms)
    room.exchange()
    with room.parties["alpha"].store.reading() as tx:
        bundle = tx.accords()[0].bundle
    comes_back(room, "alpha", tmp_path / "copy")
    with room.parties["alpha"].store.writing() as tx:
        tx.put_setting(RESTORED, "0")  # on its other lines it has recovered
    room["alpha"].install_accord(bundle, room.now_ms)
    with pytest.raises(Unavailable) as caught:
        room["alpha"].say(room.accord_id, Kind.EMERGENCY, EMERGENCY, room.now_ms)
    assert caught.value.code == "recovering"
    room["alpha"].tick(room.now_ms)
    assert_all_crosses(room)
    room["alpha"].say(room.accord_id, Kind.EMERGENCY, EMERGENCY, room.now_ms)
    assert_all_crosses(room)
    with room.parties["bravo"].store.reading() as tx:
        assert [it.kind for it in tx.entries(room.accord_id, "alpha", Lane.URGENT, 0, 9)] == ["EMERGENCY"] * 2


def test_what_comes_back_before_the_version_that_it_names_is_not_left_out_of_the_picture(
    tmp_path: Path,
) -> None:
    """What is urgent comes back first, and the IN_FORCE of its version on the other lane."""
    room = room_on_disk(tmp_path, 4)
    room.exchange()
    backup(room.parties["alpha"].store, tmp_path / "copy")
    bundle = room.signed(room.draft(version=2, exercise=True))
    for name in ("alpha", "bravo"):
        room[name].install_accord(bundle.data, room.now_ms)
    room.exchange()
    room["alpha"].say(room.accord_id, Kind.EMERGENCY, EMERGENCY, room.now_ms)
    room.exchange()
    comes_back(room, "alpha", tmp_path / "copy")
    waiting = list(room["alpha"].opening(room.accord_id, room.now_ms))
    for _ in range(3):  # heads, what was said, and what waited for its version; no more heads healed it
        back = room["bravo"].receive(room.accord_id, waiting, room.now_ms).answers
        waiting = list(room["alpha"].receive(room.accord_id, back, room.now_ms).answers)
        with room.parties["alpha"].store.reading() as tx:
            assert not audit(tx, "alpha").findings
    assert_all_crosses(room)
    assert room.status("alpha").digest == room.status("bravo").digest


def standing(room: WarRoom, name: str) -> set[str]:
    with room[name].looking() as (tx, _, _own):
        return {alarm.kind for alarm in tx.alarms()}


def lams_of(room: WarRoom, name: str) -> set[tuple[str, Lane, int, int]]:
    with room[name].looking() as (tx, desks, _own):
        lanes = desks[room.accord_id].heads
        rows = [row for lane in lanes for row in tx.lams(room.accord_id, *lane)]
    return {(row.sender, row.lane, row.number, row.at_ms) for row in rows}


def brought_back(room: WarRoom, name: str, folder: Path) -> None:
    """Its store is the copy ``backup`` in this folder."""
    room.parties[name].store.close()
    restore(folder / "backup", folder / "restored.db")
    room.parties[name].store = open_store(folder / "restored.db")
    room.parties[name].restart()


def test_a_node_back_from_a_backup_acknowledges_in_the_words_that_it_used_before(tmp_path: Path) -> None:
    """It gave its LAMs a second time, later: the two sides' scorecards differed for good."""
    room = room_on_disk(tmp_path, 31)
    room.exchange()
    backup(room.parties["alpha"].store, tmp_path / "backup")
    for _ in range(3):
        room["bravo"].say(room.accord_id, Kind.CHECK, Check(officer=FOX), room.now_ms)
        room.exchange()
        room.now_ms += MINUTE_MS
    before = lams_of(room, "bravo")
    assert len(before) == 3
    brought_back(room, "alpha", tmp_path)
    assert lams_of(room, "alpha") == set()
    room.exchange()
    assert lams_of(room, "alpha") == lams_of(room, "bravo") == before
    assert_journals_verify(room)


def test_a_process_that_ends_between_its_lams_and_their_messages_forgets_neither(tmp_path: Path) -> None:
    """It had been given its LAMs back, died, and got the messages: it acknowledged them anew."""
    room = room_on_disk(tmp_path, 37)
    room.exchange()
    backup(room.parties["alpha"].store, tmp_path / "backup")
    room["bravo"].say(room.accord_id, Kind.CHECK, Check(officer=FOX), room.now_ms)
    room.exchange()
    before = lams_of(room, "bravo")
    brought_back(room, "alpha", tmp_path)
    answers = room["bravo"].receive(
        room.accord_id, room["alpha"].opening(room.accord_id, room.now_ms), room.now_ms
    )
    room["alpha"].receive(room.accord_id, answers.answers, room.now_ms)
    room.parties["alpha"].restart()
    room.now_ms += MINUTE_MS
    messages = room["bravo"].outbound(room.accord_id)
    assert len(messages) == 1
    room["alpha"].receive(room.accord_id, messages, room.now_ms)
    assert lams_of(room, "alpha") == before
    room.exchange()
    assert lams_of(room, "alpha") == lams_of(room, "bravo") == before
    assert_journals_verify(room)


def test_a_lam_that_was_given_later_than_its_message_was_stored_comes_back_too(tmp_path: Path) -> None:
    """The key was not at hand when the message came. A copy of before the LAM holds the message alone, and
    its partner gave back only the LAMs of what it does not hold.
    """
    room = room_on_disk(tmp_path, 43)
    room.exchange()
    alpha = room.parties["alpha"]
    at_hand, alpha.keys[:] = list(alpha.keys), [SigningKey.from_seed(bytes(32))]
    alpha.restart()
    room["bravo"].say(room.accord_id, Kind.CHECK, Check(officer=FOX), room.now_ms)
    room["alpha"].receive(room.accord_id, room["bravo"].outbound(room.accord_id), room.now_ms)
    backup(alpha.store, tmp_path / "backup")
    alpha.keys[:] = at_hand
    alpha.restart()
    room.now_ms += MINUTE_MS
    room.exchange()
    before = lams_of(room, "bravo")
    assert len(before) == 1
    brought_back(room, "alpha", tmp_path)
    assert lams_of(room, "alpha") == set()
    room.now_ms += MINUTE_MS
    room.exchange()
    assert lams_of(room, "alpha") == lams_of(room, "bravo") == before
    assert_journals_verify(room)


def test_a_lam_that_does_not_fit_what_came_back_is_not_taken_for_given(tmp_path: Path) -> None:
    """Somebody with the node's own key has acknowledged a lane that never was."""
    room = room_on_disk(tmp_path, 32)
    room.exchange()
    room["bravo"].say(room.accord_id, Kind.CHECK, Check(officer=FOX), room.now_ms)
    room.exchange()
    with room["bravo"].looking() as (tx, _, _own):
        (row,) = tx.lams(room.accord_id, "bravo", Lane.URGENT)
    lam = open_lam(row.sealed, None)
    key = room.parties["alpha"].node_key
    never = [
        seal_lam(msgspec.structs.replace(lam, at_ms=1), key),  # it has given another for this number
        seal_lam(msgspec.structs.replace(lam, number=2, root="ab" * 32), key),
        seal_lam(msgspec.structs.replace(lam, number=7, root="cd" * 32), key),
    ]
    room["alpha"].receive(room.accord_id, never, room.now_ms)
    room["bravo"].say(room.accord_id, Kind.CHECK, Check(officer=FOX), room.now_ms)
    room.exchange()
    assert lams_of(room, "alpha") == lams_of(room, "bravo")
    assert (lam.sender, lam.lane, 1, lam.at_ms) in lams_of(room, "alpha")
    assert_journals_verify(room)


def test_what_was_shown_first_counts_whichever_lane_brings_it_first() -> None:
    """SHOWN of one message went on both lanes; each side kept the one that it had first, and counted that."""
    room = WarRoom(33)
    room.exchange()
    begins_ms = room.now_ms + 60 * MINUTE_MS
    asked = Talk(
        talk_id=room.id(), act=TalkAct.PROPOSE, officer=FOX, start_ms=begins_ms, duration_ms=10 * MINUTE_MS
    )
    talk = room["bravo"].say(room.accord_id, Kind.TALK, asked, room.now_ms)
    emergency = room["bravo"].say(room.accord_id, Kind.EMERGENCY, EMERGENCY, room.now_ms)
    room.exchange()
    for messages in ((talk.hash,), (talk.hash, emergency.hash)):
        room.now_ms += MINUTE_MS
        room["alpha"].say(room.accord_id, Kind.SHOWN, Shown(messages=messages, officer=FOX), room.now_ms)
    for lane in (Lane.URGENT, Lane.ROUTINE):  # the later one first
        room.post("alpha", room["alpha"].outbound(room.accord_id, lanes=[lane]))
    cards = [card(room, name) for name in ("alpha", "bravo")]
    assert cards[0] == cards[1]
    assert (cards[0].sides["alpha"].shown.median_ms, cards[0].sides["alpha"].shown.count) == (MINUTE_MS, 2)


def test_a_process_that_has_heard_nothing_leaves_it_when_the_partner_was_last_heard() -> None:
    """After a restart one batch with nothing new made it "never heard", and LINE SILENT was not raised."""
    room = WarRoom(34)
    room["bravo"].say(room.accord_id, Kind.CHECK, Check(officer=FOX), room.now_ms)
    room.exchange()
    old = room["bravo"].heads(room.accord_id, room.now_ms)
    room["alpha"].receive(room.accord_id, [old], room.now_ms)
    heard_ms = room.status("alpha").last_heard_ms
    assert heard_ms is not None
    room.parties["alpha"].restart()
    room["alpha"].receive(room.accord_id, [b"{}"], room.now_ms)
    room.now_ms += 5 * MINUTE_MS
    room["alpha"].tick(room.now_ms)
    assert (room.status("alpha").last_heard_ms, room.status("alpha").link) == (heard_ms, "silent")
    with room["alpha"].looking() as (tx, _, _own):
        assert "LINE SILENT" in {alarm.kind for alarm in tx.alarms()}


@pytest.mark.parametrize("at_statement", range(1, 4))
def test_a_disk_that_fails_at_the_first_question_is_told_like_any_other(at_statement: int) -> None:
    """To ask whether somebody else has committed was the one statement whose failure nobody translated."""
    room = WarRoom(35)
    room.exchange()
    party = room.parties["alpha"]
    party.store = FaultyStore(party.store)  # type: ignore[assignment]
    party.restart()
    party.store.arm(Fate.DISK_FULL, at_statement=at_statement)  # type: ignore[attr-defined]
    with pytest.raises(Unavailable, match="disk"):
        room["alpha"].tick(room.now_ms)
    room["alpha"].tick(room.now_ms)


def test_who_asks_for_another_agreement_is_owed_an_answer() -> None:
    """Over an agreement a proposal waited for ever, and nobody was told."""
    room = WarRoom(36)
    _, _, conflict = two_in_conflict(room)
    room["alpha"].move(room.accord_id, conflict, Move(kind=Kind.ACP), room.now_ms)
    room.exchange()
    (view,) = views(room, "alpha")
    higher = Proposal(notice_id=view.of("bravo").notice_id, climb_dmm=3_048_000)
    room["alpha"].move(room.accord_id, conflict, Move(kind=Kind.REQUEST, proposal=higher), room.now_ms)
    room.exchange()
    room.now_ms += 60 * MINUTE_MS
    for name in ("alpha", "bravo"):
        room[name].tick(room.now_ms)
        with room[name].looking() as (tx, _, _own):
            texts = [alarm.text for alarm in tx.alarms() if alarm.kind == "ANSWER MISSING"]
        assert [text.partition(" on conflict")[0] for text in texts] == ["bravo owes an answer"]


# Found by measuring


def kept_of_shown(room: WarRoom, name: str) -> int:
    with room[name].looking() as (tx, desks, _own):
        desk = desks[room.accord_id]
        rows = [row for row in tx.picture(desk.accord_id) if row.kind == Entity.SHOWN]
        return len(rows) + len(desk.line.picture.keys(Entity.SHOWN))


@pytest.mark.parametrize("restarted", [False, True])
def test_what_is_shown_of_a_text_is_in_the_journal_alone(restarted: bool) -> None:
    """Of TEXT the picture keeps nothing, so its SHOWN looked like one of a message that is still to come: a
    long journal filled the memory with them.
    """
    room = WarRoom()
    room.exchange()
    for number in range(5):
        text = room["alpha"].say(room.accord_id, Kind.TEXT, FreeText(text=f"{number}", officer=FOX), NOW_MS)
        room.exchange()
        if restarted:
            for party in room.parties.values():
                party.restart()
            room.exchange()
        room["bravo"].say(room.accord_id, Kind.SHOWN, Shown(messages=(text.hash,), officer=FOX), NOW_MS)
        room.exchange()
    assert [kept_of_shown(room, name) for name in NAMES] == [0, 0]
    assert_journals_verify(room)


def test_of_messages_that_nobody_ever_says_only_so_many_are_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conversed, "MAX_SHOWN_EARLY", 3)
    room = WarRoom()
    room.exchange()
    for number in range(8):
        shown = Shown(messages=(f"{number:064x}",), officer=FOX)
        room["bravo"].say(room.accord_id, Kind.SHOWN, shown, NOW_MS)
    room.exchange()
    assert kept_of_shown(room, "alpha") == 2 * 3
