"""What do the bytes say? Read without the code that is under test.

Envelope, signature, leaf hash and tree are done here a second time, from docs/spec/journal.md, with nothing
but JSON, SHA-256 and Ed25519: a fault in the node's own reading cannot blind what watches it.
"""

import base64
import hashlib
import json
from functools import lru_cache
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LINE_TYPE = "application/vnd.openline.line.v1+json"
LAM_TYPE = "application/vnd.openline.lam.v1+json"
SESSION_TYPE = "application/vnd.openline.session.v1+json"
NO_HASH = "0" * 64
KEPT = 8_192
"""Envelopes whose reading is remembered: the same bytes are sent, stored and sent again."""


class Read(msgspec.Struct, frozen=True):
    """An envelope, read: its type, its payload as JSON values and as text, and the first signature."""

    payload_type: str
    payload: dict[str, Any]
    text: str
    signature: bytes
    signed: bytes


@lru_cache(maxsize=KEPT)
def read(sealed: bytes) -> Read | None:
    """None for what is no envelope, or whose payload is no JSON object."""
    try:
        outer = json.loads(sealed)
        data = base64.b64decode(outer["payload"])
        kind = outer["payloadType"].encode()
        signature = base64.b64decode(outer["signatures"][0]["sig"])
        payload = json.loads(data)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None
    if not isinstance(payload, dict):
        return None
    signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(data), data)
    return Read(kind.decode(), payload, data.decode(), signature, signed)


@lru_cache(maxsize=KEPT)
def is_signed_by(sealed: bytes, public_key: bytes) -> bool:
    """Whether the envelope's signature is that of this Ed25519 key (32 raw bytes)."""
    said = read(sealed)
    if said is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(said.signature, said.signed)
    except InvalidSignature:
        return False
    return True


class Reign(msgspec.Struct, frozen=True):
    """A node key (32 raw bytes) seals above these numbers of the two lanes. certificate: its party's word for
    it.
    """

    key: bytes
    urgent: int
    routine: int
    certificate: bytes

    def reaches(self, lane: str, number: int) -> bool:
        return number > (self.urgent if lane == "urgent" else self.routine)


def reign(key_message: bytes) -> Reign | None:
    """What a KEY message begins (docs/spec/line-protocol.md, section 20); None where it carries no word."""
    said = read(key_message)
    try:
        body, place = (said.payload["body"], said.payload["place"]) if said else ({}, {})
        certificate = body["certificate"].encode()
        word = read(certificate)
        key = bytes.fromhex(word.payload["node_key"]) if word else b""
        sealed_by_itself = 1 if body.get("lost") else 0
        return Reign(key, place["number"] - sealed_by_itself, place["beside"], certificate)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def leaf(sealed: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + sealed).digest()


class Tree:
    """An RFC 9162 tree that grows: perfect subtrees, the largest first, as (leaves, hash)."""

    def __init__(self) -> None:
        self._peaks: list[tuple[int, bytes]] = []

    def append(self, leaf_hash: bytes) -> str:
        """The root with one more leaf, in hex."""
        self._peaks.append((1, leaf_hash))
        while len(self._peaks) > 1 and self._peaks[-1][0] == self._peaks[-2][0]:
            size, right = self._peaks.pop()
            _, left = self._peaks.pop()
            self._peaks.append((2 * size, _joined(left, right)))
        root = self._peaks[-1][1]
        for _, left in reversed(self._peaks[:-1]):
            root = _joined(left, root)
        return root.hex()


def _joined(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
