"""A second reader of envelopes, written from docs/spec/journal.md and section 3 of line-protocol.md alone:
nothing of openline is imported. What the bodies of messages say is read by second_bodies.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MOMENT = 253_402_300_799_999
LANES = ("routine", "urgent")
HASH, NAME = r"[0-9a-f]{64}", r"[a-z0-9-]{1,32}"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
PLAIN = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]"
PLACE = "accord accord_version at_ms beside exercise lane number previous receiver seen sender"
TYPE = "application/vnd.openline.%s.v1+json"


class Wrong(Exception):
    """It is refused."""


def need(holds: Any, why: str = "malformed") -> None:
    if not holds:
        raise Wrong(why)


def fits(value: Any, pattern: str) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def is_int(value: Any, low: int = 0, high: int = 2**53 - 1) -> bool:
    return type(value) is int and low <= value <= high


# journal.md: canonical JSON, envelope, payload, LAM, words of a party


def read(data: bytes) -> Any:
    """The value that canonical bytes spell."""
    try:
        value = json.loads(data.decode(), parse_float=_none, parse_constant=_none)
    except (ValueError, RecursionError):
        raise Wrong("json") from None
    need(spelt(value) == data, "not-canonical")
    return value


def _none(_: str) -> Any:
    raise ValueError


def spelt(value: Any, level: int = 1) -> bytes:
    if isinstance(value, dict | list):
        need(level <= 32, "too-deep")
        if isinstance(value, list):
            return b"[" + b",".join(spelt(it, level + 1) for it in value) + b"]"
        need(all(max(name, default="") <= "\uffff" for name in value), "name-outside-plane")
        pairs = (spelt(name) + b":" + spelt(value[name], level + 1) for name in sorted(value))
        return b"{" + b",".join(pairs) + b"}"
    need(type(value) is not int or abs(value) < 2**53, "number-outside-range")
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Wrong("text-not-unicode") from None


def exactly(value: Any, names: Iterable[str]) -> Mapping[str, Any]:
    need(isinstance(value, dict) and set(value) == set(names))
    return value


def unsealed(sealed: bytes, kind: str, keys: Iterable[str]) -> tuple[bytes, list[str]]:
    """The payload, and the keys that sealed it: every signature by one of ``keys`` (hex), all good."""
    need(len(sealed) <= 4_194_304)
    it = exactly(read(sealed), ("payload", "payloadType", "signatures"))
    need(it["payloadType"] == TYPE % kind and isinstance(it["signatures"], list))
    payload, by_id = (
        _bytes(it["payload"]),
        {hashlib.sha256(bytes.fromhex(key)).hexdigest(): key for key in keys},
    )
    need(1 <= len(it["signatures"]) <= 8)
    signers: list[str] = []
    message = b"DSSEv1 %d %s %d %s" % (
        len(it["payloadType"]),
        it["payloadType"].encode(),
        len(payload),
        payload,
    )
    for one in it["signatures"]:
        exactly(one, ("keyid", "sig"))
        need(isinstance(one["keyid"], str) and one["keyid"] in by_id, "key-unknown")
        need(not signers or signers[-1] < one["keyid"])
        signers.append(one["keyid"])
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(by_id[one["keyid"]])).verify(
                _bytes(one["sig"]), message
            )
        except InvalidSignature:
            raise Wrong("signature-wrong") from None
    return payload, [by_id[name] for name in signers]


def _bytes(text: Any) -> bytes:
    need(isinstance(text, str) and text.isascii())
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Wrong("base64") from None
    need(base64.b64encode(data).decode() == text)
    return data


def said_by_node(sealed: bytes, kind: str, keys: Iterable[str]) -> bytes:
    payload, signers = unsealed(sealed, kind, keys)
    need(len(signers) == 1, "signatures-too-many")
    return payload


def message(sealed: bytes, keys: Iterable[str]) -> tuple[Mapping[str, Any], str, bytes]:
    """Place, kind, and the bytes of the body."""
    return payload_of(said_by_node(sealed, "line", keys))


def payload_of(payload: bytes) -> tuple[Mapping[str, Any], str, bytes]:
    try:
        text = payload.decode()
        need(text.startswith('{"body":'))
        end = json.JSONDecoder(parse_constant=_none).raw_decode(text, 8)[1]
    except (ValueError, RecursionError):
        raise Wrong("payload-malformed") from None
    outer = exactly(read(b"{" + text[end:].removeprefix(",").encode()), ("kind", "place"))
    need(text[end] == ",")
    place = exactly(outer["place"], PLACE.split())
    need(fits(outer["kind"], PLAIN + "{1,64}"))
    _parties(place)
    need(is_int(place["accord_version"], 1) and is_int(place["number"], 1) and is_int(place["beside"]))
    need(fits(place["previous"], HASH) and all(map(is_int, exactly(place["seen"], LANES).values())))
    return place, outer["kind"], text[8:end].encode()


def _parties(place: Mapping[str, Any]) -> None:
    need(all(fits(place[name], PLAIN + "{1,128}") for name in ("accord", "sender", "receiver")))
    need(place["sender"] != place["receiver"] and type(place["exercise"]) is bool)
    need(place["lane"] in LANES and is_int(place["at_ms"], 0, MOMENT))


def lam(sealed: bytes, keys: Iterable[str]) -> Mapping[str, Any]:
    names = ["accord", "at_ms", "exercise", "lane", "number", "previous", "receiver", "root", "sender"]
    it = exactly(read(said_by_node(sealed, "lam", keys)), names)
    _parties(it)
    need(is_int(it["number"], 1) and is_int(it["previous"], 0, it["number"] - 1) and fits(it["root"], HASH))
    return it


SMALL_ORDER = {  # the y coordinates of the eight points
    0,
    1,
    2**255 - 20,
    2707385501144840649318225287225658788936804267575313519463743609750303402022,
    55188659117513257062467267217118295137698188065244968500265048394206261417927,
}


def public_key(text: Any) -> str:
    need(fits(text, HASH))
    ordinate = int.from_bytes(bytes.fromhex(text), "little") % 2**255
    need(ordinate < 2**255 - 19 and ordinate not in SMALL_ORDER, "key-malformed")
    return str(text)


def party_word(sealed: bytes, kind: str, parties: Mapping[str, str]) -> Mapping[str, Any]:
    """A certificate or revocation, by the party that it names. parties: name to party key, in hex."""
    names = {"certificate": "purpose valid_from_ms valid_until_ms", "revocation": "from_ms reason"}[
        kind
    ].split()
    named = json.loads(_bytes(json.loads(sealed)["payload"])).get("party") if _is_json(sealed) else None
    need(isinstance(named, str) and named in parties, "party-unknown")
    it = exactly(read(unsealed(sealed, kind, [parties[named]])[0]), ["node_key", "party", *names])
    public_key(it["node_key"])
    need(all(is_int(value, 0, MOMENT) for name, value in it.items() if name.endswith("_ms")))
    if kind == "certificate":
        need(it["purpose"] == "node" and it["valid_from_ms"] < it["valid_until_ms"])
    else:
        need(it["reason"] in ("lost", "stolen", "superseded", "retired"))
    return it


def _is_json(sealed: bytes) -> bool:
    try:
        return isinstance(json.loads(_bytes(read(sealed)["payload"])), dict)
    except (Wrong, ValueError, KeyError, TypeError):
        return False


def succession(sealed: bytes, parties: Mapping[str, str]) -> tuple[Mapping[str, Any], bool]:
    """What it says, and whether it is whole."""
    need(_is_json(sealed))
    new = public_key(json.loads(_bytes(json.loads(sealed)["payload"])).get("new_key"))
    payload, signers = unsealed(sealed, "succession", {new, *parties.values()})
    it = exactly(read(payload), ("at_ms", "certificate", "new_key", "old_key", "party"))
    need(
        isinstance(it["party"], str)
        and parties.get(it["party"]) == it["old_key"]
        and is_int(it["at_ms"], 0, MOMENT)
    )
    need(new not in parties.values() and new in signers)
    need(isinstance(it["certificate"], str) and len(it["certificate"]) <= 4_096)
    certified = party_word(it["certificate"].encode(), "certificate", {it["party"]: new})["node_key"]
    need(certified not in (new, *parties.values()), "certificate-is-party-key")
    return it, len(signers) > 1


# line-protocol.md, section 3: session controls

CONTROLS = {
    "HEADS": "accord_version said received digest answer",
    "RESEND": "party lane after",
    "LAMS": "lane after",
    "INVENTORY": "digest lines answer",
    "VOUCH": "messages",
    "RETURN": "answers received",
}


def control(sealed: bytes, keys: Iterable[str]) -> Mapping[str, Any]:
    it = read(said_by_node(sealed, "session", keys))
    need(isinstance(it, dict) and isinstance(it.get("kind"), str) and it["kind"] in CONTROLS)
    exactly(it, ["accord", "exercise", "sender", "receiver", "at_ms", "kind", *CONTROLS[it["kind"]].split()])
    for name, value in it.items():
        need(_CONTROL_FIELDS.get(name, lambda _: True)(value), name)
    return it


def _is_claims(value: Any) -> bool:
    return all(
        is_int(exactly(it, ("hash", "number"))["number"])
        and fits(it["hash"], HASH)
        and (it["number"] == 0) is (it["hash"] == "0" * 64)
        for it in exactly(value, LANES).values()
    )


def _is_line(value: Any) -> bool:
    return (
        isinstance(value, list)
        and 2 <= len(value) <= 16
        and all(is_int(it) or fits(it, "[ -~]{0,4000}") for it in value)
    )


_CONTROL_FIELDS: Mapping[str, Any] = {
    "accord": lambda it: fits(it, UUID),
    "exercise": lambda it: type(it) is bool,
    "sender": lambda it: fits(it, NAME),
    "receiver": lambda it: fits(it, NAME),
    "party": lambda it: fits(it, NAME),
    "at_ms": lambda it: is_int(it, 0, MOMENT),
    "accord_version": lambda it: is_int(it, 1),
    "said": _is_claims,
    "received": _is_claims,
    "digest": lambda it: fits(it, HASH),
    "answers": lambda it: fits(it, HASH),
    "answer": lambda it: type(it) is bool,
    "lane": lambda it: it in LANES,
    "after": is_int,
    "lines": lambda it: isinstance(it, list) and len(it) <= 200_000 and all(map(_is_line, it)),
    "messages": lambda it: (
        isinstance(it, list) and 1 <= len(it) <= 4_096 and all(fits(one, HASH) for one in it)
    ),
}
