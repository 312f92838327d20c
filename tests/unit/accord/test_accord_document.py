"""One signature proposes, two agree; what was tampered with, misplaced or out of date is refused with the
right word."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.accord import document
from openline.accord.terms import Disclosure
from openline.errors import Invalid, NotFound, OpenlineError, Refused, Unverifiable
from openline.journal.canonical import canonical
from openline.journal.envelope import seal
from unit.accord.agreed import (
    BEGIN_MS,
    DAY_MS,
    EAST_KEY,
    EAST_NODE,
    STRANGER_KEY,
    WEST_KEY,
    WEST_NODE,
    accord,
    certificate,
)

VECTOR = json.loads((Path(__file__).parents[3] / "tests/vectors/accord.json").read_text())
AGREED = accord(Disclosure(fields=("callsign",), grid_e9=10_000_000))
PROPOSED = document.propose(AGREED, EAST_KEY)
SIGNED = document.countersign(PROPOSED, WEST_KEY)
EAST_CERTIFICATE = certificate("east", EAST_KEY, EAST_NODE)
WEST_CERTIFICATE = certificate("west", WEST_KEY, WEST_NODE)
PROPOSAL = document.pack_bundle(PROPOSED, {"east": EAST_CERTIFICATE})
BUNDLE = document.countersign_bundle(PROPOSAL, WEST_KEY, WEST_CERTIFICATE, at_ms=BEGIN_MS)


def code_of(call, *arguments, **named):
    with pytest.raises(OpenlineError) as caught:
        call(*arguments, **named)
    return type(caught.value), caught.value.code


def test_one_signature_proposes_and_two_agree_on_the_same_bytes():
    first, both = document.verify(PROPOSED), document.verify(SIGNED)
    assert (first.signed_by, first.is_countersigned) == (("east",), False)
    assert (both.signed_by, both.is_countersigned) == (("east", "west"), True)
    assert first.accord == both.accord == AGREED
    assert first.digest == both.digest == document.accord_digest(AGREED)


def test_who_signs_first_changes_no_byte():
    assert document.countersign(document.propose(AGREED, WEST_KEY), EAST_KEY) == SIGNED


def test_only_the_two_parties_sign_and_each_once():
    assert code_of(document.propose, AGREED, STRANGER_KEY) == (Refused, "not-a-party")
    assert code_of(document.countersign, PROPOSED, STRANGER_KEY) == (Refused, "not-a-party")
    assert code_of(document.countersign, PROPOSED, EAST_KEY) == (Refused, "already-signed")
    assert code_of(document.countersign, SIGNED, WEST_KEY) == (Refused, "already-signed")


@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
@settings(max_examples=150, deadline=None)
def test_any_byte_changed_makes_it_unverifiable(place, change):
    tampered = bytearray(SIGNED)
    tampered[place] ^= change
    with pytest.raises(Unverifiable):
        document.verify(bytes(tampered))


@given(st.integers(0, len(BUNDLE) - 1), st.integers(1, 255))
@settings(max_examples=150, deadline=None)
def test_any_byte_of_a_bundle_changed_makes_it_unverifiable(place, change):
    tampered = bytearray(BUNDLE)
    tampered[place] ^= change
    with pytest.raises(Unverifiable):
        document.open_bundle(bytes(tampered), at_ms=BEGIN_MS)


def test_a_stray_signature_a_wrong_type_and_another_text_are_refused():
    text = canonical(AGREED)
    stray = seal(text, document.ACCORD_PAYLOAD_TYPE, [EAST_KEY, STRANGER_KEY])
    assert code_of(document.verify, stray) == (Unverifiable, "key-unknown")
    other = seal(text, "application/vnd.openline.certificate.v1+json", [EAST_KEY])
    assert code_of(document.verify, other) == (Unverifiable, "payload-type-wrong")
    loose = seal(text.replace(b",", b", ", 1), document.ACCORD_PAYLOAD_TYPE, [EAST_KEY])
    assert code_of(document.verify, loose) == (Unverifiable, "accord-malformed")


def test_a_key_other_than_the_pinned_one_is_refused():
    pinned = {"west": STRANGER_KEY.public}
    assert code_of(document.verify, SIGNED, pinned=pinned) == (Unverifiable, "key-not-pinned")
    assert document.verify(SIGNED, pinned={"west": WEST_KEY.public}).is_countersigned


def test_a_bundle_carries_accord_and_node_keys_and_says_where_it_stands():
    proposal, whole = (document.open_bundle(data, at_ms=BEGIN_MS) for data in (PROPOSAL, BUNDLE))
    assert (proposal.status, whole.status) == ("proposed", "countersigned")
    assert whole.node_key("east") == EAST_NODE.public
    assert whole.node_key("west") == WEST_NODE.public
    assert whole.document == SIGNED
    assert code_of(proposal.node_key, "west") == (NotFound, "certificate-missing")
    assert code_of(proposal.node_key, "north") == (NotFound, "not-a-party")
    assert code_of(proposal.check_countersigned) == (Refused, "not-countersigned")
    whole.check_countersigned()


@pytest.mark.parametrize(
    ("data", "at_ms", "code"),
    [
        (document.pack_bundle(SIGNED, {"east": EAST_CERTIFICATE}), BEGIN_MS, "certificate-missing"),
        (document.pack_bundle(SIGNED, {"east": WEST_CERTIFICATE}), BEGIN_MS, "certificate-misplaced"),
        (
            document.pack_bundle(PROPOSED, {"east": certificate("east", WEST_KEY, EAST_NODE)}),
            BEGIN_MS,
            "key-unknown",
        ),
        (
            document.pack_bundle(PROPOSED, {"east": certificate("east", EAST_KEY, EAST_KEY)}),
            BEGIN_MS,
            "certificate-is-party-key",
        ),
        (
            document.pack_bundle(
                PROPOSED, {"east": EAST_CERTIFICATE, "north": certificate("north", STRANGER_KEY, EAST_NODE)}
            ),
            BEGIN_MS,
            "party-unknown",
        ),
        (BUNDLE, BEGIN_MS + 31 * DAY_MS, "certificate-not-valid-then"),
        (BUNDLE, BEGIN_MS - 1, "certificate-not-valid-then"),
        (
            document.pack_bundle(
                PROPOSED, {"east": certificate("east", EAST_KEY, EAST_NODE, begin_ms=BEGIN_MS - 60 * DAY_MS)}
            ),
            None,
            "certificate-not-valid-then",
        ),
        (b"{}", BEGIN_MS, "bundle-malformed"),
        (b"", BEGIN_MS, "bundle-malformed"),
        (b"x" * (document.MAX_BUNDLE_BYTES + 1), BEGIN_MS, "bundle-too-large"),
        (document.pack_bundle(b"\xff\xfe", {}), BEGIN_MS, "envelope-malformed"),
    ],
)
def test_a_bad_bundle_is_unverifiable_with_its_reason(data, at_ms, code):
    assert code_of(document.open_bundle, data, at_ms=at_ms) == (Unverifiable, code)


def test_the_next_version_takes_over_the_certificates():
    bundle = document.open_bundle(BUNDLE)
    second = accord(version=2)
    sealed = document.countersign(document.propose(second, EAST_KEY), WEST_KEY)
    replaced = document.replace_accord(bundle, sealed)
    assert (replaced.accord, replaced.certificates) == (second, bundle.certificates)
    assert code_of(document.replace_accord, bundle, document.propose(second, EAST_KEY)) == (
        Refused,
        "not-countersigned",
    )
    assert code_of(document.replace_accord, bundle, SIGNED) == (Invalid, "version-out-of-order")


def test_the_vector_is_what_this_code_signs():
    """tests/vectors/accord.json: Ed25519 is deterministic, so a second implementation has the same bytes."""
    signed = document.verify(VECTOR["countersigned"].encode())
    assert signed.digest == VECTOR["digest"]
    assert canonical(signed.accord).decode() == VECTOR["canonical"]
    assert document.propose(signed.accord, EAST_KEY).decode() == VECTOR["proposed"]
    assert document.countersign(VECTOR["proposed"].encode(), WEST_KEY).decode() == VECTOR["countersigned"]
    assert document.open_bundle(VECTOR["bundle"].encode()).status == "countersigned"
