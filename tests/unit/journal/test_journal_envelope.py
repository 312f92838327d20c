"""DSSE, made strict: one spelling, every byte under a signature."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.errors import Invalid, Unverifiable
from openline.journal.envelope import (
    MAX_PAYLOAD_TYPE_CHARS,
    MAX_SEALED_BYTES,
    MAX_SIGNATURES,
    keys_by_id,
    open_envelope,
    open_verified,
    pre_authentication_encoding,
    seal,
    verify,
)
from openline.journal.keys import SigningKey
from unit.journal.sealed_lane import NODE_A, NODE_B, STRANGER

TYPE = "application/vnd.openline.test.v1+json"
KEYS = keys_by_id(NODE_A.public, NODE_B.public)


def _fields(sealed: bytes) -> dict:
    return json.loads(sealed)


def _spell(fields: dict) -> bytes:
    return json.dumps(fields, separators=(",", ":"), sort_keys=True).encode()


def test_the_pre_authentication_encoding_is_that_of_the_dsse_specification() -> None:
    """The example of DSSE protocol.md, and lengths counted in bytes."""
    example = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")
    assert example == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert pre_authentication_encoding("é", "é".encode()) == b"DSSEv1 2 \xc3\xa9 2 \xc3\xa9"


@settings(max_examples=60)
@given(
    st.binary(max_size=300), st.lists(st.sampled_from([NODE_A, NODE_B]), min_size=1, max_size=2, unique=True)
)
def test_what_was_sealed_opens_as_it_was_and_any_dsse_reader_agrees(
    payload: bytes, keys: list[SigningKey]
) -> None:
    sealed = seal(payload, TYPE, keys)
    envelope = open_envelope(sealed)
    assert (envelope.payload, envelope.payload_type) == (payload, TYPE)
    assert set(verify(envelope, KEYS, at_least=len(keys))) == {key.id for key in keys}
    fields = _fields(sealed)
    assert base64.b64decode(fields["payload"]) == payload
    assert _spell(fields) == sealed
    assert sealed == seal(payload, TYPE, keys[::-1])


@settings(max_examples=150)
@given(st.data())
def test_no_byte_of_an_envelope_can_change_unnoticed(data: st.DataObject) -> None:
    sealed = seal(data.draw(st.binary(max_size=60)), TYPE, [NODE_A])
    at = data.draw(st.integers(0, len(sealed) - 1))
    flipped = bytearray(sealed)
    flipped[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Unverifiable):
        open_verified(bytes(flipped), TYPE, KEYS)


def _swap_signatures(fields: dict) -> bytes:
    return _spell({**fields, "signatures": fields["signatures"][::-1]})


SEALED = seal(b"four", TYPE, [NODE_A, NODE_B])
FIELDS = _fields(SEALED)
ONE = FIELDS["signatures"][0]

REFUSED = [
    ("empty", b"", "envelope-malformed"),
    ("no object", b"[]", "envelope-malformed"),
    ("trailing byte", SEALED + b"x", "envelope-malformed"),
    ("trailing newline", SEALED + b"\n", "envelope-not-canonical"),
    ("truncated", SEALED[:-1], "envelope-malformed"),
    ("unknown field", _spell({**FIELDS, "target": 1}), "envelope-malformed"),
    (
        "unknown field in a signature",
        _spell({**FIELDS, "signatures": [{**ONE, "cert": ""}]}),
        "envelope-malformed",
    ),
    ("missing field", _spell({"payload": "", "signatures": []}), "envelope-malformed"),
    ("no signature", _spell({**FIELDS, "signatures": []}), "envelope-malformed"),
    (
        "too many signatures",
        _spell({**FIELDS, "signatures": [ONE] * (MAX_SIGNATURES + 1)}),
        "envelope-malformed",
    ),
    ("the same signature twice", _spell({**FIELDS, "signatures": [ONE, ONE]}), "envelope-not-canonical"),
    ("signatures swapped", _swap_signatures(FIELDS), "envelope-not-canonical"),
    ("short signature", _spell({**FIELDS, "signatures": [{**ONE, "sig": "AAAA"}]}), "envelope-malformed"),
    ("payload not base64", _spell({**FIELDS, "payload": "a*b="}), "envelope-malformed"),
    ("base64 without padding", _spell({**FIELDS, "payload": "Zm91cg"}), "envelope-malformed"),
    ("base64 of the URL alphabet", _spell({**FIELDS, "payload": "-_-_"}), "envelope-malformed"),
    ("base64 with stray low bits", _spell({**FIELDS, "payload": "Zm91ch=="}), "envelope-not-canonical"),
    ("payload type too long", _spell({**FIELDS, "payloadType": "x" * 129}), "envelope-malformed"),
    ("payload type not ASCII", _spell({**FIELDS, "payloadType": "é"}), "envelope-malformed"),
    ("spaces", json.dumps(FIELDS, sort_keys=True).encode(), "envelope-not-canonical"),
    (
        "order of names",
        json.dumps(dict(reversed(FIELDS.items())), separators=(",", ":")).encode(),
        "envelope-not-canonical",
    ),
    ("name twice", SEALED.replace(b'{"payload"', b'{"payload":"","payload"', 1), "envelope-not-canonical"),
    ("needless escape", SEALED.replace(b"application", b"\\u0061pplication"), "envelope-not-canonical"),
    ("not UTF-8", SEALED.replace(b"application", b"\xffpplication"), "envelope-malformed"),
    ("too deep", b"[" * 100_000, "envelope-malformed"),
]


@pytest.mark.parametrize(("sealed", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_another_spelling_is_unverifiable_and_says_why(sealed: bytes, code: str) -> None:
    with pytest.raises(Unverifiable) as caught:
        open_envelope(sealed)
    assert caught.value.code == code


def test_size_has_a_named_limit_both_ways() -> None:
    with pytest.raises(Unverifiable) as caught:
        open_envelope(SEALED, limit=len(SEALED) - 1)
    assert (caught.value.code, caught.value.clause) == ("envelope-too-large", "MAX_SEALED_BYTES")
    assert open_envelope(SEALED, limit=len(SEALED)).payload == b"four"
    with pytest.raises(Invalid) as unsealable:
        seal(bytes(MAX_SEALED_BYTES), TYPE, [NODE_A])
    assert (unsealable.value.code, unsealable.value.clause) == ("envelope-unsealable", "MAX_SEALED_BYTES")


@pytest.mark.parametrize(
    ("payload_type", "keys"),
    [
        ("", [NODE_A]),
        ("é", [NODE_A]),
        ("x" * (MAX_PAYLOAD_TYPE_CHARS + 1), [NODE_A]),
        (TYPE, []),
        (TYPE, [NODE_A, NODE_A]),
        (TYPE, [SigningKey.generate() for _ in range(MAX_SIGNATURES + 1)]),
    ],
)
def test_what_could_not_be_opened_is_not_sealed(payload_type: str, keys: list[SigningKey]) -> None:
    with pytest.raises(Invalid) as caught:
        seal(b"", payload_type, keys)
    assert caught.value.code == "envelope-unsealable"


@pytest.mark.parametrize(
    ("sealed", "keys", "at_least", "code"),
    [
        (seal(b"x", TYPE, [STRANGER]), KEYS, 1, "key-unknown"),
        (seal(b"x", TYPE, [NODE_A, STRANGER]), KEYS, 1, "key-unknown"),
        (seal(b"x", TYPE, [NODE_A]), KEYS, 2, "signatures-missing"),
        (seal(b"x", TYPE, [NODE_A]), {NODE_A.id: NODE_B.public}, 1, "key-unknown"),
        (seal(b"x", TYPE, [NODE_A]).replace(b'"eA=="', b'"eQ=="'), KEYS, 1, "signature-wrong"),
        (seal(b"x", "another/type", [NODE_A]), KEYS, 1, "payload-type-wrong"),
    ],
)
def test_only_good_signatures_of_known_keys_are_believed(
    sealed: bytes, keys: dict, at_least: int, code: str
) -> None:
    with pytest.raises(Unverifiable) as caught:
        open_verified(sealed, TYPE, keys, at_least=at_least)
    assert caught.value.code == code
