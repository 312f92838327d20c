"""Every kind of message, from its type: whatever stands in a body, it is read as it is spelt or refused."""

import json
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import strategies as st

from fuzz.from_types import body_of
from fuzz.fuzzing import fuzzed
from fuzz.spoiling import spoilt
from openline.accord.terms import Accord
from openline.coordination.codec import check_fact, decode_message
from openline.coordination.fact import Fact, decode_facts, encode_facts
from openline.coordination.messages import BODIES, Kind, lane_of
from openline.errors import Invalid
from openline.journal.bounds import NO_HASH
from openline.journal.entry import Lane, Payload, Place, Seen
from simulation.war_room import NOW_MS, WarRoom

VOUCHED = (Kind.KEY, Kind.REVOKE)
"""What a party key has sealed stands in them: it can be read, and nobody makes it up."""


@pytest.fixture(scope="module")
def accord() -> Accord:
    room = WarRoom()
    with room["alpha"].looking() as (_, desks, _own):
        return desks[room.accord_id].line.accord


def place(lane: Lane, accord_id: str = "somewhere") -> Place:
    return Place(
        accord=accord_id,
        accord_version=1,
        exercise=True,
        sender="bravo",
        receiver="alpha",
        lane=lane,
        number=1,
        previous="0" * 64,
        beside=0,
        seen=Seen(0, 0),
        at_ms=NOW_MS,
    )


def read(kind: Kind, body: bytes, lane: Lane) -> Fact | None:
    try:
        return decode_message(NO_HASH, Payload(place(lane), kind.value, msgspec.Raw(body)))
    except Invalid:
        return None


@pytest.mark.parametrize("kind", Kind)
def test_a_body_is_read_as_it_is_spelt_or_refused(kind: Kind, accord: Accord) -> None:
    sound = 0

    @fuzzed(60, body=spoilt(body_of(kind, accord.id)), lane=st.sampled_from(Lane))
    def a_body_is_read_as_it_is_spelt_or_refused(body: bytes, lane: Lane) -> None:
        nonlocal sound
        fact = read(kind, body, lane)
        if fact is None:
            return
        assert rfc8785.dumps(json.loads(body)) == body
        assert msgspec.json.encode(fact.body, order="sorted") == body
        (kept,) = decode_facts(encode_facts([fact]))
        assert kept.body == fact.body
        sound += is_sound(fact, accord) or kind in VOUCHED
        assert not is_sound(fact, accord) or lane_of(kind, fact.body) is lane

    a_body_is_read_as_it_is_spelt_or_refused()
    assert sound, "it has only ever tried the doorstep"


def is_sound(fact: Fact | None, accord: Accord) -> bool:
    """Whether nothing is wrong with it by itself."""
    try:
        if fact is not None:
            check_fact(fact, accord)
    except Invalid:
        return False
    return fact is not None


@pytest.mark.parametrize("kind", Kind)
def test_no_body_has_a_field_for_a_target_a_weapon_or_a_purpose(kind: Kind) -> None:
    names = set(members_of(msgspec.json.schema(BODIES[kind])))
    assert names or kind is Kind.RESUME
    assert not {it for it in names for word in ("target", "weapon", "purpose", "strike") if word in it}


def members_of(schema: Any) -> Any:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for inside in schema.values():
            yield from members_of(inside)
    elif isinstance(schema, list):
        for inside in schema:
            yield from members_of(inside)
