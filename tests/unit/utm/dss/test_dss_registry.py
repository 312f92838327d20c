"""The registry and its store: batches, what fails, and who is told of changes."""

from typing import Any

import pytest

from openline.errors import OpenlineError, Unavailable
from openline.utm.dss.keys import AVAILABILITIES
from openline.utm.dss.limits import MAX_WIDENINGS
from openline.utm.dss.records import Kind, Ref
from unit.utm.dss.dss_room import (
    NOW_MS,
    Room,
    circle,
    delete_intent,
    delete_subscription,
    find_intents,
    get_intent,
    get_subscription,
    ids,
    notified,
    put_intent,
    put_subscription,
    set_availability,
    uuid4,
    volume,
)
from unit.utm.dss.memory_store import Database

A, B, C, S = uuid4(1), uuid4(2), uuid4(3), uuid4(11)
FAR = volume(circle(9.0))


def told(room: Room) -> list[tuple[list[str], list[str]]]:
    heard: list[tuple[list[str], list[str]]] = []
    room.registry.on_change(lambda put, gone: heard.append(([it.id for it in put], [it.id for it in gone])))
    return heard


def test_a_batch_is_decided_in_order_and_a_refused_one_harms_no_other() -> None:
    room = Room()
    asked = [
        put_intent(A),
        put_intent(B),
        get_intent(A),
        put_intent(C, "uss1", FAR, uss_base_url=""),
        put_intent(S, "uss1", FAR),
    ]
    first, second, seen, third, fourth = room.registry.answer_all(asked, NOW_MS)
    assert second.code == "key-incomplete"
    assert third.code == "missing-field"
    assert seen.operational_intent_reference == first.operational_intent_reference
    assert fourth.operational_intent_reference.id == S
    assert {ref.id for ref in room.database.records} == {A, S}
    assert len(room.store.locked) == 1


def test_numbers_are_handed_out_in_the_order_of_the_batch() -> None:
    room = Room()
    room(put_subscription(S, "uss2"))
    asked = [
        put_intent(A),
        put_intent(B, "uss1", volume(low=300.0, high=400.0)),
        put_intent(C, "uss1", volume(high=-1.0, low=-2.0)),
    ]
    room(put_subscription(uuid4(12), "uss2", volume(low=None, high=None), url="https://all.example"))
    answers = room.registry.answer_all([*asked, get_subscription(uuid4(12), "uss2")], NOW_MS)
    assert [notified(one)["https://all.example"] for one in answers[:3]] == [
        {uuid4(12): n} for n in (1, 2, 3)
    ]
    assert answers[3].subscription.notification_index == 3
    assert room.database.indices == {S: 1, uuid4(12): 3}


def test_what_begins_and_ends_in_one_batch_is_never_stored() -> None:
    room = Room()
    ovn = uuid4(1, 0xC1)
    answers = room.registry.answer_all([put_intent(A), delete_intent(A, ovn)], NOW_MS)
    assert not [one for one in answers if isinstance(one, OpenlineError)]
    assert not room.database.records
    assert not room.database.counts


@pytest.mark.parametrize("is_shared", [False, True])
def test_a_commit_that_fails_leaves_no_trace(is_shared: bool) -> None:
    room = Room(Database() if is_shared else None)
    room(put_intent(A, implicit=True))
    before, heard = dict(room.database.records), told(room)
    room.store.fails = 1
    with pytest.raises(Unavailable, match="disk-full"):
        room(put_intent(B, "uss1", FAR, implicit=True))
    assert room.database.records == before
    assert ids(room(find_intents(FAR))) == []
    assert heard == []
    room(put_intent(B, "uss1", FAR))
    assert heard == [([B], [])]


@pytest.mark.parametrize("is_shared", [False, True])
def test_a_commit_whose_answer_was_lost_is_found_out_before_the_next_answer(is_shared: bool) -> None:
    room = Room(Database() if is_shared else None)
    room.store.fails, room.store.after_commit = 1, True
    with pytest.raises(Unavailable, match="answer-lost"):
        room(put_intent(A))
    assert ids(room(find_intents(volume()))) == [A]
    with pytest.raises(OpenlineError, match="already-exists"):
        room(put_intent(A))


def test_a_fault_in_a_decision_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room()
    from openline.utm.dss import notifying

    real = notifying.subscribers

    def faulty(airspace: Any, records: Any, wants: Any) -> Any:
        if airspace.find(Kind.OPERATIONAL_INTENT, A) is not None:
            raise ZeroDivisionError
        return real(airspace, records, wants)

    monkeypatch.setattr(notifying, "subscribers", faulty)
    with pytest.raises(ZeroDivisionError):
        room.registry.answer_all([put_intent(A), put_intent(B, "uss1", FAR)], NOW_MS)
    monkeypatch.undo()
    assert not room.database.records
    assert ids(room(find_intents(volume()))) == []


def test_listeners_are_told_of_ours_and_of_others_once_each() -> None:
    database = Database()
    one, other = Room(database, family=1), Room(database, family=2)
    heard = told(one)
    ovn = other(put_intent(A)).operational_intent_reference.ovn
    one.registry.catch_up()
    one(put_intent(B, "uss1", FAR))
    other(delete_intent(A, ovn))
    one.registry.catch_up()
    one.registry.catch_up()
    assert heard == [([A], []), ([B], []), ([], [A])]


def test_a_replica_that_was_away_for_too_long_loads_everything_and_tells_what_is_other() -> None:
    database = Database()
    one, other = Room(database, family=1), Room(database, family=2)
    one(put_intent(A))
    heard = told(one)
    other(delete_intent(A, one(get_intent(A)).operational_intent_reference.ovn))
    other(put_intent(B))
    other.store.prune(0, 0)
    assert ids(one(find_intents(volume()))) == [B]
    assert heard == [([B], [A])]


def test_of_two_conflicting_filings_at_once_exactly_one_sees_the_other() -> None:
    database = Database()
    one, other = Room(database, family=1), Room(database, family=2)

    def come_between() -> None:
        one.store.before_lock = lambda: None
        other(put_intent(B, "uss2"))

    one.store.before_lock = come_between
    with pytest.raises(OpenlineError, match="key-incomplete"):
        one(put_intent(A))


def test_a_batch_that_needs_more_keys_than_it_holds_begins_anew_and_not_for_ever() -> None:
    database = Database()
    one, other = Room(database, family=1), Room(database, family=2)
    ovn = other(put_intent(A)).operational_intent_reference.ovn
    one(put_intent(A, "uss1", FAR, ovn=ovn))  # where it stands now, one did not know
    assert len(one.store.locked) == 2
    assert one.store.locked[0] < one.store.locked[1]

    lng = iter(range(10, 100))

    def run_away() -> None:
        at = volume(circle(float(next(lng))))
        ovn = other(get_intent(A)).operational_intent_reference.ovn
        other(put_intent(A, "uss1", at, ovn=ovn))

    one.store.before_lock = run_away
    with pytest.raises(Unavailable, match="store-contended"):
        one(delete_intent(A, "o" * 16))
    assert len(one.store.locked) == 2 + MAX_WIDENINGS


def test_a_filing_waits_for_nobody_elsewhere() -> None:
    room = Room(Database())
    room(put_intent(A, implicit=True))
    room(put_intent(B, "uss1", FAR, implicit=True))
    first, second = room.store.locked
    assert not first & second
    assert AVAILABILITIES not in first
    assert len(first) <= 4


def test_who_depends_on_a_subscription_is_known_to_all_replicas() -> None:
    database = Database()
    one, other = Room(database, family=1), Room(database, family=2)
    version = one(put_subscription(S, "uss1", volume(circle(radius_m=20_000.0)))).subscription.version
    other.registry.catch_up()
    one(put_intent(A, subscription_id=S))
    shown = other(get_subscription(S)).subscription
    assert shown.dependent_operational_intents == (A,)
    with pytest.raises(OpenlineError, match="has-dependents"):
        other(delete_subscription(S, version))


def test_an_availability_is_seen_by_all_replicas_at_once() -> None:
    database = Database()
    one, other = Room(database, family=1), Room(database, family=2)
    one(put_intent(A))
    other(set_availability("uss1", "Down"))
    (found,) = one(find_intents(volume())).operational_intent_references
    assert found.uss_availability == "Down"
    one(put_intent(B, "uss2"))


def test_a_question_of_one_process_does_not_ask_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room()
    room(put_intent(A))
    monkeypatch.delattr(type(room.store), "seeing")
    assert ids(room(find_intents(volume()))) == [A]
    assert room.registry.standing(Kind.OPERATIONAL_INTENT)[0].ref == Ref(Kind.OPERATIONAL_INTENT, A)
