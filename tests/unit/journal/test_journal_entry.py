"""Places, payloads, heads, LAMs and certificates: what is bound, and what may follow what."""

import hashlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.errors import Invalid, OpenlineError, Unverifiable
from openline.journal.bounds import MAX_MOMENT_MS, NO_HASH
from openline.journal.canonical import canonical, decode_canonical
from openline.journal.certificate import CERTIFICATE_PAYLOAD_TYPE, Certificate, open_certificate
from openline.journal.checkpoint import LAM_PAYLOAD_TYPE, open_lam
from openline.journal.entry import (
    LINE_PAYLOAD_TYPE,
    Lane,
    LaneHead,
    Payload,
    Place,
    Seen,
    Succession,
    check_succession,
    decode_payload,
    encode_payload,
    leaf_hash,
    open_line,
)
from openline.journal.envelope import open_envelope, seal
from openline.journal.merkle import root_of
from unit.journal.sealed_lane import (
    CERTIFICATE_A,
    DAY_MS,
    NODE_A,
    NODE_B,
    NODE_KEYS,
    PARTY_A,
    PARTY_B,
    PARTY_KEYS,
    START_MS,
    STRANGER,
    body,
    certificate,
    lam,
    place,
    sealed_lam,
    sealed_lane,
    sealed_message,
)

PAYLOAD = Payload(place(1, NO_HASH, seen=Seen(3, 4), beside=2), "notice", body({"zone": "TRA 11"}))
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=20)
COUNTS = st.integers(0, 2**53 - 1)


@settings(max_examples=60)
@given(NAMES, NAMES, COUNTS, COUNTS, COUNTS, st.booleans(), st.sampled_from(list(Lane)))
def test_a_payload_comes_back_as_it_was(
    accord: str, kind: str, beside: int, urgent: int, routine: int, exercise: bool, lane: Lane
) -> None:
    where = place(
        1, NO_HASH, accord=accord, beside=beside, seen=Seen(urgent, routine), exercise=exercise, lane=lane
    )
    payload = Payload(where, kind, body([accord]))
    encoded = encode_payload(payload)
    assert decode_payload(encoded) == payload
    assert canonical(msgspec.json.decode(encoded)) == encoded


def _with(**changed: object) -> bytes:
    """The payload's JSON with fields of the place changed; None drops the field."""
    tree = msgspec.json.decode(encode_payload(PAYLOAD))
    tree["place"] = {name: value for name, value in {**tree["place"], **changed}.items() if value is not None}
    return msgspec.json.encode(tree, order="sorted")


BAD_PLACES = [
    {"number": 0},
    {"number": -1},
    {"number": 2**53},
    {"number": "1"},
    {"number": 1.0},
    {"number": True},
    {"accord_version": 0},
    {"beside": -1},
    {"seen": {"urgent": -1, "routine": 0}},
    {"seen": {"urgent": 1}},
    {"seen": {"urgent": 1, "routine": 0, "other": 0}},
    {"previous": "0" * 63},
    {"previous": "A" * 64},
    {"lane": "express"},
    {"exercise": 1},
    {"sender": ""},
    {"sender": "n" * 129},
    {"sender": "nor\nth"},
    {"receiver": "north"},
    {"at_ms": -1},
    {"at_ms": MAX_MOMENT_MS + 1},
    {"at_ms": None},
    {"purpose": "any"},
]


@pytest.mark.parametrize("changed", BAD_PLACES, ids=str)
def test_a_place_outside_its_bounds_is_unverifiable(changed: dict) -> None:
    assert decode_payload(_with()) == PAYLOAD
    with pytest.raises(Unverifiable) as caught:
        decode_payload(_with(**changed))
    assert caught.value.code == "payload-malformed"


@pytest.mark.parametrize(
    ("mangle", "code"),
    [
        (lambda data: data.replace(b'"kind":', b'"kind": '), "payload-not-canonical"),
        (lambda data: data.replace(b"notice", b"\\u006eotice"), "payload-not-canonical"),
        (
            lambda data: data.replace(b'"kind":"notice"', b'"kind":"x","kind":"notice"'),
            "payload-not-canonical",
        ),
        (lambda data: data + b" ", "payload-not-canonical"),
        (lambda data: data.replace(b"notice", b""), "payload-malformed"),
        (lambda data: data.replace(b"notice", b"n" * 65), "payload-malformed"),
        (lambda data: data.replace(b"TRA 11", b"\xff"), "payload-malformed"),
        (lambda data: data[:-1], "payload-malformed"),
        (lambda data: b"[" * 100_000, "payload-malformed"),
        (lambda data: b"", "payload-malformed"),
    ],
)
def test_another_spelling_around_the_body_is_unverifiable(mangle, code: str) -> None:
    with pytest.raises(Unverifiable) as caught:
        decode_payload(mangle(encode_payload(PAYLOAD)))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "bad_body", [b"1.5", b'{"b":1,"a":2}', b'{ "a":1}', b'"\\u0041"', b"12345678901234567890"]
)
def test_a_malformed_body_leaves_its_place_readable_and_is_invalid_by_itself(bad_body: bytes) -> None:
    """So that the lane can go on with an LRM; the sender's own encoder would never have sealed it."""
    sent = encode_payload(PAYLOAD).replace(bytes(PAYLOAD.body), bad_body)
    payload = decode_payload(sent)
    assert payload.place == PAYLOAD.place
    with pytest.raises(Invalid):
        decode_canonical(payload.body, object)
    with pytest.raises(Invalid):
        encode_payload(Payload(PAYLOAD.place, "notice", msgspec.Raw(bad_body)))


def test_a_hash_is_the_rfc_9162_leaf_of_the_sealed_bytes() -> None:
    rows, heads = sealed_lane(["first"])
    _, digest, sealed = rows[0]
    assert (
        leaf_hash(sealed)
        == digest
        == heads[1].hash
        == heads[1].root
        == hashlib.sha256(b"\x00" + sealed).hexdigest()
    )
    assert LaneHead.empty().root == hashlib.sha256(b"").hexdigest()


@settings(max_examples=25)
@given(st.integers(0, 40))
def test_a_head_carries_number_hash_and_root_of_all_before_it(length: int) -> None:
    rows, heads = sealed_lane(list(range(length)))
    assert heads[-1].number == length
    assert heads[-1].hash == (rows[-1][1] if rows else NO_HASH)
    assert heads[-1].root == root_of(bytes.fromhex(digest) for _, digest, _ in rows).hex()
    for (number, _, sealed), before in zip(rows, heads, strict=False):
        where = open_line(sealed, NODE_KEYS).place
        assert (where.number, where.previous) == (number, before.hash)


def test_a_head_whose_frontier_is_another_number_s_is_unverifiable() -> None:
    head = sealed_lane(["a", "b"])[1][-1]
    with pytest.raises(Unverifiable) as caught:
        LaneHead(3, head.hash, head.frontier).extend(b"x")
    assert caught.value.code == "head-malformed"


@settings(max_examples=100)
@given(st.integers(0, 6), st.integers(1, 8), st.booleans())
def test_succession_is_next_duplicate_gap_or_a_broken_chain(length: int, number: int, fitting: bool) -> None:
    head = HEADS[length]
    where = place(number, head.hash if fitting else "f" * 64)
    if number == length + 1 and not fitting:
        with pytest.raises(Unverifiable) as caught:
            check_succession(head, where)
        assert (caught.value.code, caught.value.party) == ("chain-broken", "north")
        return
    expected = Succession.NEXT if number == length + 1 else Succession.GAP
    assert check_succession(head, where) is (Succession.DUPLICATE if number <= length else expected)


HEADS = sealed_lane(list(range(6)))[1]


def test_the_lanes_are_each_other_s_other_and_seen_reads_by_lane() -> None:
    assert [lane.other for lane in (Lane.URGENT, Lane.ROUTINE)] == [Lane.ROUTINE, Lane.URGENT]
    assert [Seen(5, 7).on(lane) for lane in (Lane.URGENT, Lane.ROUTINE)] == [5, 7]


LINE = sealed_message(LaneHead.empty(), "x")
LAM = sealed_lam(HEADS[2])


@pytest.mark.parametrize(
    ("read", "code"),
    [
        (lambda: open_line(LAM, NODE_KEYS), "payload-type-wrong"),
        (lambda: open_line(CERTIFICATE_A, NODE_KEYS), "payload-type-wrong"),
        (lambda: open_line(_resealed(LINE, [NODE_A, NODE_B]), NODE_KEYS), "signatures-too-many"),
        (lambda: open_line(_resealed(LINE, [STRANGER]), NODE_KEYS), "key-unknown"),
        (lambda: open_lam(LINE, NODE_KEYS), "payload-type-wrong"),
        (lambda: open_lam(sealed_lam(HEADS[2], STRANGER), NODE_KEYS), "key-unknown"),
        (lambda: open_lam(seal(b"{}", LAM_PAYLOAD_TYPE, [NODE_B]), NODE_KEYS), "lam-malformed"),
        (lambda: open_lam(_spaced(LAM, LAM_PAYLOAD_TYPE), NODE_KEYS), "lam-malformed"),
        (lambda: open_certificate(LINE, PARTY_KEYS), "payload-type-wrong"),
        (
            lambda: open_certificate(seal(b"{}", CERTIFICATE_PAYLOAD_TYPE, [PARTY_A]), PARTY_KEYS),
            "certificate-malformed",
        ),
        (lambda: open_certificate(certificate("west", NODE_A, PARTY_A), PARTY_KEYS), "party-unknown"),
        (lambda: open_certificate(certificate("north", NODE_A, PARTY_B), PARTY_KEYS), "key-unknown"),
        (lambda: open_certificate(certificate("north", NODE_A, NODE_A), PARTY_KEYS), "key-unknown"),
    ],
)
def test_no_document_passes_as_another_or_under_another_key(read, code: str) -> None:
    with pytest.raises(Unverifiable) as caught:
        read()
    assert caught.value.code == code


def _resealed(sealed: bytes, keys: list) -> bytes:
    return seal(open_envelope(sealed).payload, LINE_PAYLOAD_TYPE, keys)


def _spaced(sealed: bytes, payload_type: str) -> bytes:
    return seal(open_envelope(sealed).payload.replace(b":", b": ", 1), payload_type, [NODE_B])


def test_a_lam_comes_back_as_it_was_and_fits_its_own_head_only() -> None:
    assert open_lam(LAM, NODE_KEYS) == lam(HEADS[2])
    assert [lam(HEADS[2]).fits(head) for head in HEADS] == [False, False, True, False, False, False, False]
    assert not lam(HEADS[2], root="0" * 64).fits(HEADS[2])


@pytest.mark.parametrize(
    "changed", [{"number": 0}, {"root": "0"}, {"at_ms": -1}, {"receiver": "north"}, {"accord": ""}], ids=str
)
def test_a_lam_outside_its_bounds_is_invalid(changed: dict) -> None:
    with pytest.raises(Invalid):
        lam(HEADS[1], **changed)


def test_a_certificate_is_valid_from_its_first_millisecond_to_before_its_last() -> None:
    opened = open_certificate(CERTIFICATE_A, PARTY_KEYS)
    assert (
        opened.key
        == opened.key_at(START_MS - DAY_MS)
        == opened.key_at(START_MS + DAY_MS - 1)
        == NODE_A.public
    )
    for moment_ms in (START_MS - DAY_MS - 1, START_MS + DAY_MS):
        with pytest.raises(Unverifiable) as caught:
            opened.key_at(moment_ms)
        assert caught.value.code == "certificate-not-valid-then"


@pytest.mark.parametrize(
    "changed",
    [
        {"valid_until_ms": 5},
        {"valid_from_ms": -1},
        {"node_key": "00"},
        {"node_key": "00" * 32},
        {"party": "\x1b[2J"},
    ],
    ids=str,
)
def test_a_certificate_outside_its_bounds_is_invalid(changed: dict) -> None:
    good = {"party": "north", "node_key": NODE_A.public.hex, "valid_from_ms": 5, "valid_until_ms": 6}
    assert Certificate(**good).key == NODE_A.public
    with pytest.raises(Invalid):
        Certificate(**{**good, **changed})


def test_every_refusal_says_whose_move_it_is() -> None:
    with pytest.raises(OpenlineError) as caught:
        Place(**{**msgspec.structs.asdict(PAYLOAD.place), "number": 0})
    assert caught.value.as_dict()["field"] == "number"
