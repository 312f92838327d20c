"""The vectors bind: our own code agrees with each, and so does a second reader written from
docs/spec/journal.md alone.

The second reader (``_Stranger``) imports nothing of Openline: json, base64, hashlib, an Ed25519 and an RFC
8785.
"""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from openline.errors import Invalid, OpenlineError, Unverifiable
from openline.journal.bounds import NO_HASH
from openline.journal.canonical import canonical, decode_canonical
from openline.journal.certificate import open_certificate
from openline.journal.checkpoint import open_lam
from openline.journal.entry import LaneHead, leaf_hash, open_line
from openline.journal.envelope import keys_by_id, open_envelope, pre_authentication_encoding, seal
from openline.journal.keys import SigningKey, VerifyKey
from openline.journal.merkle import (
    consistency_proof,
    hash_leaf,
    inclusion_proof,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from openline.journal.private import PrivateRecord, verify_chain
from openline.journal.proof import check_proof
from openline.journal.verify import verify_lane
from unit.journal.sealed_lane import body

VECTORS = Path(__file__).parents[2] / "vectors"
ENVELOPE, MERKLE, PROOF = (
    json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("envelope", "merkle", "proof")
)
KEYS = {key["name"]: SigningKey.from_seed(bytes.fromhex(key["seed"])) for key in ENVELOPE["keys"]}
PARTY_KEYS = {party: VerifyKey.from_hex(text) for party, text in PROOF["party_keys"].items()}
NODE_KEYS = keys_by_id(KEYS["node north"].public, KEYS["node south"].public)

# What the reference implementation of Certificate Transparency publishes for the same leaves
# (merkle_tree_test).
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("key", ENVELOPE["keys"], ids=lambda key: key["name"])
def test_keys_are_as_the_vectors_say(key: dict) -> None:
    signing = SigningKey.from_seed(bytes.fromhex(key["seed"]))
    assert (signing.public.hex, signing.id) == (key["public"], key["id"])


@pytest.mark.parametrize("vector", ENVELOPE["canonical"], ids=lambda vector: vector["utf8_hex"][:16])
def test_values_are_spelt_as_the_vectors_say(vector: dict) -> None:
    data = bytes.fromhex(vector["utf8_hex"])
    assert canonical(vector["value"]) == rfc8785.dumps(vector["value"]) == data
    assert decode_canonical(data, object) == vector["value"]


@pytest.mark.parametrize("vector", ENVELOPE["canonical_refused"], ids=lambda vector: vector["utf8_hex"][:16])
def test_spellings_are_refused_as_the_vectors_say(vector: dict) -> None:
    with pytest.raises(Invalid) as caught:
        decode_canonical(bytes.fromhex(vector["utf8_hex"]), object)
    assert caught.value.code == vector["code"]


@pytest.mark.parametrize("vector", ENVELOPE["sealed"], ids=lambda vector: vector["payload_type"])
def test_envelopes_are_sealed_as_the_vectors_say(vector: dict) -> None:
    payload = bytes.fromhex(vector["payload_hex"])
    sealed = seal(payload, vector["payload_type"], [KEYS[name] for name in vector["signers"]])
    assert sealed == vector["sealed"].encode()
    assert pre_authentication_encoding(vector["payload_type"], payload).hex() == vector["signed_hex"]
    assert leaf_hash(sealed) == vector["leaf_hash"]


@pytest.mark.parametrize("vector", ENVELOPE["refused"], ids=lambda vector: vector["why"])
def test_envelopes_are_refused_as_the_vectors_say(vector: dict) -> None:
    with pytest.raises(Unverifiable) as caught:
        open_envelope(bytes.fromhex(vector["sealed_hex"]))
    assert caught.value.code == vector["code"]


def test_the_tree_is_that_of_certificate_transparency() -> None:
    leaves = [hash_leaf(bytes.fromhex(leaf)) for leaf in MERKLE["leaves_hex"]]
    assert [leaf.hex() for leaf in leaves] == MERKLE["leaf_hashes"]
    assert [root_of(leaves[:size]).hex() for size in range(9)] == MERKLE["roots"] == CT_ROOTS


def test_inclusion_and_consistency_paths_are_as_the_vectors_say() -> None:
    leaves = [bytes.fromhex(leaf) for leaf in MERKLE["leaf_hashes"]]
    roots = [bytes.fromhex(root) for root in MERKLE["roots"]]
    for vector in MERKLE["inclusion"]:
        index, size, path = vector["index"], vector["size"], [bytes.fromhex(node) for node in vector["path"]]
        assert list(inclusion_proof(leaves, index, size)) == path
        assert verify_inclusion(leaves[index], index, size, path, roots[size])
    for vector in MERKLE["consistency"]:
        first, second, path = (
            vector["first"],
            vector["second"],
            [bytes.fromhex(node) for node in vector["path"]],
        )
        assert list(consistency_proof(leaves, first, second)) == path
        assert verify_consistency(first, second, roots[first], roots[second], path)
    assert (len(MERKLE["inclusion"]), len(MERKLE["consistency"])) == (36, 36)


def test_the_lane_its_heads_and_its_lam_are_as_the_vectors_say() -> None:
    head, rows = LaneHead.empty(), []
    for vector in PROOF["lane"]:
        sealed = vector["sealed"].encode()
        assert open_line(sealed, NODE_KEYS).place.previous == head.hash
        head = head.extend(sealed)
        assert (head.number, head.hash, head.root) == (vector["number"], vector["leaf_hash"], vector["root"])
        assert head.frontier.hex() == vector["frontier_hex"]
        rows.append((head.number, head.hash, sealed))
    lam = PROOF["lam"].encode()
    assert open_lam(lam, keys_by_id(KEYS["node south"].public)).fits(head)
    assert verify_lane(rows, head=head, keys=NODE_KEYS, lams=[lam]) == []
    fork = PROOF["fork_of_number_5"].encode()
    found = verify_lane([*rows[:5], (5, leaf_hash(fork), fork), *rows[5:]], head=head, keys=NODE_KEYS)
    assert [finding.code for finding in found] == ["forked"]


def test_certificates_are_as_the_vectors_say() -> None:
    for party, sealed in PROOF["certificates"].items():
        certificate = open_certificate(sealed.encode(), PARTY_KEYS)
        assert (certificate.party, certificate.key) == (party, KEYS[f"node {party}"].public)


def test_the_private_journal_is_as_the_vectors_say() -> None:
    records = [PrivateRecord(**{**record, "body": body(record["body"])}) for record in PROOF["private"]]
    assert verify_chain(records, records[-1]) == []
    for record in PROOF["private"]:
        content = rfc8785.dumps({name: value for name, value in record.items() if name != "hash"})
        assert hashlib.sha256(b"openline-private-v1\n" + content).hexdigest() == record["hash"]


class _Stranger:
    """Reads a proof by the book, docs/spec/journal.md, with nothing of ours. Any failure is a ValueError."""

    def __init__(self, party_keys: dict[str, str]) -> None:
        self.party_keys = party_keys

    def read(self, proof: bytes) -> dict:
        fields = self._json(
            proof, {"entry", "format", "inclusion", "lam", "receiver_certificate", "sender_certificate"}
        )
        self._demand(fields["format"] == "openline-proof-v1")
        entry = self._base64(fields["entry"])
        sender_key, sender, valid = self._certificate(self._base64(fields["sender_certificate"]))
        message = self._open(entry, "application/vnd.openline.line.v1+json", sender_key)
        payload = self._json(message, {"body", "kind", "place"})
        place = payload["place"]
        self._demand(place["sender"] == sender and place["at_ms"] in valid)
        lam = self._lam(fields, place, hashlib.sha256(b"\x00" + entry).digest())
        return {
            **{
                name: place[name]
                for name in ("accord", "accord_version", "exercise", "lane", "number", "receiver")
            },
            "sender": sender,
            "kind": payload["kind"],
            "message": payload["body"],
            "hash": hashlib.sha256(b"\x00" + entry).hexdigest(),
            "sent": True,
            "sent_at_ms": place["at_ms"],
            "acknowledged": lam is not None,
            "received_at_ms": lam["at_ms"] if lam else None,
        }

    def _lam(self, fields: dict, place: dict, leaf: bytes) -> dict | None:
        if fields["lam"] is None:
            self._demand(fields["receiver_certificate"] is None and fields["inclusion"] == [])
            return None
        receiver_key, receiver, valid = self._certificate(self._base64(fields["receiver_certificate"]))
        sealed = self._base64(fields["lam"])
        names = {"accord", "exercise", "sender", "receiver", "lane", "number", "previous", "root", "at_ms"}
        lam = self._json(self._open(sealed, "application/vnd.openline.lam.v1+json", receiver_key), names)
        common = ("accord", "exercise", "sender", "receiver", "lane")
        self._demand([lam[name] for name in common] == [place[name] for name in common])
        self._demand(lam["receiver"] == receiver and lam["at_ms"] in valid)
        path = fields["inclusion"]
        self._demand(all(bytes.fromhex(node).hex() == node and len(node) == 64 for node in path))
        climbed = self._climb(
            leaf, place["number"] - 1, lam["number"], [bytes.fromhex(node) for node in path]
        )
        self._demand(climbed == bytes.fromhex(lam["root"]))
        return lam

    def _climb(self, node: bytes, index: int, size: int, path: list[bytes]) -> bytes:
        """The recursive definition of an audit path, read backwards: the last node of the path is the
        highest.
        """
        self._demand(index < size)
        if size == 1:
            self._demand(not path)
            return node
        self._demand(bool(path))
        split = 1
        while split * 2 < size:
            split *= 2
        if index < split:
            return self._node(self._climb(node, index, split, path[:-1]), path[-1])
        return self._node(path[-1], self._climb(node, index - split, size - split, path[:-1]))

    def _certificate(self, sealed: bytes) -> tuple[str, str, range]:
        said = json.loads(base64.b64decode(json.loads(sealed)["payload"]))
        key = self.party_keys.get(said.get("party", ""), "")
        content = self._open(sealed, "application/vnd.openline.certificate.v1+json", key)
        fields = self._json(content, {"party", "node_key", "valid_from_ms", "valid_until_ms", "purpose"})
        self._demand(fields["purpose"] == "node")
        return fields["node_key"], fields["party"], range(fields["valid_from_ms"], fields["valid_until_ms"])

    def _open(self, sealed: bytes, payload_type: str, key: str) -> bytes:
        fields = self._json(sealed, {"payload", "payloadType", "signatures"})
        self._demand(fields["payloadType"] == payload_type and len(fields["signatures"]) == 1)
        signature = fields["signatures"][0]
        self._demand(signature["keyid"] == hashlib.sha256(bytes.fromhex(key)).hexdigest())
        payload, kind = self._base64(fields["payload"]), payload_type.encode()
        signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(self._base64(signature["sig"]), signed)
        return payload

    def _json(self, data: bytes, names: set[str]) -> dict:
        fields = json.loads(data)
        self._demand(isinstance(fields, dict) and set(fields) == names and rfc8785.dumps(fields) == data)
        return fields

    def _base64(self, text: str) -> bytes:
        data = base64.b64decode(text, validate=True)
        self._demand(base64.b64encode(data).decode() == text)
        return data

    def _node(self, left: bytes, right: bytes) -> bytes:
        return hashlib.sha256(b"\x01" + left + right).digest()

    def _demand(self, holds: bool) -> None:
        if not holds:
            raise ValueError("not proved")


@pytest.mark.parametrize("vector", PROOF["proofs"], ids=["later LAM", "single", "no LAM"])
def test_proofs_say_what_the_vectors_say_to_us_and_to_a_stranger(vector: dict) -> None:
    proof = vector["proof"].encode()
    report = check_proof(proof, PARTY_KEYS)
    ours = {name: getattr(report, name) for name in vector["report"]}
    assert {**ours, "message": json.loads(bytes(report.message))} == vector["report"]
    assert _Stranger(PROOF["party_keys"]).read(proof) == vector["report"]


@pytest.mark.parametrize("vector", PROOF["refused"], ids=lambda vector: vector["why"])
def test_forgeries_are_refused_as_the_vectors_say_by_us_and_by_a_stranger(vector: dict) -> None:
    with pytest.raises(OpenlineError) as caught:
        check_proof(vector["proof"].encode(), PARTY_KEYS)
    assert (caught.value.code, caught.value.message) == (vector["code"], vector["part"])
    with pytest.raises((ValueError, KeyError, TypeError, InvalidSignature)):
        _Stranger(PROOF["party_keys"]).read(vector["proof"].encode())


ROOT = Path(__file__).parents[3]
SPEC = (ROOT / "docs" / "spec" / "journal.md").read_text(encoding="utf-8")
SOURCES = [path.read_text(encoding="utf-8") for path in (ROOT / "src" / "openline" / "journal").glob("*.py")]


def test_every_hash_that_the_specification_prints_is_in_the_vectors() -> None:
    printed = set(re.findall(r"\b[0-9a-f]{64}\b", SPEC))
    vectors = json.dumps([ENVELOPE, MERKLE, PROOF]) + NO_HASH
    assert len(printed) > 20
    assert {digest for digest in printed if digest not in vectors} == set()


def test_every_code_that_the_journal_raises_is_in_the_specification() -> None:
    raised = {
        code
        for source in SOURCES
        for code in re.findall(
            r'(?:Invalid|Unverifiable|LimitExceeded|_finding|Finding|append)\(\(?\s*"([a-z-]+)"', source
        )
    }
    assert len(raised) > 35
    assert {code for code in raised if f"`{code}`" not in SPEC} == set()
