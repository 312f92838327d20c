"""What is signed: whatever was sealed in it, it is read or refused by name; and of all bytes that resemble a
sealed document only the sealed ones verify.
"""

import base64
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st

from fuzz.from_types import json_of
from fuzz.fuzzing import fuzzed
from fuzz.spoiling import spelt, spoilt
from openline.accord.document import ACCORD_PAYLOAD_TYPE, open_bundle, replace_accord
from openline.accord.document import verify as verify_accord
from openline.coordination.session import SESSION_PAYLOAD_TYPE, Heads, Inventory, Resend, open_control
from openline.errors import OpenlineError, Unverifiable
from openline.journal.certificate import CERTIFICATE_PAYLOAD_TYPE, Certificate, open_certificate
from openline.journal.checkpoint import LAM_PAYLOAD_TYPE, Lam, open_lam
from openline.journal.entry import LINE_PAYLOAD_TYPE, Lane, Place, leaf_hash, open_line
from openline.journal.envelope import keys_by_id, open_envelope, open_verified, seal
from openline.journal.keys import SigningKey
from openline.journal.proof import check_proof, make_proof
from openline.node.evidence import open_checkpoint
from simulation.test_two_nodes_one_line import EASTBOUND
from simulation.war_room import NAMES, NOW_MS, WarRoom, flight

KEY = SigningKey.from_seed(b"k" * 32)
KEYS = keys_by_id(KEY.public)

Open = Callable[[bytes], object]


def refused_by_name(work: Open, data: bytes) -> object:
    """What it is, or the error of the family by which it is refused. Anything else is a fault."""
    try:
        return work(data)
    except OpenlineError as fault:
        return fault


def payloads() -> st.SearchStrategy[Any]:
    """A line message: place, kind and body."""
    return st.fixed_dictionaries(
        {"place": json_of(Place), "kind": st.sampled_from(["CHECK", "NOTICE"]), "body": st.just({})}
    )


SEALED: dict[str, tuple[str, st.SearchStrategy[Any], Open]] = {
    "a message": (LINE_PAYLOAD_TYPE, payloads(), lambda data: open_line(data, KEYS)),
    "a LAM": (LAM_PAYLOAD_TYPE, json_of(Lam), lambda data: open_lam(data, KEYS)),
    "HEADS": (SESSION_PAYLOAD_TYPE, json_of(Heads), lambda data: open_control(data, KEYS)),
    "RESEND": (SESSION_PAYLOAD_TYPE, json_of(Resend), lambda data: open_control(data, KEYS)),
    "INVENTORY": (SESSION_PAYLOAD_TYPE, json_of(Inventory), lambda data: open_control(data, KEYS)),
    "a certificate": (
        CERTIFICATE_PAYLOAD_TYPE,
        json_of(Certificate),
        lambda data: open_certificate(data, {"": KEY.public, "bravo": KEY.public}),
    ),
}


@pytest.mark.parametrize("name", SEALED)
def test_whatever_a_key_has_sealed_is_read_or_refused_by_name(name: str) -> None:
    payload_type, good, work = SEALED[name]

    @fuzzed(20, payload=spoilt(good))
    def whatever_a_key_has_sealed_is_read_or_refused_by_name(payload: bytes) -> None:
        refused_by_name(work, seal(payload, payload_type, [KEY]))

    whatever_a_key_has_sealed_is_read_or_refused_by_name()


# Bytes that resemble a sealed document

MESSAGE = seal(b'{"said":"this"}', LINE_PAYLOAD_TYPE, [KEY])


@fuzzed(40, data=spoilt(st.just(json.loads(MESSAGE))))
def test_of_all_that_resembles_an_envelope_only_the_sealed_bytes_verify(data: bytes) -> None:
    try:
        envelope = open_envelope(data)
    except Unverifiable:
        assert data != MESSAGE
        return
    spelling = {
        "payload": base64.b64encode(envelope.payload).decode(),
        "payloadType": envelope.payload_type,
        "signatures": [
            {"keyid": it.key_id, "sig": base64.b64encode(it.signature).decode()} for it in envelope.signatures
        ],
    }
    assert msgspec.json.decode(data) == spelling
    try:
        open_verified(data, LINE_PAYLOAD_TYPE, KEYS)
    except Unverifiable:
        assert data != MESSAGE
    else:
        assert data == MESSAGE


# Accords, bundles, proofs, checkpoints: the documents that people carry about


class Documents:
    """Of a line on which something was said and acknowledged."""

    def __init__(self) -> None:
        self.room = WarRoom()
        self.room["alpha"].file(flight(self.room.id(), EASTBOUND), NOW_MS)
        self.room.exchange()
        parties = self.room.parties
        self.party_keys = {name: parties[name].party_key.public for name in NAMES}
        with self.room["alpha"].looking() as (tx, desks, _own):
            self.desks = desks
            self.bundle = tx.accords()[0].bundle
            (entry,) = tx.entries(self.room.accord_id, "alpha", Lane.ROUTINE, 0, 1)
            lam = tx.lam_covering(self.room.accord_id, "alpha", Lane.ROUTINE, 1)
            assert lam is not None
            self.lam = lam.sealed
        certificates = [parties[name].certificate for name in NAMES]
        self.proof = make_proof(entry.sealed, [leaf_hash(entry.sealed)], self.lam, *certificates)
        self.opened = open_bundle(self.bundle)
        self.accord = json.loads(open_envelope(self.opened.document).payload)


@pytest.fixture(scope="module")
def documents() -> Documents:
    return Documents()


def test_an_accord_of_any_text_is_read_or_refused_by_name(documents: Documents) -> None:
    keys = [party.party_key for party in documents.room.parties.values()]

    @fuzzed(25, text=spoilt(st.just(documents.accord)))
    def an_accord_of_any_text_is_read_or_refused_by_name(text: bytes) -> None:
        sealed = seal(text, ACCORD_PAYLOAD_TYPE, keys)
        refused_by_name(verify_accord, sealed)
        refused_by_name(lambda data: replace_accord(documents.opened, data), sealed)

    an_accord_of_any_text_is_read_or_refused_by_name()


@pytest.mark.parametrize("name", ["bundle", "proof", "checkpoint"])
def test_of_all_that_resembles_a_document_only_the_true_bytes_are_believed(
    name: str, documents: Documents
) -> None:
    true = {"bundle": documents.bundle, "proof": documents.proof, "checkpoint": documents.lam}[name]
    work: dict[str, Open] = {
        "bundle": open_bundle,
        "proof": lambda data: check_proof(data, documents.party_keys),
        "checkpoint": lambda data: open_checkpoint(data, documents.desks),
    }

    @fuzzed(20, data=spoilt(st.just(json.loads(true))) | st.binary(max_size=60))
    def of_all_that_resembles_a_document_only_the_true_bytes_are_believed(data: bytes) -> None:
        if not isinstance(refused_by_name(work[name], data), OpenlineError):
            assert data.strip() == true

    of_all_that_resembles_a_document_only_the_true_bytes_are_believed()
    assert not isinstance(refused_by_name(work[name], true), OpenlineError)


@pytest.mark.parametrize("part", ["entry", "lam", "sender_certificate", "receiver_certificate"])
def test_a_proof_of_which_a_part_is_spoilt_is_refused(part: str, documents: Documents) -> None:
    """Each part by itself: an envelope in base64 is read three readers further in."""
    parts = json.loads(documents.proof)

    @fuzzed(8, data=spoilt(st.just(json.loads(base64.b64decode(parts[part])))))
    def a_proof_of_which_a_part_is_spoilt_is_refused(data: bytes) -> None:
        changed = spelt({**parts, part: base64.b64encode(data).decode()})
        outcome = refused_by_name(lambda it: check_proof(it, documents.party_keys), changed)
        assert isinstance(outcome, Unverifiable) or changed == documents.proof

    a_proof_of_which_a_part_is_spoilt_is_refused()
