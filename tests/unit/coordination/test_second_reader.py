"""Somebody who has the specification and nothing else reads the line as the codec does.

The second reader takes and refuses what the vectors say, and what this node's own reader takes and refuses:
of messages that were spoilt one field or one byte at a time.
"""

import copy
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from openline.accord.terms import Accord
from openline.coordination.codec import check_fact, decode_message
from openline.coordination.session import SESSION_PAYLOAD_TYPE, open_control
from openline.errors import OpenlineError
from openline.journal.canonical import canonical
from openline.journal.entry import Lane, Payload, decode_payload
from openline.journal.envelope import keys_by_id, seal
from openline.journal.keys import VerifyKey
from unit.coordination import second_bodies, second_reader
from unit.coordination.second_reader import Wrong
from vectors import line_scene as scene
from vectors.line_bounds import changed

DIRECTORY = Path(__file__).parents[3] / "tests" / "vectors" / "line"
MESSAGES, REFUSED, BOUNDS, SESSION, KEYS = (
    json.loads((DIRECTORY / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("messages", "refused", "bounds", "session", "keys")
)
PUBLIC = {it["name"]: it["public"] for it in MESSAGES["keys"]}
NODES = [key for name, key in PUBLIC.items() if "node" in name]
PARTIES = {name.removeprefix("party "): key for name, key in PUBLIC.items() if name.startswith("party ")}
AT_MS = scene.START_MS
ROUNDS = 4_000


def takes(read: Callable[..., Any], *given: Any) -> bool:
    try:
        read(*given)
    except (Wrong, OpenlineError):
        return False
    return True


# What the vectors say


@pytest.mark.parametrize("vector", MESSAGES["messages"], ids=lambda it: it["hash"][:8])
def test_it_reads_every_message_and_spells_it_again(vector: dict[str, Any]) -> None:
    place, kind, data = second_reader.message(vector["sealed"].encode(), NODES)
    body = second_bodies.body_of(
        kind, place["lane"], data, MESSAGES["accord"], place["sender"], place["at_ms"]
    )
    assert (kind, body, place["number"]) == (vector["kind"], vector["body"], vector["number"])
    assert second_bodies.safety_of_life(kind, body) is vector["safety_of_life"]
    spelt = second_reader.spelt({"body": body, "kind": kind, "place": place})
    assert spelt.decode() == vector["canonical_payload"]


@pytest.mark.parametrize("vector", REFUSED["bodies"], ids=lambda it: it["why"])
def test_it_refuses_what_is_answered_lrm(vector: dict[str, Any]) -> None:
    if vector["code"] in second_bodies.GEOMETRY:
        return
    accord = REFUSED["accords"][vector["accord"]]
    with pytest.raises(Wrong):
        second_bodies.body_of(vector["kind"], vector["lane"], vector["body"].encode(), accord, "alpha", AT_MS)


@pytest.mark.parametrize("kind", BOUNDS["kinds"], ids=lambda it: it["kind"])
def test_it_takes_what_lies_at_the_bounds_and_nothing_beyond(kind: dict[str, Any]) -> None:
    for change in kind["changes"]:
        if change["code"] in second_bodies.GEOMETRY:
            continue
        does = next(it for it in ("set", "remove", "repeat") if it in change)
        path = tuple(int(part) if part.isdigit() else part for part in change["path"].split("."))
        data = _json(changed(kind["body"], path, does, change[does]))
        given = (kind["kind"], kind["lane"], data, BOUNDS["accord"], "alpha", AT_MS)
        assert takes(second_bodies.body_of, *given) is (change["code"] is None), change


def test_it_takes_and_refuses_controls_lams_and_words() -> None:
    for vector in SESSION["controls"]:
        read = second_reader.control(vector["sealed"].encode(), [PUBLIC["node alpha"]])
        assert second_reader.spelt(read).decode() == vector["payload"]
    for vector in SESSION["lams"]:
        read = second_reader.lam(vector["sealed"].encode(), [PUBLIC["node bravo"]])
        assert second_reader.spelt(read).decode() == vector["payload"]
    for name, reader in (("controls_refused", second_reader.control), ("lams_refused", second_reader.lam)):
        for vector in SESSION[name]:
            assert not takes(reader, vector["sealed"].encode(), vector["keys"]), vector["why"]
    for kind in ("certificate", "revocation"):
        word = second_reader.party_word(KEYS[kind]["sealed"].encode(), kind, PARTIES)
        assert word == KEYS[kind]["says"]
    for vector in KEYS["successions"]:
        says, is_whole = second_reader.succession(vector["sealed"].encode(), PARTIES)
        assert (says, is_whole) == (vector["says"], vector["is_whole"])
    for vector in KEYS["refused"]:
        assert not takes(_read_word, vector["kind"], vector["sealed"].encode()), vector["why"]


def _read_word(kind: str, sealed: bytes) -> object:
    if kind == "succession":
        return second_reader.succession(sealed, PARTIES)
    return second_reader.party_word(sealed, kind, PARTIES)


# What the codec says of messages that were spoilt


def _json(value: Any) -> bytes:
    """Sorted, also where it is outside of the canonical form's domain."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, it in inside:
        yield from _places(it, (*path, name))


def _within(value: Any, path: tuple[Any, ...]) -> Any:
    for name in path:
        value = value[name]
    return value


POOL = [
    it for kind in BOUNDS["kinds"] for it in (_within(kind["body"], path) for path in _places(kind["body"]))
] + [change.get("set") for kind in BOUNDS["kinds"] for change in kind["changes"]]
NAMES = sorted({name for rows in second_bodies.FIELDS.values() for name, _, _ in rows})


def _spoilt(value: Any, chance: random.Random) -> Any:
    """One thing in it is another one, or gone, or one too many."""
    value = copy.deepcopy(value)
    path = chance.choice(list(_places(value)))
    if not path:
        return value
    inside, last = _within(value, path[:-1]), path[-1]
    does = chance.random()
    if does < 0.2:
        del inside[last]
    elif does < 0.4 and isinstance(inside[last], dict):
        inside[last][chance.choice(NAMES)] = chance.choice(POOL)
    elif does < 0.6 and type(inside[last]) is int:
        inside[last] += chance.choice((-1, 1, -(10**6), 10**6))
    else:
        inside[last] = copy.deepcopy(chance.choice(POOL))
    return value


def _garbled(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([chance.choice(b' "\\{}[],:019.eE-u\xff\n')]) + data[at + chance.randrange(2) :]


def test_spoilt_bodies_are_taken_and_refused_as_the_codec_does() -> None:
    chance, taken = random.Random(5), 0
    accords = REFUSED["accords"]
    terms = {name: msgspec.json.decode(json.dumps(it), type=Accord) for name, it in accords.items()}
    for _ in range(ROUNDS):
        one = chance.choice(BOUNDS["kinds"])
        kind, lane, under = one["kind"], Lane(one["lane"]), chance.choice(("usual", "usual", "reticent"))
        data = _json(_spoilt(one["body"], chance))
        data = _garbled(data, chance) if chance.random() < 0.1 else data
        place = scene.Speaker("alpha").place(lane, AT_MS)
        try:
            check_fact(decode_message("", Payload(place, kind, msgspec.Raw(data))), terms[under])
            code = None
        except OpenlineError as fault:
            code = fault.code
        if code not in second_bodies.GEOMETRY:
            given = (kind, lane.value, data, accords[under], "alpha", AT_MS)
            assert takes(second_bodies.body_of, *given) is (code is None), (kind, data, code)
        taken += code is None
    assert ROUNDS / 20 < taken < ROUNDS / 2


def test_spoilt_payloads_are_read_and_refused_as_the_codec_does() -> None:
    chance = random.Random(6)
    for _ in range(ROUNDS):
        data = chance.choice(MESSAGES["messages"])["canonical_payload"].encode()
        if chance.random() < 0.5:
            payload = json.loads(data)
            data = _json({**payload, "place": _spoilt(payload["place"], chance)})
        else:
            data = _garbled(data, chance)
        assert takes(second_reader.payload_of, data) is takes(decode_payload, data), data


def test_spoilt_controls_are_taken_and_refused_as_the_codec_does() -> None:
    chance, key = random.Random(7), scene.KEYS["node alpha"]
    for _ in range(ROUNDS // 4):
        said = json.loads(chance.choice(SESSION["controls"])["payload"])
        data = canonical_or_json(_spoilt(said, chance))
        sealed = seal(data, SESSION_PAYLOAD_TYPE, [key])
        ours = takes(open_control, sealed, keys_by_id(VerifyKey.from_hex(PUBLIC["node alpha"])))
        assert takes(second_reader.control, sealed, [PUBLIC["node alpha"]]) is ours, data


def canonical_or_json(value: Any) -> bytes:
    try:
        return canonical(value)
    except OpenlineError:
        return _json(value)
