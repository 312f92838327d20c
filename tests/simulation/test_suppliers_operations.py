"""What suppliers filed with our DSS, as operations of whole nodes: told like our own, refused by nobody."""

from collections.abc import Iterator

import msgspec
import pytest

from openline.accord.clauses import Caps
from openline.airspace.operation import Operation, State
from openline.coordination.conflict_view import ConflictStatus, ConflictView
from openline.coordination.messages import Kind, Proposal
from openline.errors import OpenlineError, Refused
from openline.node import supplied
from openline.node.officer import Move
from openline.node.results import Filed
from simulation.war_room import HOUR_MS, NAMES, NOW_MS, WarRoom, box

HERE, BESIDE, FAR = (46.0, 7.0), (46.0, 7.004), (46.5, 7.5)
SIDE = 0.01
OVN = "an-ovn-of-our-dss-"
UP_DMM = 15_000_000
MANAGER = "wings-of-the-valley"


def intent(identifier: str, corner: tuple[float, float] = HERE, *, ovn: int = 1, **more: object) -> Operation:
    state = more.pop("state", State.ACCEPTED)
    filed = box(identifier, corner, SIDE, (1_000.0, 1_100.0), (1.0, 2.0), state=state, **more)  # type: ignore[arg-type]
    return msgspec.structs.replace(filed, supplier=MANAGER, ovn=f"{OVN}{ovn}")


def take(room: WarRoom, name: str, operation: Operation) -> Filed:
    (answer,) = room[name].take([operation], [], room.now_ms)
    if isinstance(answer, OpenlineError):
        raise answer
    room.exchange()
    tick(room)
    return answer


def tick(room: WarRoom) -> None:
    for name in NAMES:
        room[name].tick(room.now_ms)
    room.exchange()


def own(room: WarRoom, name: str, operation_id: str) -> Operation:
    with room[name].looking() as (_, _desks, operations):
        return operations.need(operation_id)


def alarms(room: WarRoom, name: str) -> dict[str, str]:
    with room[name].looking() as (tx, _, _own):
        return {alarm.kind: alarm.text for alarm in tx.alarms()}


def views(room: WarRoom, name: str) -> list[ConflictView]:
    with room[name].looking() as (_, desks, _own):
        return [view for view in desks[room.accord_id].line.picture.conflicts() if view.held]


def notices(room: WarRoom, holder: str, teller: str) -> dict[str, str]:
    with room[holder].looking() as (_, desks, _own):
        picture = desks[room.accord_id].line.picture
        return {it.notice_id: it.state.value for it in picture.all_told() if it.party == teller}


def said(room: WarRoom, name: str) -> Iterator[bytes]:
    with room[name].looking() as (tx, desks, _own):
        for sender, lane in desks[room.accord_id].heads:
            if sender == name:
                yield from (it.sealed for it in tx.entries(room.accord_id, sender, lane, 0, 1_000))


def test_a_suppliers_intent_is_told_without_its_name_its_id_or_its_ovn() -> None:
    room = WarRoom()
    filed = intent(room.id())
    answer = take(room, "alpha", filed)
    assert answer.state == "Accepted"
    assert notices(room, "bravo", "alpha") == {answer.told[0].notice_id: "Accepted"}
    assert own(room, "alpha", filed.id).supplier == MANAGER
    everything = b"".join(said(room, "alpha"))
    for secret in (MANAGER, filed.id, OVN):
        assert secret.encode() not in everything


def test_the_same_intent_once_more_says_nothing_and_a_new_ovn_alone_neither() -> None:
    room = WarRoom()
    filed = intent(room.id())
    take(room, "alpha", filed)
    before = list(said(room, "alpha"))
    take(room, "alpha", filed)
    take(room, "alpha", msgspec.structs.replace(filed, ovn=f"{OVN}2"))
    room.parties["alpha"].restart()
    tick(room)
    assert list(said(room, "alpha")) == before
    assert own(room, "alpha", filed.id).ovn == f"{OVN}2"


def test_changes_and_ends_follow_and_what_comes_back_after_its_end_begins_anew() -> None:
    room = WarRoom()
    filed = intent(room.id())
    (told,) = take(room, "alpha", filed).told
    take(room, "alpha", intent(filed.id, state=State.ACTIVATED, ovn=2))
    assert notices(room, "bravo", "alpha") == {told.notice_id: "Activated"}
    (ended,) = room["alpha"].take([], [filed.id], NOW_MS)
    assert isinstance(ended, Filed)
    room.exchange()
    assert notices(room, "bravo", "alpha") == {told.notice_id: "Ended"}
    room["bravo"].file(box(room.id(), HERE, SIDE, (1_000.0, 1_100.0), (1.0, 2.0)), NOW_MS)
    room.exchange()
    assert take(room, "alpha", intent(filed.id, ovn=3)).state == "Proposed"  # bravo stands there now
    assert {view.mover for view in views(room, "bravo")} == {"alpha"}


def test_a_revision_that_breaks_an_agreed_operation_is_kept_told_as_proposed_and_alarmed_until_it_moves() -> (
    None
):
    room = WarRoom()
    filed = intent(room.id(), FAR)
    take(room, "alpha", filed)
    standing = room["bravo"].file(box(room.id(), HERE, SIDE, (1_000.0, 1_100.0), (1.0, 2.0)), NOW_MS)
    room.exchange()
    assert take(room, "alpha", intent(filed.id, BESIDE, ovn=2)).state == "Proposed"
    for name in NAMES:
        (view,) = views(room, name)
        assert (view.mover, view.dialogue.requester) == ("alpha", "alpha")
    assert own(room, "bravo", standing.operation_id).state is State.ACCEPTED
    assert MANAGER in alarms(room, "alpha")[supplied.NOT_AGREED]
    assert supplied.NOT_AGREED not in alarms(room, "bravo")
    take(room, "alpha", intent(filed.id, FAR, ovn=3))
    assert views(room, "bravo") == []
    assert own(room, "alpha", filed.id).state is State.ACCEPTED
    assert supplied.NOT_AGREED not in alarms(room, "alpha")


def test_what_is_in_the_air_is_told_as_such_however_little_it_was_agreed() -> None:
    room = WarRoom()
    room["bravo"].file(box(room.id(), HERE, SIDE, (1_000.0, 1_100.0), (1.0, 2.0)), NOW_MS)
    room.exchange()
    filed = intent(room.id())
    (told,) = take(room, "alpha", filed).told
    assert notices(room, "bravo", "alpha") == {told.notice_id: "Proposed"}
    assert take(room, "alpha", intent(filed.id, state=State.ACTIVATED, ovn=2)).state == "Activated"
    assert notices(room, "bravo", "alpha") == {told.notice_id: "Activated"}
    assert supplied.NOT_AGREED in alarms(room, "alpha")


@pytest.mark.parametrize("restarting", [False, True])
def test_an_accepted_counter_does_not_move_a_suppliers_flight_until_the_supplier_does(
    restarting: bool,
) -> None:
    room = WarRoom()
    room["bravo"].file(box(room.id(), HERE, SIDE, (1_000.0, 1_100.0), (1.0, 2.0)), NOW_MS)
    room.exchange()
    filed = intent(room.id())
    take(room, "alpha", filed)
    (view,) = views(room, "bravo")
    proposal = Proposal(notice_id=view.of("alpha").notice_id, climb_dmm=UP_DMM)
    room["bravo"].move(room.accord_id, view.conflict_id, Move(kind=Kind.CDN, proposal=proposal), NOW_MS)
    room.exchange()
    room["alpha"].move(room.accord_id, view.conflict_id, Move(kind=Kind.ACP), NOW_MS)
    room.exchange()
    if restarting:
        room.parties["alpha"].restart()
    tick(room)
    standing = own(room, "alpha", filed.id)
    assert (standing.volumes, standing.state) == (filed.volumes, State.PROPOSED)
    assert [view.status for view in views(room, "bravo")] == [ConflictStatus.AGREED]
    assert f"Ask {MANAGER} to file that" in alarms(room, "alpha")[supplied.MUST_MOVE]
    higher = box(filed.id, HERE, SIDE, (2_500.0, 2_600.0), (1.0, 2.0))
    take(room, "alpha", msgspec.structs.replace(higher, supplier=MANAGER, ovn=f"{OVN}2"))
    assert own(room, "alpha", filed.id).state is State.ACCEPTED
    assert views(room, "bravo") == []
    assert supplied.MUST_MOVE not in alarms(room, "alpha")
    with room["bravo"].looking() as (_, desks, _own):
        (yielding,) = desks[room.accord_id].line.picture.yieldings()
    assert yielding.party == "alpha"  # a supplier's move counts as given way


def test_what_an_accord_does_not_let_be_told_is_an_alarm_and_the_rest_goes_on() -> None:
    caps = Caps(priority=10, area_m2=10**9, duration_ms=2 * HOUR_MS, horizon_ms=90 * 60_000, open_notices=100)
    room = WarRoom(caps=caps)
    long = box(room.id(), FAR, SIDE, (0.0, 100.0), (1.0, 9.0))
    urgent = intent(room.id(), priority=900)
    answers = room["alpha"].take([msgspec.structs.replace(long, supplier=MANAGER), urgent], [], NOW_MS)
    assert all(isinstance(answer, Filed) for answer in answers)
    room.exchange()
    with room["bravo"].looking() as (_, desks, _own):
        (told,) = [it for it in desks[room.accord_id].line.picture.all_told() if it.party == "alpha"]
    assert told.priority == caps.priority
    assert long.id in alarms(room, "alpha")[supplied.NOT_TOLD]
    short = box(long.id, FAR, SIDE, (0.0, 100.0), (1.0, 1.5))
    take(room, "alpha", msgspec.structs.replace(short, supplier=MANAGER))
    assert len(notices(room, "bravo", "alpha")) == 2
    assert supplied.NOT_TOLD not in alarms(room, "alpha")


def test_what_was_too_far_ahead_is_told_when_it_is_taken_again_in_time() -> None:
    caps = Caps(priority=10, area_m2=10**9, duration_ms=2 * HOUR_MS, horizon_ms=30 * 60_000, open_notices=100)
    room = WarRoom(caps=caps)
    filed = intent(room.id())
    assert take(room, "alpha", filed).told == ()
    assert supplied.NOT_TOLD in alarms(room, "alpha")
    room.now_ms += 40 * 60_000
    assert len(take(room, "alpha", filed).told) == 1
    assert supplied.NOT_TOLD not in alarms(room, "alpha")


def test_our_own_operator_does_not_change_a_suppliers_flight_nor_a_supplier_ours() -> None:
    room = WarRoom()
    theirs, ours = intent(room.id()), box(room.id(), FAR, SIDE, (0.0, 100.0), (1.0, 2.0))
    take(room, "alpha", theirs)
    room["alpha"].file(ours, NOW_MS)
    with pytest.raises(Refused, match="suppliers-operation"):
        room["alpha"].file(box(theirs.id, FAR, SIDE, (0.0, 100.0), (1.0, 2.0)), NOW_MS)
    with pytest.raises(Refused, match="suppliers-operation"):
        room["alpha"].transit(theirs.id, State.ENDED, NOW_MS)
    with pytest.raises(Refused, match="id-taken"):
        take(room, "alpha", msgspec.structs.replace(ours, supplier=MANAGER))


def test_an_intent_ends_by_itself_when_its_time_is_over() -> None:
    room = WarRoom()
    filed = intent(room.id())
    take(room, "alpha", filed)
    room.now_ms += 3 * HOUR_MS
    tick(room)
    assert own(room, "alpha", filed.id).state is State.ENDED
    assert list(notices(room, "bravo", "alpha").values()) == ["Ended"]
