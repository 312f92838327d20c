"""The line's vectors bind: our own code agrees with each, in any order.

So does a second reader of the dialogue that knows nothing but the tables of docs/spec/line-protocol.md.
"""

import hashlib
import json
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
import rfc8785

from openline.accord.document import ACCORD_PAYLOAD_TYPE
from openline.accord.terms import Accord
from openline.coordination.codec import check_fact, decode_message
from openline.coordination.dialogue import CROSSINGS, CROSSINGS_WITHOUT_PROPOSAL, TRANSITIONS, evaluate
from openline.coordination.fact import Fact
from openline.coordination.messages import BODIES, Kind, is_safety_of_life, lane_of
from openline.coordination.picture import Picture
from openline.coordination.session import open_control
from openline.coordination.stamp import Stamp
from openline.errors import Invalid
from openline.journal.bounds import NO_HASH
from openline.journal.entry import Lane, LaneHead, Payload, leaf_hash, open_line
from openline.journal.envelope import keys_by_id, open_verified
from openline.journal.keys import SigningKey, VerifyKey
from vectors import line_scene as scene
from vectors.make_line_vectors import FILES, text_of

ROOT = Path(__file__).parents[3]
DIRECTORY = ROOT / "tests" / "vectors" / "line"
VECTORS = {name: json.loads((DIRECTORY / f"{name}.json").read_text(encoding="utf-8")) for name in FILES}
MESSAGES = VECTORS["messages"]
KEYS = {it["name"]: VerifyKey.from_hex(it["public"]) for it in MESSAGES["keys"]}
NODE_KEYS = keys_by_id(*(key for name, key in KEYS.items() if "node" in name))


def a_fact(vector: dict[str, Any]) -> Fact:
    """From the vector's plain values alone."""
    seen = vector["seen"]
    stamp = Stamp(
        vector["sender"],
        Lane(vector["lane"]),
        vector["number"],
        vector["beside"],
        seen["urgent"],
        seen["routine"],
    )
    kind = Kind(vector["kind"])
    body = msgspec.json.decode(json.dumps(vector["body"]), type=BODIES[kind])
    return Fact(vector["hash"], kind, stamp, vector["at_ms"], body)


def an_accord(plain: Any) -> Accord:
    return msgspec.json.decode(json.dumps(plain), type=Accord)


def in_some_orders(facts: list[Fact]) -> list[list[Fact]]:
    chance = random.Random(7)
    return [facts, facts[::-1], *(chance.sample(facts, len(facts)) for _ in range(4))]


@pytest.mark.parametrize("name", FILES)
def test_the_vectors_are_made_again_byte_for_byte(name: str) -> None:
    assert text_of(name) == (DIRECTORY / f"{name}.json").read_text(encoding="utf-8")


# Messages


@pytest.mark.parametrize(
    "vector", MESSAGES["messages"], ids=lambda it: f"{it['sender']}-{it['lane']}-{it['number']}"
)
def test_messages_open_to_what_the_vectors_say(vector: dict[str, Any]) -> None:
    sealed = vector["sealed"].encode()
    payload = open_line(sealed, NODE_KEYS)
    fact = decode_message(leaf_hash(sealed), payload)
    check_fact(fact, an_accord(MESSAGES["accord"]))
    assert fact == a_fact(vector)
    assert vector["hash"] == leaf_hash(sealed) == hashlib.sha256(b"\x00" + sealed).hexdigest()
    assert (payload.place.previous, payload.place.accord_version) == (
        vector["previous"],
        vector["accord_version"],
    )
    assert lane_of(fact.kind, fact.body).value == vector["lane"]
    assert is_safety_of_life(fact.kind, fact.body) is vector["safety_of_life"]


@pytest.mark.parametrize(
    "vector", MESSAGES["messages"], ids=lambda it: f"{it['sender']}-{it['lane']}-{it['number']}"
)
def test_bodies_and_payloads_are_spelt_as_another_rfc_8785_spells_them(vector: dict[str, Any]) -> None:
    assert rfc8785.dumps(vector["body"]).decode() == vector["canonical_body"]
    payload = json.loads(vector["canonical_payload"])
    assert rfc8785.dumps(payload).decode() == vector["canonical_payload"]
    assert payload["body"] == vector["body"]


def test_every_kind_is_among_the_messages() -> None:
    assert {it["kind"] for it in MESSAGES["messages"]} == {kind.value for kind in Kind}


def test_the_lanes_end_at_the_heads_that_the_vectors_give() -> None:
    for lane in MESSAGES["lanes"]:
        head = LaneHead.empty()
        for it in MESSAGES["messages"]:
            if (it["sender"], it["lane"]) == (lane["sender"], lane["lane"]):
                assert it["previous"] == head.hash
                head = head.extend(it["sealed"].encode())
        assert (head.number, head.hash, head.root) == (lane["number"], lane["hash"], lane["root"])


def test_the_later_accord_is_countersigned_by_both() -> None:
    keys = keys_by_id(KEYS["party alpha"], KEYS["party bravo"])
    payload = open_verified(MESSAGES["later_accord"].encode(), ACCORD_PAYLOAD_TYPE, keys, at_least=2)
    assert json.loads(payload)["version"] == 2


# Refused


@pytest.mark.parametrize("vector", VECTORS["refused"]["bodies"], ids=lambda it: it["why"])
def test_bodies_are_refused_as_the_vectors_say(vector: dict[str, Any]) -> None:
    place = scene.Speaker("alpha").place(Lane(vector["lane"]), scene.START_MS)
    payload = Payload(place, vector["kind"], msgspec.Raw(vector["body"].encode()))
    with pytest.raises(Invalid) as caught:
        check_fact(
            decode_message(NO_HASH, payload), an_accord(VECTORS["refused"]["accords"][vector["accord"]])
        )
    assert (caught.value.code, caught.value.field) == (vector["code"], vector["field"])


# Dialogue


@pytest.mark.parametrize("vector", VECTORS["dialogue"]["dialogues"], ids=lambda it: it["why"])
def test_dialogues_stand_as_the_vectors_say_in_any_order(vector: dict[str, Any]) -> None:
    for moves in in_some_orders([a_fact(it) for it in vector["moves"]]):
        assert scene.plain(evaluate(moves, vector["mover"])) == vector["dialogue"]


def test_the_dialogues_cover_every_row_and_every_crossing() -> None:
    names = [it["why"] for it in VECTORS["dialogue"]["dialogues"]]
    for (state, role, kind), following in TRANSITIONS.items():
        assert f"{state}: {role} says {kind} -> {following}" in names
    for leading, table in (("proposer", CROSSINGS), ("mover", CROSSINGS_WITHOUT_PROPOSAL)):
        for one, other in table:
            assert any(it.endswith(f": the {leading}'s {one} crosses the other's {other}") for it in names)


# Picture and sessions


@pytest.mark.parametrize("vector", VECTORS["picture"]["pictures"], ids=lambda it: it["why"])
def test_pictures_fold_into_the_inventory_and_digest_of_the_vectors_in_any_order(
    vector: dict[str, Any],
) -> None:
    accord = msgspec.structs.replace(an_accord(MESSAGES["accord"]), precedence=vector["precedence"])
    for facts in in_some_orders([a_fact(it) for it in vector["facts"]]):
        picture = Picture({1: accord, 2: scene.LATER}, 1)
        for fact in facts:
            picture.apply(fact)
        assert list(picture.inventory()) == vector["inventory"]
        assert picture.digest() == vector["digest"]


@pytest.mark.parametrize(
    "vector", [*VECTORS["picture"]["pictures"], MESSAGES], ids=lambda it: it.get("why", "messages")
)
def test_a_digest_is_the_hash_of_the_inventory_line_by_line(vector: dict[str, Any]) -> None:
    lines = b"".join(rfc8785.dumps(line) + b"\n" for line in vector["inventory"])
    assert hashlib.sha256(lines).hexdigest() == vector["digest"]


@pytest.mark.parametrize("vector", VECTORS["session"]["controls"], ids=lambda it: it["why"])
def test_session_controls_open_to_what_the_vectors_say(vector: dict[str, Any]) -> None:
    control = open_control(vector["sealed"].encode(), keys_by_id(KEYS["node alpha"]))
    assert scene.plain(control) == json.loads(vector["payload"])
    assert rfc8785.dumps(json.loads(vector["payload"])).decode() == vector["payload"]


@pytest.mark.parametrize("vector", VECTORS["session"]["conflict_ids"], ids=lambda it: "-".join(it["notices"]))
def test_a_conflict_id_is_the_hash_of_accord_and_notice_ids(vector: dict[str, Any]) -> None:
    hashed = rfc8785.dumps([vector["accord"], *sorted(vector["notices"])])
    assert hashed.decode() == vector["hashed"]
    assert hashlib.sha256(hashed).hexdigest() == vector["conflict_id"]


# A second reader, from the document's tables alone


def rows_of(block: str) -> list[list[str]]:
    text = (ROOT / "docs" / "spec" / "line-protocol.md").read_text(encoding="utf-8")
    table = text.split(f"<!-- generated: {block} -->")[1].split("<!-- end -->")[0].strip()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


class Stranger:
    """Follows section 9 of the specification to the letter, on plain JSON values."""

    def __init__(self, moves: list[dict[str, Any]], mover: str) -> None:
        self.moves = moves
        self.mover = mover
        self.becomes = {tuple(row[:3]): row[3] for row in rows_of("dialogue-transitions")}
        self.stands = {tuple(row[:3]): row[3] for row in rows_of("dialogue-crossings")}
        self.state, self.tip, self.proposer, self.requester = "NOTIFIED", None, None, None

    def read(self) -> tuple[str, str | None]:
        while (move := self._next()) is not None:
            self.state = self.becomes[self.state, self._role(move["sender"]), move["kind"]]
            self.tip = move["hash"]
            if move["kind"] == "REQUEST":
                self.requester = move["sender"]
            speaks = move["kind"] in ("REQUEST", "CDN")
            self.proposer = move["sender"] if speaks else None
        return self.state, self.tip

    def _role(self, sender: str) -> str:
        if self.proposer is None:
            return "either"
        return "proposer" if sender == self.proposer else "answerer"

    def _next(self) -> dict[str, Any] | None:
        candidates: dict[str, dict[str, Any]] = {}
        for move in sorted(self.moves, key=lambda it: it["number"]):
            if move["cites"] != self.tip or move["kind"] == "SBY":
                continue
            if (self.state, self._role(move["sender"]), move["kind"]) in self.becomes:
                candidates.setdefault(move["sender"], move)
        if len(candidates) < 2:
            return next(iter(candidates.values()), None)
        return self._winner(*candidates.values())

    def _winner(self, one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
        if other["seen"][one["lane"]] >= one["number"]:
            return one
        if one["seen"][other["lane"]] >= other["number"]:
            return other
        names = ("proposer", "answerer") if self.proposer else ("mover", "other")
        leader = self.proposer or self.mover
        first, second = (one, other) if one["sender"] == leader else (other, one)
        table = "yes" if self.proposer else "no"
        verdict = self.stands[table, f"{names[0]} {first['kind']}", f"{names[1]} {second['kind']}"]
        if verdict == "the requester's":
            return first if first["sender"] == self.requester else second
        return first if verdict == f"the {names[0]}'s" else second


@pytest.mark.parametrize("vector", VECTORS["dialogue"]["dialogues"], ids=lambda it: it["why"])
def test_a_stranger_with_the_documents_tables_reads_the_same_dialogue(vector: dict[str, Any]) -> None:
    wanted = vector["dialogue"]
    assert Stranger(vector["moves"], vector["mover"]).read() == (wanted["state"], wanted["tip"])


def test_the_seeds_in_the_vectors_give_their_keys() -> None:
    for it in MESSAGES["keys"]:
        key = SigningKey.from_seed(bytes.fromhex(it["seed"]))
        assert (key.public.hex, key.id) == (it["public"], it["id"])


@pytest.mark.parametrize("vector", VECTORS["keys"]["signatures"], ids=lambda it: it["why"])
def test_signatures_hold_as_the_vectors_say(vector: dict[str, Any]) -> None:
    """Libraries differ where a point has a part of small order: the line has one rule."""
    signature, message = bytes.fromhex(vector["signature_hex"]), bytes.fromhex(vector["message_hex"])
    assert VerifyKey.from_hex(vector["key"]).verify(signature, message) is vector["holds"]
