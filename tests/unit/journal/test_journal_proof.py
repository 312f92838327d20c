"""A stranger with two public keys: convinced by the true file, and by no other."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.errors import Invalid, OpenlineError, Unverifiable
from openline.journal.canonical import canonical
from openline.journal.entry import Lane
from openline.journal.proof import MAX_PROOF_BYTES, check_proof, make_proof
from unit.journal.sealed_lane import (
    CERTIFICATE_A,
    CERTIFICATE_B,
    NODE_A,
    NODE_B,
    PARTY_A,
    PARTY_B,
    PARTY_KEYS,
    START_MS,
    STRANGER,
    certificate,
    sealed_lam,
    sealed_lane,
    sealed_message,
)

ROWS, HEADS = sealed_lane([{"text": f"message {number}"} for number in range(1, 14)])
HASHES = [digest for _, digest, _ in ROWS]


def _proof(number: int = 5, covered: int = 13, **changed: object) -> bytes:
    parts = {
        "sealed": ROWS[number - 1][2],
        "leaf_hashes": HASHES,
        "lam": sealed_lam(HEADS[covered]),
        "sender_certificate": CERTIFICATE_A,
        "receiver_certificate": CERTIFICATE_B,
        **changed,
    }
    return make_proof(**parts)


WITHOUT_LAM = _proof(lam=None, receiver_certificate=None)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_message_is_proved_by_any_lam_that_covers_it(data: st.DataObject) -> None:
    covered = data.draw(st.integers(1, 13))
    number = data.draw(st.integers(1, covered))
    report = check_proof(_proof(number, covered), PARTY_KEYS)
    assert (report.sent, report.acknowledged, report.exercise) == (True, True, True)
    assert (report.sender, report.receiver, report.accord) == ("north", "south", "north-south-2018")
    assert (report.lane, report.number, report.kind) == (Lane.ROUTINE, number, "text")
    assert (report.hash, bytes(report.message)) == (HASHES[number - 1], b'{"text":"message %d"}' % number)
    assert report.sent_at_ms == START_MS + number * 1_000
    assert report.received_at_ms == START_MS + 500 + covered * 1_000


def test_without_the_partner_s_lam_it_says_sent_not_acknowledged() -> None:
    """And the sender's party key alone is enough to check it."""
    report = check_proof(WITHOUT_LAM, {"north": PARTY_A.public})
    assert (report.sent, report.acknowledged, report.received_at_ms) == (True, False, None)
    assert "Sent, not acknowledged" in report.words
    assert "Sent, not acknowledged" not in check_proof(_proof(), PARTY_KEYS).words


def test_the_words_name_both_times_and_whose_claim_they_are() -> None:
    assert check_proof(_proof(), PARTY_KEYS).words == (
        "Exercise. north sealed this text for south as number 5 on the routine lane of accord "
        "north-south-2018, at 2018-08-01T00:00:05Z by its own clock. "
        "south acknowledged that it had stored it by 2018-08-01T00:00:13.500Z by its own clock."
    )


@pytest.mark.parametrize("proof", [_proof(2, 3), WITHOUT_LAM], ids=["acknowledged", "sent"])
def test_no_byte_of_the_file_can_change_unnoticed(proof: bytes) -> None:
    """Each byte once: in turn its lowest bit, its case bit, or its highest."""
    for at in range(len(proof)):
        flipped = bytearray(proof)
        flipped[at] ^= (0x01, 0x20, 0x80)[at % 3]
        with pytest.raises(Unverifiable):
            check_proof(bytes(flipped), PARTY_KEYS)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_nothing_cut_inserted_or_overwritten_is_accepted(data: st.DataObject) -> None:
    proof = data.draw(st.sampled_from([_proof(2, 3), WITHOUT_LAM]))
    start = data.draw(st.integers(0, len(proof)))
    end = data.draw(st.integers(start, min(start + 4, len(proof))))
    mangled = proof[:start] + data.draw(st.binary(max_size=4)) + proof[end:]
    if mangled == proof:
        return
    with pytest.raises(Unverifiable):
        check_proof(mangled, PARTY_KEYS)


def test_base64_with_stray_low_bits_is_another_file_and_refused() -> None:
    """Its decoded bytes are the same, so no signature notices."""
    padded = 0
    for number in range(1, 14):
        fields = json.loads(_proof(number))
        for name in ("entry", "lam", "sender_certificate", "receiver_certificate"):
            text = fields[name].rstrip("=")
            if text == fields[name]:
                continue
            padded += 1
            stray = text[:-1] + chr(ord(text[-1]) + 1) + fields[name][len(text) :]
            assert base64.b64decode(stray, validate=True) == base64.b64decode(fields[name])
            with pytest.raises(Unverifiable) as caught:
                check_proof(canonical({**fields, name: stray}), PARTY_KEYS)
            assert (caught.value.code, caught.value.field) == ("proof-malformed", name)
    assert padded


def _forged(number: int = 5, covered: int = 13, **parts: object) -> bytes:
    """A proof put together by hand, past the checks of make_proof."""
    fields = json.loads(_proof(number, covered))
    encoded = {
        name: base64.b64encode(part).decode() if isinstance(part, bytes) else part
        for name, part in parts.items()
    }
    return canonical({**fields, **encoded})


DAY_BEFORE = {"valid_from_ms": START_MS - 9, "valid_until_ms": START_MS}
OTHER_LANE = sealed_lane(["urgent"] * 13, lane=Lane.URGENT)[1][13]
BACKWARDS = sealed_message(HEADS[4], "reply", NODE_B, sender="south", receiver="north")

FORGERIES = [
    ("another entry", _forged(entry=ROWS[5][2]), "proof-inclusion-wrong", "inclusion"),
    (
        "another entry of the same number",
        _forged(entry=sealed_message(HEADS[4], "new")),
        "proof-inclusion-wrong",
        "inclusion",
    ),
    (
        "another path",
        _forged(inclusion=json.loads(_proof(6))["inclusion"]),
        "proof-inclusion-wrong",
        "inclusion",
    ),
    (
        "a path cut short",
        _forged(inclusion=json.loads(_proof())["inclusion"][:-1]),
        "proof-inclusion-wrong",
        "inclusion",
    ),
    ("an endless path", _forged(inclusion=["0" * 64] * 54), "proof-inclusion-wrong", "inclusion"),
    ("an upper-case hash", _forged(inclusion=["A" * 64]), "proof-malformed", None),
    ("a LAM by a stranger", _forged(lam=sealed_lam(HEADS[13], STRANGER)), "key-unknown", "lam"),
    ("a LAM by the sender", _forged(lam=sealed_lam(HEADS[13], NODE_A)), "key-unknown", "lam"),
    (
        "a LAM by the sender, with its own certificate",
        _forged(lam=sealed_lam(HEADS[13], NODE_A), receiver_certificate=CERTIFICATE_A),
        "proof-party-wrong",
        "lam",
    ),
    (
        "a LAM by the sender, in its own name",
        _forged(
            lam=sealed_lam(HEADS[13], NODE_A, sender="south", receiver="north"),
            receiver_certificate=CERTIFICATE_A,
        ),
        "proof-lam-elsewhere",
        "lam",
    ),
    ("a LAM of another accord", _forged(lam=sealed_lam(HEADS[13], accord="x")), "proof-lam-elsewhere", "lam"),
    (
        "a LAM that is no exercise",
        _forged(lam=sealed_lam(HEADS[13], exercise=False)),
        "proof-lam-elsewhere",
        "lam",
    ),
    (
        "a LAM of another lane",
        _forged(lam=sealed_lam(OTHER_LANE, lane=Lane.URGENT)),
        "proof-lam-elsewhere",
        "lam",
    ),
    ("a LAM before the message", _forged(lam=sealed_lam(HEADS[4])), "proof-lam-too-early", "lam"),
    (
        "a LAM of another root",
        _forged(lam=sealed_lam(HEADS[13], root=HEADS[12].root)),
        "proof-inclusion-wrong",
        "inclusion",
    ),
    ("no LAM, but a path", _forged(lam=None, receiver_certificate=None), "proof-malformed", None),
    ("no receiver's certificate", _forged(receiver_certificate=None), "proof-malformed", None),
    (
        "a LAM for a certificate",
        _forged(receiver_certificate=sealed_lam(HEADS[13])),
        "payload-type-wrong",
        "receiver_certificate",
    ),
    (
        "a node that certifies itself",
        _forged(sender_certificate=certificate("north", NODE_A, NODE_A)),
        "key-unknown",
        "sender_certificate",
    ),
    (
        "a stranger's node, certified by a stranger",
        _forged(sender_certificate=certificate("west", STRANGER, STRANGER)),
        "party-unknown",
        "sender_certificate",
    ),
    ("the other party's certificate", _forged(sender_certificate=CERTIFICATE_B), "key-unknown", "entry"),
    (
        "a message in another's name",
        _forged(entry=sealed_message(HEADS[4], "x", NODE_B), sender_certificate=CERTIFICATE_B),
        "proof-party-wrong",
        "entry",
    ),
    ("a message of the other direction", _forged(entry=BACKWARDS), "key-unknown", "entry"),
    (
        "a sender's certificate that had run out",
        _forged(sender_certificate=certificate("north", NODE_A, PARTY_A, **DAY_BEFORE)),
        "certificate-not-valid-then",
        "entry",
    ),
    (
        "a receiver's certificate that had run out",
        _forged(receiver_certificate=certificate("south", NODE_B, PARTY_B, **DAY_BEFORE)),
        "certificate-not-valid-then",
        "lam",
    ),
    ("an unknown field", _forged(note="x"), "proof-malformed", None),
    ("another format", _forged(format="openline-proof-v2"), "proof-malformed", None),
    ("an empty entry", _forged(entry=""), "proof-malformed", None),
    ("not an object", b"[]", "proof-malformed", None),
    ("nothing", b"", "proof-malformed", None),
    ("too much", bytes(MAX_PROOF_BYTES + 1), "proof-too-large", None),
]


@pytest.mark.parametrize(
    ("proof", "code", "part"), [row[1:] for row in FORGERIES], ids=[row[0] for row in FORGERIES]
)
def test_each_forgery_is_refused_for_its_own_reason(proof: bytes, code: str, part: str | None) -> None:
    with pytest.raises(Unverifiable) as caught:
        check_proof(proof, PARTY_KEYS)
    assert (caught.value.code, caught.value.message) == (code, part)


def test_a_proof_under_the_keys_of_others_is_worth_nothing() -> None:
    for keys in ({}, {"north": PARTY_A.public}, {"north": PARTY_B.public, "south": PARTY_A.public}):
        with pytest.raises(Unverifiable):
            check_proof(_proof(), keys)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"lam": sealed_lam(HEADS[4])}, "proof-lam-too-early"),
        ({"lam": sealed_lam(HEADS[13], accord="x")}, "proof-lam-elsewhere"),
        ({"leaf_hashes": HASHES[::-1]}, "proof-inclusion-wrong"),
        ({"leaf_hashes": HASHES[:12]}, "index-outside-tree"),
        ({"leaf_hashes": ["no hash"] * 13}, "hash-malformed"),
        ({"receiver_certificate": None}, "proof-incomplete"),
        ({"sealed": b"rubbish"}, "envelope-malformed"),
    ],
)
def test_parts_that_do_not_belong_together_make_no_proof(changed: dict, code: str) -> None:
    with pytest.raises(OpenlineError) as caught:
        _proof(**changed)
    assert caught.value.code == code
    assert isinstance(caught.value, Invalid | Unverifiable)
