"""What the bridge asks of the real DSS: it is taken as it was told, and nobody else can touch it."""

import uuid

import pytest

from openline.bridge import inbound
from openline.bridge.standing import standing_of
from openline.errors import LimitExceeded, Refused
from openline.utm.dss.records import Kind
from openline.utm.wire.details import OperationalIntentDetails
from openline.utm.wire.references import OperationalIntentState as S
from unit.utm.dss.dss_room import (
    HOUR_MS,
    NOW_MS,
    Room,
    delete_intent,
    find_intents,
    polygon,
    put_intent,
    uuid4,
    volume,
)

BASE = "https://our-node.example"
WIDE = volume(polygon((7.0, 46.0), (9.0, 46.0), (9.0, 47.0), (7.0, 47.0)))  # some 17,000 km2
SMALL = volume()


def shown(*volumes: object, state: S = S.ACCEPTED, priority: int = 0) -> inbound.Shown:
    details = OperationalIntentDetails(tuple(volumes or (SMALL,)), (), priority)  # type: ignore[arg-type]
    name = str(uuid.UUID(int=77, version=4))
    return inbound.Shown(id=name, manager="bravo", state=state, details=details, end_ms=NOW_MS + HOUR_MS)


def put(room: Room, one: inbound.Shown) -> None:
    room(inbound.showing(one, standing(room).get(one.id), BASE, room.now_ms))


def standing(room: Room):  # type: ignore[no-untyped-def]
    records = room.registry.standing(Kind.OPERATIONAL_INTENT)
    return {it.id: standing_of(it) for it in records}


def test_what_is_put_stands_as_it_is_wanted_until_anything_of_it_changes() -> None:
    room = Room()
    for one in (
        shown(),
        shown(priority=3),
        shown(state=S.NONCONFORMING),
        shown(state=S.ACTIVATED),
        shown(volume(high=99.0)),
    ):
        assert len(list(inbound.steps([one.wanted], standing(room), BASE, NOW_MS))) == 1
        put(room, one)
        assert list(inbound.steps([one.wanted], standing(room), BASE, NOW_MS)) == []
    (found,) = room(find_intents(SMALL)).operational_intent_references
    assert (found.manager, found.uss_base_url, found.state) == ("bravo", BASE, S.ACCEPTED)


def test_the_same_may_be_put_once_more_though_the_clock_stands_still() -> None:
    room = Room()
    put(room, shown())
    before = standing(room)
    put(room, shown())
    assert standing(room) != before
    assert list(inbound.steps([shown().wanted], standing(room), BASE, NOW_MS)) == []


def test_a_partners_notice_is_as_large_as_it_was_told_and_a_suppliers_intent_is_not() -> None:
    room = Room()
    with pytest.raises(LimitExceeded):
        room(put_intent(uuid4(1), "wings", WIDE))
    put(room, shown(WIDE))
    assert len(room(find_intents(SMALL)).operational_intent_references) == 1


def test_a_token_in_the_partners_name_does_not_reach_what_the_partner_told() -> None:
    room = Room()
    put(room, shown())
    ((name, it),) = standing(room).items()
    with pytest.raises(Refused):
        room(delete_intent(name, it.ovn, "bravo"))
    with pytest.raises(Refused):
        room(put_intent(name, "bravo", ovn=it.ovn))
    room(put_intent(uuid4(2), "bravo", key=(it.ovn,)))
    theirs = standing(room)[uuid4(2)]
    with pytest.raises(Refused):
        room(inbound.hiding(theirs))
    room(inbound.hiding(it))
    assert standing(room).keys() == {uuid4(2)}


def test_it_is_taken_without_a_key_and_demands_one_of_suppliers() -> None:
    room = Room()
    room(put_intent(uuid4(1), "wings"))
    put(room, shown())
    with pytest.raises(Refused) as refused:
        room(put_intent(uuid4(2), "rotors"))
    missing = {one.id for one in refused.value.answer.missing_operational_intents}  # type: ignore[attr-defined]
    assert missing == {uuid4(1), shown().id}
