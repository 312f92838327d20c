"""Whole nodes on one line: what two control centres can rely on, promise by promise."""

import random

import msgspec
import pytest

from openline.accord.clauses import Caps, Disclosure
from openline.airspace.altitude import Datum
from openline.airspace.operation import State
from openline.conflict.minima import Minima
from openline.coordination.conflict_view import ConflictStatus, ConflictView
from openline.coordination.messages import Kind, Officer, Proposal, Reason, Resume, Suspend
from openline.errors import Refused
from openline.journal.canonical import canonical
from openline.journal.entry import Lane, Payload, Place, leaf_hash, open_line, seal_line
from openline.node.officer import Move
from openline.node.ports import PictureRow
from simulation.war_room import HOUR_MS, NAMES, NOW_MS, WarRoom, box, flight

EASTBOUND = [(46.0, 7.0, 350, 60.0), (47.0, 8.0, 350, 75.0)]
WESTBOUND = [(47.0, 7.0, 350, 60.0), (46.0, 8.0, 350, 75.0)]
THOUSAND_FEET_DMM = 3_048_000
WATCH = Officer(position="watch", pseudonym="fox", automaton=False)


def views(room: WarRoom, name: str) -> list[ConflictView]:
    with room[name].looking() as (_, desks, _own):
        return sorted(desks[room.accord_id].line.picture.conflicts(), key=lambda view: view.conflict_id)


def inventory(room: WarRoom, name: str) -> list[list[str | int]]:
    with room[name].looking() as (_, desks, _own):
        return list(desks[room.accord_id].line.picture.inventory())


def alarms(room: WarRoom, name: str) -> list[str]:
    with room[name].looking() as (tx, _, _own):
        return [alarm.kind for alarm in tx.alarms()]


def state_of(room: WarRoom, name: str, operation_id: str) -> State:
    with room[name].looking() as (_, _desks, own):
        return own.need(operation_id).state


def assert_one_picture(room: WarRoom) -> None:
    assert inventory(room, "alpha") == inventory(room, "bravo")
    assert room.status("alpha").root == room.status("bravo").root
    assert all(room.status(name).quiet for name in NAMES)


def two_in_conflict(room: WarRoom) -> tuple[str, str, str]:
    """Alpha files first, bravo across it: the two operation ids and the conflict."""
    first = room["alpha"].file(flight(room.id(), EASTBOUND, callsign="ALF1"), NOW_MS)
    room.exchange()
    second = room["bravo"].file(flight(room.id(), WESTBOUND, callsign="BRV1"), NOW_MS)
    room.exchange()
    (conflict,) = second.conflicts
    return first.operation_id, second.operation_id, conflict


def test_both_find_the_same_conflict_and_the_later_filing_asks() -> None:
    room = WarRoom()
    alpha_id, bravo_id, conflict = two_in_conflict(room)
    for name in NAMES:
        (view,) = views(room, name)
        assert (view.conflict_id, view.status, view.mover) == (conflict, ConflictStatus.OPEN, "bravo")
        assert view.dialogue.requester == "bravo"
    assert state_of(room, "alpha", alpha_id) is State.ACCEPTED
    assert state_of(room, "bravo", bravo_id) is State.PROPOSED
    assert_one_picture(room)


def test_who_need_not_move_is_not_held_back_though_it_came_later() -> None:
    """The conflict stands open, and asks the other side alone."""
    room = WarRoom(precedence="priority-then-standing")
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room.exchange()
    graver = msgspec.structs.replace(flight(room.id(), WESTBOUND), priority=50)
    filed = room["bravo"].file(graver, NOW_MS)
    assert len(filed.conflicts) == 1
    for _ in range(2):
        (view,) = views(room, "bravo")
        assert (view.status, view.mover) == (ConflictStatus.OPEN, "alpha")
        assert state_of(room, "bravo", filed.operation_id) is State.ACCEPTED
        room.exchange()


def test_an_accepted_counter_is_carried_out_and_dissolves_the_conflict() -> None:
    room = WarRoom()
    _, bravo_id, conflict = two_in_conflict(room)
    (view,) = views(room, "alpha")
    proposal = Proposal(notice_id=view.of("bravo").notice_id, climb_dmm=THOUSAND_FEET_DMM)
    room["alpha"].move(room.accord_id, conflict, Move(kind=Kind.CDN, proposal=proposal), NOW_MS)
    room.exchange()
    room["bravo"].move(room.accord_id, conflict, Move(kind=Kind.ACP), NOW_MS)
    room.exchange()
    (view,) = views(room, "alpha")
    assert view.status is ConflictStatus.GONE
    with room["alpha"].looking() as (_, desks, _own):
        (yielding,) = desks[room.accord_id].line.picture.yieldings()
    assert (yielding.party, yielding.cause) == ("bravo", view.settled.agreement)  # type: ignore[union-attr]
    assert state_of(room, "bravo", bravo_id) is State.ACCEPTED
    assert_one_picture(room)


def test_a_request_accepted_as_filed_settles_without_a_move() -> None:
    room = WarRoom()
    _, bravo_id, conflict = two_in_conflict(room)
    room["alpha"].move(room.accord_id, conflict, Move(kind=Kind.ACP), NOW_MS)
    room.exchange()
    (view,) = views(room, "bravo")
    assert view.status is ConflictStatus.AGREED
    assert state_of(room, "bravo", bravo_id) is State.ACCEPTED
    assert_one_picture(room)


def test_a_rejected_operation_stays_proposed_until_it_moves_itself() -> None:
    room = WarRoom()
    _, bravo_id, conflict = two_in_conflict(room)
    room["alpha"].move(room.accord_id, conflict, Move(kind=Kind.RJC, reason=Reason.TRAFFIC), NOW_MS)
    room.exchange()
    assert state_of(room, "bravo", bravo_id) is State.PROPOSED
    higher = [(lat, lon, 370, minutes) for lat, lon, _, minutes in WESTBOUND]
    room["bravo"].file(flight(bravo_id, higher, callsign="BRV1"), NOW_MS)
    room.exchange()
    assert state_of(room, "bravo", bravo_id) is State.ACCEPTED
    assert_one_picture(room)


def test_a_move_out_of_turn_is_refused_and_says_whose_turn_it_is() -> None:
    room = WarRoom()
    _, _, conflict = two_in_conflict(room)
    with pytest.raises(Refused) as caught:
        room["bravo"].move(room.accord_id, conflict, Move(kind=Kind.ACP), NOW_MS)
    assert caught.value.code == "not-your-move"
    assert "waits for alpha" in caught.value.text


def test_a_revision_that_would_break_an_agreed_operation_is_refused_with_a_way_out() -> None:
    room = WarRoom()
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room.exchange()
    higher = [(lat, lon, 370, minutes) for lat, lon, _, minutes in WESTBOUND]
    identifier = room.id()
    room["bravo"].file(flight(identifier, higher), NOW_MS)
    room.exchange()
    before = inventory(room, "bravo")
    with pytest.raises(Refused) as caught:
        room["bravo"].file(flight(identifier, WESTBOUND), NOW_MS)
    assert caught.value.code == "would-break-agreed"
    assert "a way out" in (caught.value.remedy or "")
    assert inventory(room, "bravo") == before


@pytest.mark.parametrize("theirs", [State.ACCEPTED, State.ACTIVATED, State.NONCONFORMING, State.CONTINGENT])
@pytest.mark.parametrize("ours", [State.ACCEPTED, State.ACTIVATED])
def test_no_revision_breaks_what_is_agreed_on_the_ground_or_in_the_air(ours: State, theirs: State) -> None:
    room = WarRoom()
    stands, revised = room.id(), room.id()
    higher = [(lat, lon, 370, minutes) for lat, lon, _, minutes in WESTBOUND]
    room["alpha"].file(flight(stands, EASTBOUND), NOW_MS)
    room["bravo"].file(flight(revised, higher), NOW_MS)
    for name, operation_id, state in (("alpha", stands, theirs), ("bravo", revised, ours)):
        room[name].transit(operation_id, state, NOW_MS)
    room.exchange()
    with pytest.raises(Refused, match="would-break-agreed"):
        room["bravo"].file(flight(revised, WESTBOUND), NOW_MS)


def test_who_is_off_nominal_is_never_refused_and_never_has_to_move() -> None:
    room = WarRoom()
    _, bravo_id, _ = two_in_conflict(room)
    lost = flight(bravo_id, WESTBOUND, callsign="BRV1", state=State.CONTINGENT)
    room["bravo"].file(lost, NOW_MS)
    room.exchange()
    (view,) = views(room, "alpha")
    assert view.mover == "alpha"
    assert view.of("bravo").stamp.lane is Lane.URGENT
    assert_one_picture(room)


def test_filings_that_cross_on_the_wire_give_both_sides_the_same_mover() -> None:
    """Neither had seen the other: the party that has given way less often gives way, on a tie the one
    named first.
    """
    room = WarRoom()
    room.open_session()
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room["bravo"].file(flight(room.id(), WESTBOUND), NOW_MS)
    room.exchange()
    (one,), (other,) = views(room, "alpha"), views(room, "bravo")
    assert one.mover == other.mover == "alpha"
    assert one.dialogue.requester == "alpha"
    room["bravo"].move(
        room.accord_id, one.conflict_id, Move(kind=Kind.CDN, proposal=_climb(one, "alpha")), NOW_MS
    )
    room.exchange()
    room["alpha"].move(room.accord_id, one.conflict_id, Move(kind=Kind.ACP), NOW_MS)
    room.exchange()
    later = [(lat - 2, lon, level, minutes) for lat, lon, level, minutes in EASTBOUND]
    across = [(lat - 2, lon, level, minutes) for lat, lon, level, minutes in WESTBOUND]
    room["alpha"].file(flight(room.id(), later), NOW_MS)
    room["bravo"].file(flight(room.id(), across), NOW_MS)
    room.exchange()
    newest = [view for view in views(room, "bravo") if view.held]
    assert [view.mover for view in newest] == ["bravo"]
    assert_one_picture(room)


def _climb(view: ConflictView, party: str) -> Proposal:
    return Proposal(notice_id=view.of(party).notice_id, climb_dmm=THOUSAND_FEET_DMM)


# Suspension and expiry


def test_who_tries_the_line_twice_asks_twice_and_never_answers_himself() -> None:
    room = WarRoom()
    room.exchange()
    said = [room["alpha"].check(room.accord_id, WATCH, NOW_MS) for _ in range(2)]
    assert [it.kind for it in said] == [Kind.CHECK, Kind.CHECK]
    room.exchange()
    answers = [room["bravo"].check(room.accord_id, WATCH, NOW_MS) for _ in range(3)]
    assert [it.kind for it in answers] == [Kind.CHECKED, Kind.CHECKED, Kind.CHECK]
    assert [it.body.answers for it in answers[:2]] == [it.hash for it in said]


def test_suspension_rests_filings_and_leaves_safety_of_life_running() -> None:
    room = WarRoom()
    room["bravo"].say(room.accord_id, Kind.SUSPEND, Suspend(reason=Reason.INSTRUCTED), NOW_MS)
    room.exchange()
    assert [room.status(name).state for name in NAMES] == ["suspended", "suspended"]
    filed = room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    assert filed.told == ()
    room["alpha"].check(room.accord_id, WATCH, NOW_MS)
    room["bravo"].file(flight(room.id(), WESTBOUND, state=State.NONCONFORMING), NOW_MS)
    room.exchange()
    assert room.status("bravo").notices == {"alpha": 0, "bravo": 1}
    room["bravo"].check(room.accord_id, WATCH, NOW_MS)
    room["bravo"].say(room.accord_id, Kind.RESUME, Resume(), NOW_MS)
    room.exchange()
    room["alpha"].tick(NOW_MS)
    room.exchange()
    assert room.status("bravo").notices == {"alpha": 1, "bravo": 1}
    assert len(views(room, "alpha")) == 1
    assert_one_picture(room)


def test_a_suspension_is_said_once_and_taken_back_by_the_side_that_said_it() -> None:
    room = WarRoom()
    room["bravo"].say(room.accord_id, Kind.SUSPEND, Suspend(reason=Reason.SAFETY), NOW_MS)
    room.exchange()
    with pytest.raises(Refused, match="already-suspended"):
        room["bravo"].say(room.accord_id, Kind.SUSPEND, Suspend(reason=Reason.SAFETY), NOW_MS)
    with pytest.raises(Refused, match="not-suspended"):
        room["alpha"].say(room.accord_id, Kind.RESUME, Resume(), NOW_MS)
    assert room.status("alpha").state == "suspended"


def test_a_message_said_in_spite_of_a_known_suspension_is_answered_lrm() -> None:
    room = WarRoom()
    room["bravo"].say(room.accord_id, Kind.SUSPEND, Suspend(reason=Reason.SAFETY), NOW_MS)
    room.exchange()
    notice = _notice_body(WarRoom(seed=1))
    codes = say_raw(room, "alpha", "NOTICE", notice)
    assert codes == ["suspended"]


def test_after_expiry_only_safety_of_life_is_said() -> None:
    room = WarRoom(valid_until_ms=NOW_MS + HOUR_MS)
    filed = room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS + 2 * HOUR_MS - HOUR_MS - 1)
    assert len(filed.told) == 1
    late = NOW_MS + HOUR_MS
    filed = room["bravo"].file(flight(room.id(), WESTBOUND), late)
    assert filed.told == ()
    assert room["alpha"].status(late)[0].state == "expired"
    room["alpha"].check(room.accord_id, WATCH, late)
    room.exchange()
    assert room.status("bravo").lanes["urgent"].received == 1


# Signed but wrong: journalled, answered LRM, out of both pictures, and the lane goes on


def say_raw(room: WarRoom, sender: str, kind: str, body: bytes) -> list[str]:
    """Put a message of any content on the sender's routine lane, well sealed, and return the codes of the
    LRMs that come back.
    """
    party = room.parties[sender]
    node = room[sender]
    with node.step(room.now_ms) as step:
        desk = step.desk(room.accord_id)
        head = desk.said(Lane.ROUTINE)
        place = Place(
            accord=room.accord_id,
            accord_version=1,
            exercise=True,
            sender=sender,
            receiver=room.other(sender),
            lane=Lane.ROUTINE,
            number=head.number + 1,
            previous=head.hash,
            beside=desk.said(Lane.URGENT).number,
            seen=desk.seen(),
            at_ms=room.now_ms,
        )
        payload = Payload(place, kind, msgspec.Raw(body))
        sealed = seal_line(payload, party.node_key)
        desk.fold(desk.journal(step.tx, sealed, leaf_hash(sealed), payload, room.now_ms))
    room.exchange()
    with room[sender].looking() as (tx, _, _own):
        lrms = [
            entry
            for entry in tx.entries(room.accord_id, room.other(sender), Lane.ROUTINE, 0, 1000)
            if entry.kind == "LRM"
        ]
    return [msgspec.json.decode(bytes(open_line(entry.sealed, None).body))["code"] for entry in lrms]


def _notice_body(room: WarRoom) -> bytes:
    """The canonical body of a notice, made by a node of another room."""
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    with room["alpha"].looking() as (tx, _, _own):
        (entry,) = tx.entries(room.accord_id, "alpha", Lane.ROUTINE, 0, 1)
    return bytes(open_line(entry.sealed, None).body)


@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [
        ("TARGET", {}, "unknown-kind"),
        ("NOTICE", {"target": "somewhere"}, "field-unknown"),
        ("NOTICE", {"version": "one"}, "field-malformed"),
        ("NOTICE", {"keeps_place": False}, "not-the-one-spelling"),
        ("NOTICE", {"priority": 101}, "over-the-cap"),
        ("ACP", {"conflict_id": "0" * 64, "answers": "0" * 64}, "field-unknown"),
        ("IN_FORCE", None, "envelope-malformed"),
    ],
)
def test_what_is_signed_but_wrong_is_journalled_answered_lrm_and_the_lane_goes_on(
    kind: str, change: dict[str, object] | None, code: str
) -> None:
    room = WarRoom()
    body: dict[str, object] = {"version": 2, "document": "no document"}
    if change is not None:
        body = {**msgspec.json.decode(_notice_body(WarRoom(seed=2))), **change}
    assert say_raw(room, "alpha", kind, canonical(body)) == [code]
    filed = room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room.exchange()
    assert [line[1] for line in inventory(room, "bravo") if line[0] == "notice"] == [filed.told[0].notice_id]
    assert_one_picture(room)


def test_a_cap_of_the_accord_refuses_the_filing_and_names_the_clause() -> None:
    caps = Caps(priority=3, area_m2=10**12, duration_ms=HOUR_MS * 4, horizon_ms=HOUR_MS * 24, open_notices=1)
    room = WarRoom(datum=Datum.WGS84, caps=caps)
    with pytest.raises(Refused) as caught:
        room["alpha"].file(box(room.id(), (46.0, 7.0), 0.1, (0, 100), (1, 2), priority=4), NOW_MS)
    assert caught.value.clause == "caps.priority"
    room["alpha"].file(box(room.id(), (46.0, 7.0), 0.1, (0, 100), (1, 2)), NOW_MS)
    with pytest.raises(Refused) as caught:
        room["alpha"].file(box(room.id(), (46.0, 9.0), 0.1, (0, 100), (1, 2)), NOW_MS)
    assert caught.value.clause == "caps.open_notices"
    in_trouble = box(room.id(), (46.0, 9.0), 0.1, (0, 100), (1, 2), state=State.CONTINGENT)
    assert room["alpha"].file(in_trouble, NOW_MS).state == "Contingent"
    assert room.status("alpha").notices["alpha"] == 2


# Blurred notices

BLURRED = Disclosure(fields=(), grid_e9=50_000_000, layer_dmm=100 * 3_048, step_ms=60_000)


def blurred_pair(gap_deg: float) -> WarRoom:
    room = WarRoom(datum=Datum.WGS84, minima="f3548", disclosure=BLURRED)
    room["alpha"].file(box(room.id(), (46.0, 7.0), 0.011, (0, 100), (1, 2)), NOW_MS)
    room.exchange()
    room["bravo"].file(box(room.id(), (46.0, 7.011 + gap_deg), 0.011, (0, 100), (1, 2)), NOW_MS)
    room.exchange()
    return room


def test_a_possible_conflict_is_dissolved_by_finer_notices() -> None:
    room = blurred_pair(0.005)
    for name in NAMES:
        (view,) = views(room, name)
        assert view.status is ConflictStatus.GONE
    with room["bravo"].looking() as (_, _desks, own):
        assert [operation.state for operation in own.all()] == [State.ACCEPTED]
    assert_one_picture(room)


def test_a_possible_conflict_is_confirmed_by_finer_notices_and_then_asked_about() -> None:
    room = blurred_pair(-0.005)
    for name in NAMES:
        (view,) = views(room, name)
        assert (view.status, view.possible) == (ConflictStatus.OPEN, False)
        assert view.dialogue.requester == "bravo"
    assert_one_picture(room)


def test_without_finer_notices_a_possible_conflict_is_asked_about_as_if_it_were_one() -> None:
    terms = msgspec.structs.replace(BLURRED, finer=False)
    room = WarRoom(datum=Datum.WGS84, minima="f3548", disclosure=terms)
    room["alpha"].file(box(room.id(), (46.0, 7.0), 0.011, (0, 100), (1, 2)), NOW_MS)
    room.exchange()
    room["bravo"].file(box(room.id(), (46.0, 7.016), 0.011, (0, 100), (1, 2)), NOW_MS)
    room.exchange()
    (view,) = views(room, "alpha")
    assert (view.possible, view.dialogue.requester) == (True, "bravo")
    assert_one_picture(room)


def test_nothing_but_what_the_terms_allow_leaves_the_node() -> None:
    room = WarRoom(
        datum=Datum.WGS84, minima="f3548", disclosure=msgspec.structs.replace(BLURRED, finer=False)
    )
    operation = box(
        "0c0ffee0-0000-4000-8000-00000c0ffee0", (46.0123456, 7.0123456), 0.0111, (12.3, 45.6), (1.01, 2.02)
    )
    operation = msgspec.structs.replace(operation, callsign="SECRET1", priority=7)
    room.open_session()
    room["alpha"].file(operation, NOW_MS)
    said = b"".join(room["alpha"].outbound(room.accord_id))
    bodies = b"".join(
        bytes(open_line(sealed, None).body) for sealed in room["alpha"].outbound(room.accord_id)
    )
    for secret in (b"SECRET1", b"c0ffee", b"46012345", b"7012345", b"priority", b"123000", b"456000"):
        assert secret not in bodies
    assert said


# Versions of the accord


def test_a_new_version_governs_from_lane_positions_on_and_both_hold_the_same_picture() -> None:
    room = WarRoom(minima="f3548")
    room["alpha"].file(flight(room.id(), EASTBOUND, lateral_nm=0.0), NOW_MS)
    room.exchange()
    near = [(lat, lon + 0.1, level, minutes) for lat, lon, level, minutes in EASTBOUND]
    room["bravo"].file(flight(room.id(), near, lateral_nm=0.0), NOW_MS)
    room.exchange()
    assert views(room, "alpha") == []
    room.install(room.draft(exercise=True, version=2, minima="threes"))
    room.install(room.draft(exercise=True, version=3, minima="enroute"))
    room.exchange()
    assert [room.status(name).accord_version for name in NAMES] == [3, 3]
    assert_one_picture(room)
    with room["alpha"].looking() as (_, desks, _own):
        assert desks[room.accord_id].line.index.minima == Minima.enroute
    assert [view.status for view in views(room, "alpha")] == [ConflictStatus.OPEN]
    room.install(room.draft(exercise=True, version=4, minima="f3548"))
    room.exchange()
    assert [view.status for view in views(room, "bravo")] == [ConflictStatus.GONE]
    assert alarms(room, "alpha") == alarms(room, "bravo") == []
    assert_one_picture(room)


def test_new_terms_take_effect_in_a_suspended_and_in_an_expired_line() -> None:
    room = WarRoom(valid_until_ms=NOW_MS + HOUR_MS)
    room["bravo"].say(room.accord_id, Kind.SUSPEND, Suspend(reason=Reason.INSTRUCTED), NOW_MS)
    room.exchange()
    room.now_ms = NOW_MS + 2 * HOUR_MS
    room.install(room.draft(exercise=True, version=2))
    room.exchange()
    assert [room.status(name).accord_version for name in NAMES] == [2, 2]
    assert room.status("alpha").state == "suspended"
    room["bravo"].say(room.accord_id, Kind.RESUME, Resume(), room.now_ms)
    room.exchange()
    assert room.status("alpha").state == "open"
    assert_one_picture(room)


def test_a_version_that_only_one_side_has_installed_reaches_the_other_on_the_line() -> None:
    room = WarRoom()
    accord = room.draft(exercise=True, version=2, minimum_notice_ms=1000)
    bundle = room.signed(accord)
    room["alpha"].install_accord(bundle.data, NOW_MS)
    room.exchange()
    assert [room.status(name).accord_version for name in NAMES] == [1, 1]
    assert room["bravo"].install_accord(bundle.data, NOW_MS).accord.version == 2
    room.exchange()
    assert [room.status(name).accord_version for name in NAMES] == [2, 2]
    assert_one_picture(room)


# Pictures and engines that differ


def test_a_damaged_picture_heals_by_folding_the_journal_again() -> None:
    room = WarRoom()
    two_in_conflict(room)
    _forget_a_notice(room, "bravo")
    assert inventory(room, "alpha") != inventory(room, "bravo")
    room.exchange()
    assert_one_picture(room)
    assert room.status("alpha").pictures_equal


def _forget_a_notice(room: WarRoom, name: str) -> None:
    """A row of the picture loses its facts on disk, and the node starts on that."""
    party = room.parties[name]
    with party.store.writing() as tx:
        row = next(row for row in tx.picture(room.accord_id) if row.kind == "notice")
        tx.save_picture(room.accord_id, [PictureRow(row.kind, row.key, row.party, row.state, b"[]")])
    party.restart()


def test_pictures_that_do_not_heal_raise_an_alarm_that_names_the_operations() -> None:
    room = WarRoom()
    filed = room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room.exchange()
    _forget_a_notice(room, "bravo")
    with room["bravo"].looking() as (_, desks, _own):
        desks[room.accord_id].all_facts = lambda tx: iter(())  # type: ignore[method-assign]
    room.exchange()
    with room["bravo"].looking() as (tx, _, _own):
        (alarm,) = [alarm for alarm in tx.alarms() if alarm.kind == "PICTURES DIFFER"]
    assert filed.told[0].notice_id in alarm.text
    assert room.status("bravo").pictures_equal is False


def test_engines_that_differ_raise_an_alarm_and_lose_nothing() -> None:
    room = WarRoom()
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    room.exchange()
    with room["alpha"].looking() as (_, desks, _own):
        index = desks[room.accord_id].line.index
    index.conflicts_of = lambda name, among=None: []  # type: ignore[method-assign]
    filed = room["bravo"].file(flight(room.id(), WESTBOUND), NOW_MS)
    room.exchange()
    assert "ENGINES DIFFER" in alarms(room, "alpha")
    assert [view.conflict_id for view in views(room, "alpha") if view.held] == list(filed.conflicts)
    assert_one_picture(room)


# Exercise, strangers, silence


def test_exercise_and_real_never_mix() -> None:
    exercise, real = WarRoom(seed=3, exercise=True), WarRoom(seed=3, exercise=False)
    assert exercise.accord_id == real.accord_id
    exercise.open_session()
    exercise["alpha"].file(flight(exercise.id(), EASTBOUND), NOW_MS)
    heard = real["bravo"].receive(real.accord_id, exercise["alpha"].outbound(exercise.accord_id), NOW_MS)
    assert [problem.code for problem in heard.problems] == ["not-addressed-here"]
    assert real.status("bravo").lanes["routine"].received == 0


def test_whom_no_accord_names_is_told_nothing() -> None:
    room, stranger = WarRoom(seed=4), WarRoom(seed=5)
    room.open_session()
    room["alpha"].file(flight(room.id(), EASTBOUND), NOW_MS)
    heard = room["alpha"].receive(
        room.accord_id, [stranger["bravo"].heads(stranger.accord_id, NOW_MS)], NOW_MS
    )
    assert heard.answers == ()
    assert [problem.error for problem in heard.problems] == ["unverifiable"]


def test_silence_missing_lam_and_missing_answers_are_three_alarms() -> None:
    room = WarRoom()
    two_in_conflict(room)
    room["alpha"].file(flight(room.id(), [(45.0, 5.0, 300, 60.0), (45.0, 6.0, 300, 70.0)]), NOW_MS)
    later = NOW_MS + 12 * 60_000
    room["alpha"].tick(later)
    assert {"LINE SILENT", "LAM MISSING", "ANSWER MISSING"} <= set(alarms(room, "alpha"))
    assert room["alpha"].status(later)[0].state == "silent"
    room.now_ms = later
    room.exchange()
    room["alpha"].tick(later)
    assert set(alarms(room, "alpha")) == {"ANSWER MISSING"}


def test_clocks_that_differ_by_more_than_a_second_are_shown() -> None:
    room = WarRoom()
    room["bravo"].receive(room.accord_id, [room["alpha"].heads(room.accord_id, NOW_MS + 1_500)], NOW_MS)
    room["bravo"].tick(NOW_MS)
    assert "CLOCKS DIFFER" in alarms(room, "bravo")


def test_repeated_heads_hide_no_silence_and_a_clock_put_back_stops_no_line() -> None:
    room = WarRoom()
    room["bravo"].file(flight(room.id(), WESTBOUND), NOW_MS)
    recorded = room["bravo"].heads(room.accord_id, NOW_MS)
    room.now_ms = NOW_MS + 1_000
    room.exchange()
    later = NOW_MS + HOUR_MS
    newest = room["bravo"].heads(room.accord_id, room.now_ms)
    with room["bravo"].looking() as (tx, _, _own):
        old_words = [entry.sealed for entry in tx.entries(room.accord_id, "bravo", Lane.ROUTINE, 0, 9)]
    room["alpha"].receive(room.accord_id, [newest], room.now_ms)
    room["alpha"].receive(room.accord_id, [recorded, newest, *old_words], later)
    assert room["alpha"].status(later)[0].state == "silent"
    room.now_ms = NOW_MS - HOUR_MS
    room["alpha"].file(flight(room.id(), EASTBOUND), room.now_ms)
    room.exchange()
    assert_one_picture(room)


def test_what_is_over_is_ended_and_told() -> None:
    room = WarRoom()
    two_in_conflict(room)
    room.now_ms = NOW_MS + 3 * HOUR_MS
    for name in NAMES:
        room[name].tick(room.now_ms)
    room.exchange()
    assert room.status("alpha").notices == {"alpha": 0, "bravo": 0}
    assert all(view.status is ConflictStatus.GONE for view in views(room, "bravo"))
    assert_one_picture(room)


def test_the_same_seed_gives_the_same_line_to_the_last_byte() -> None:
    roots = set()
    for _ in range(2):
        room = WarRoom(seed=random.Random(9).randrange(1000))
        two_in_conflict(room)
        roots.add(room.status("alpha").root)
    assert len(roots) == 1
