"""Writes the journal's language-neutral vectors. Only for a new version of the format: what is out there must
stay true.

From the root of the tree: ``PYTHONPATH=src:tests python -m unit.journal.write_vectors``
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from openline.errors import OpenlineError
from openline.journal.canonical import canonical, decode_canonical
from openline.journal.entry import Lane
from openline.journal.envelope import pre_authentication_encoding, seal
from openline.journal.keys import SigningKey
from openline.journal.merkle import consistency_proof, hash_leaf, inclusion_proof, root_of
from openline.journal.private import next_record
from openline.journal.proof import check_proof, make_proof
from unit.journal.sealed_lane import (
    CERTIFICATE_A,
    CERTIFICATE_B,
    NODE_A,
    NODE_B,
    PARTY_KEYS,
    START_MS,
    STRANGER,
    body,
    sealed_lam,
    sealed_lane,
    sealed_message,
)
from unit.journal.test_journal_envelope import REFUSED
from unit.journal.test_journal_proof import FORGERIES, HASHES, HEADS, ROWS, WITHOUT_LAM

MAX_VECTOR_BYTES = 10_000
DIRECTORY = Path(__file__).parents[2] / "vectors"

SEEDS = {"party north": "a1", "party south": "b1", "node north": "a2", "node south": "b2", "stranger": "ee"}

# Leaf inputs of the reference tests of Certificate Transparency (RFC 6962); the roots they publish are in the
# tests.
CT_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]

CANONICAL: list[Any] = [
    None,
    True,
    0,
    -1,
    9007199254740991,
    -9007199254740991,
    "",
    '\b\t\n\f\r\u0000\u001f\u007f"\\/',
    "é\u2028\u20ac\U0001f6e9",
    [],
    {},
    {"b": 1, "a": [True, None, "x"], "B": {"ä": 1, "z": 2}},
    {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\u0080": 5, "\u00f6": 6},
]
NOT_CANONICAL = [
    "1.0", "1e3", "-0", "9007199254740992", '{"b":1,"a":2}', '{"a":1,"a":1}', '[1, 2]', '"\\u0041"', '"\\/"',
    '"\\u001F"', '"\\ud800"', '{"\\ud83d\\udee9":1}', "[" * 33 + "]" * 33, "1 ", "",
]  # fmt: skip


def _keys() -> list[dict[str, str]]:
    keys = []
    for name, byte in SEEDS.items():
        key = SigningKey.from_seed(bytes.fromhex(byte * 32))
        keys.append({"name": name, "seed": byte * 32, "public": key.public.hex, "id": key.id})
    return keys


def _refusal(data: bytes) -> str:
    try:
        decode_canonical(data, object)
    except OpenlineError as error:
        return error.code
    raise AssertionError(f"{data!r} is canonical")


def _envelopes() -> dict[str, Any]:
    texts = [
        (b"", "a"),
        (b"hello world", "http://example.com/HelloWorld"),
        (b'{"a":1}', "application/json"),
        (bytes(range(256)), "b/c"),
    ]
    signers = {"node north": NODE_A, "node south": NODE_B, "stranger": STRANGER}
    chosen = [["node north"], ["node south"], ["node north", "node south"], ["stranger"]]
    sealed = []
    for (payload, payload_type), names in zip(texts, chosen, strict=True):
        envelope = seal(payload, payload_type, [signers[name] for name in names])
        sealed.append(
            {
                "payload_hex": payload.hex(),
                "payload_type": payload_type,
                "signers": names,
                "signed_hex": pre_authentication_encoding(payload_type, payload).hex(),
                "sealed": envelope.decode(),
                "leaf_hash": hash_leaf(envelope).hex(),
            }
        )
    return {
        "about": "Keys, canonical JSON and envelopes: docs/spec/journal.md sections 1 to 3.",
        "keys": _keys(),
        "canonical": [{"value": value, "utf8_hex": canonical(value).hex()} for value in CANONICAL],
        "canonical_refused": [
            {"utf8_hex": text.encode().hex(), "code": _refusal(text.encode())} for text in NOT_CANONICAL
        ],
        "sealed": sealed,
        "refused": [
            {"why": why, "sealed_hex": data.hex(), "code": code}
            for why, data, code in REFUSED
            if len(data) < MAX_VECTOR_BYTES
        ],
    }


def _trees() -> dict[str, Any]:
    leaves = [hash_leaf(bytes.fromhex(leaf)) for leaf in CT_LEAVES]
    pairs = [(first, second) for second in range(1, 9) for first in range(1, second + 1)]
    return {
        "about": "The Merkle tree of RFC 9162: docs/spec/journal.md section 5. Paths: lowest sibling first.",
        "leaves_hex": CT_LEAVES,
        "leaf_hashes": [leaf.hex() for leaf in leaves],
        "roots": [root_of(leaves[:size]).hex() for size in range(9)],
        "inclusion": [
            {
                "index": first - 1,
                "size": second,
                "path": [node.hex() for node in inclusion_proof(leaves, first - 1, second)],
            }
            for first, second in pairs
        ],
        "consistency": [
            {
                "first": first,
                "second": second,
                "path": [node.hex() for node in consistency_proof(leaves, first, second)],
            }
            for first, second in pairs
        ],
    }


def _lane() -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "sealed": sealed.decode(),
            "leaf_hash": digest,
            "root": head.root,
            "frontier_hex": head.frontier.hex(),
        }
        for (number, digest, sealed), head in zip(ROWS, HEADS[1:], strict=True)
    ]


def _proved() -> list[dict[str, Any]]:
    """A proof by a later LAM, one by a LAM for the only message of an urgent lane, and one without a LAM."""
    rows, heads = sealed_lane([{"text": "emergency"}], lane=Lane.URGENT)
    urgent_lam = sealed_lam(heads[1], lane=Lane.URGENT)
    later = make_proof(ROWS[4][2], HASHES, sealed_lam(HEADS[13]), CERTIFICATE_A, CERTIFICATE_B)
    single = make_proof(rows[0][2], [rows[0][1]], urgent_lam, CERTIFICATE_A, CERTIFICATE_B)
    return [{"proof": proof.decode(), "report": _report(proof)} for proof in (later, single, WITHOUT_LAM)]


def _report(proof: bytes) -> dict[str, Any]:
    """All but the words, which are for people."""
    report: dict[str, Any] = json.loads(msgspec.json.encode(check_proof(proof, PARTY_KEYS)))
    del report["words"]
    return report


def _private() -> list[dict[str, Any]]:
    first = next_record(None, START_MS, "received", body({"hash": HASHES[0]}))
    second = next_record(first, START_MS + 1, "shown", body({"duty_position": "north-1"}))
    return [json.loads(msgspec.json.encode(record)) for record in (first, second)]


def _proofs() -> dict[str, Any]:
    return {
        "about": "Lane, LAM, certificate, proof, private journal: docs/spec/journal.md sections 4 to 9.",
        "keys": _keys(),
        "party_keys": {name: key.hex for name, key in PARTY_KEYS.items()},
        "lane": _lane(),
        "fork_of_number_5": sealed_message(HEADS[4], {"text": "another message 5"}).decode(),
        "lam": sealed_lam(HEADS[13]).decode(),
        "certificates": {"north": CERTIFICATE_A.decode(), "south": CERTIFICATE_B.decode()},
        "proofs": _proved(),
        "refused": [
            {"why": why, "proof": proof.decode(), "code": code, "part": part}
            for why, proof, code, part in FORGERIES
            if len(proof) < MAX_VECTOR_BYTES
        ],
        "private": _private(),
    }


def main() -> None:
    for name, vectors in {"envelope": _envelopes(), "merkle": _trees(), "proof": _proofs()}.items():
        text = json.dumps(vectors, indent=1, ensure_ascii=True)
        (DIRECTORY / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
