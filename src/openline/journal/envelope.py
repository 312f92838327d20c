"""The sealed envelope: DSSE v1 (Dead Simple Signing Envelope), made strict.

What is signed is the pre-authentication encoding of payload type and payload, never JSON. The envelope around
them is canonical JSON, and there is exactly one envelope for given payload and signatures: names sorted,
base64 of RFC 4648 sec. 4 with padding, signatures in ascending order of key id. Without that, somebody on the
way could respell an envelope, and the two sides would hold different trees over the same message.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import msgspec

from openline.errors import Invalid, OpenlineError, Unverifiable
from openline.journal.canonical import decode_shape, encode_sorted
from openline.journal.keys import SIGNATURE_BYTES, VerifyKey

MAX_SEALED_BYTES: Final = 4 * 1024 * 1024
"""The largest envelope: an outline of 10,000 vertices (F3548) takes some 0.4 MB of it."""

MAX_SIGNATURES: Final = 8
MAX_PAYLOAD_TYPE_CHARS: Final = 128


class Signer(Protocol):
    """Whoever can seal: a SigningKey, or a hardware token behind the same two names."""

    @property
    def id(self) -> str:
        """The key id: SHA-256 of the raw public key, in hex."""

    def sign(self, message: bytes, /) -> bytes:
        """The 64-byte Ed25519 signature."""


class Signature(msgspec.Struct, frozen=True):
    key_id: str
    signature: bytes


class Given:
    """A signature that somebody else has made, in the place of a signer."""

    def __init__(self, signature: Signature) -> None:
        self.id: Final = signature.key_id
        self._signature: Final = signature.signature

    def sign(self, message: bytes, /) -> bytes:
        return self._signature


class Envelope(msgspec.Struct, frozen=True):
    """An opened envelope. Opened is not verified: see ``verify``."""

    payload: bytes
    payload_type: str
    signatures: tuple[Signature, ...]


class _WireSignature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keyid: str
    sig: bytes


class _WireEnvelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bytes are base64 in JSON (RFC 4648 sec. 4, with padding)."""

    payload: bytes
    payloadType: str
    signatures: list[_WireSignature]


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """What a signature covers: ``DSSEv1 <length> <type> <length> <payload>``, lengths in bytes (DSSE v1,
    protocol.md).
    """
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def seal(payload: bytes, payload_type: str, keys: Sequence[Signer]) -> bytes:
    """Sign with every key, and give the one canonical envelope. Raises Invalid ``envelope-unsealable``."""
    _check_sealable(payload_type, keys)
    message = pre_authentication_encoding(payload_type, payload)
    signatures = tuple(Signature(key.id, key.sign(message)) for key in sorted(keys, key=lambda key: key.id))
    sealed = _encode(Envelope(payload, payload_type, signatures))
    if len(sealed) > MAX_SEALED_BYTES:
        raise _unsealable(
            f"sealed it has {len(sealed)} bytes, more than {MAX_SEALED_BYTES}", "MAX_SEALED_BYTES"
        )
    return sealed


def open_envelope(sealed: bytes, *, limit: int = MAX_SEALED_BYTES) -> Envelope:
    """Read an envelope strictly; ``verify`` it before believing anything in it.

    Raises Unverifiable: ``envelope-too-large`` (more than ``limit`` bytes), ``envelope-malformed`` (not JSON,
    unknown or missing fields, bad base64, trailing bytes), ``envelope-not-canonical`` (another spelling than
    ``seal`` gives: order, spaces, escapes, repeated names, order of signatures).
    """
    if len(sealed) > limit:
        raise Unverifiable(
            "envelope-too-large", f"{len(sealed)} bytes, at most {limit}", clause="MAX_SEALED_BYTES"
        )
    try:
        wire: _WireEnvelope = decode_shape(sealed, _WireEnvelope)
    except OpenlineError as error:
        raise Unverifiable("envelope-malformed", error.text, field=error.field) from None
    envelope = _from_wire(wire)
    if encode_sorted(wire) != sealed:
        raise Unverifiable("envelope-not-canonical", "the envelope is not spelt in its one canonical form")
    return envelope


def verify(envelope: Envelope, keys: Mapping[str, VerifyKey], at_least: int = 1) -> tuple[str, ...]:
    """The ids of the keys that signed; every signature present must be good and by one of ``keys`` (by key
    id).

    One stray signature fails the whole: whoever could add one on the way would change the hash of the
    message. Raises Unverifiable: ``key-unknown``, ``signature-wrong``, ``signatures-missing`` (fewer than
    ``at_least``).
    """
    message = pre_authentication_encoding(envelope.payload_type, envelope.payload)
    for signature in envelope.signatures:
        _verify_one(signature, keys, message)
    if len(envelope.signatures) < max(at_least, 1):
        raise Unverifiable("signatures-missing", f"{len(envelope.signatures)} of at least {max(at_least, 1)}")
    return tuple(signature.key_id for signature in envelope.signatures)


def open_verified(
    sealed: bytes,
    payload_type: str,
    keys: Mapping[str, VerifyKey],
    *,
    at_least: int = 1,
    limit: int = MAX_SEALED_BYTES,
) -> bytes:
    """Open, demand the payload type, verify, and give the payload.

    Raises Unverifiable: as ``open_envelope`` and ``verify``, and ``payload-type-wrong``.
    """
    envelope = open_envelope(sealed, limit=limit)
    check_payload_type(envelope, payload_type)
    verify(envelope, keys, at_least)
    return envelope.payload


def check_payload_type(envelope: Envelope, payload_type: str) -> None:
    """What was signed as one kind of document never passes as another: Unverifiable
    ``payload-type-wrong``.
    """
    if envelope.payload_type != payload_type:
        raise Unverifiable("payload-type-wrong", f"expected {payload_type}, got {envelope.payload_type!r}")


def check_of_node(envelope: Envelope, payload_type: str, keys: Mapping[str, VerifyKey] | None) -> None:
    """Messages, LAMs and session controls are sealed by one node key, one of ``keys`` (None: unchecked).

    Raises Unverifiable ``payload-type-wrong``, ``signatures-too-many``, and as ``verify``.
    """
    check_payload_type(envelope, payload_type)
    if len(envelope.signatures) != 1:
        raise Unverifiable("signatures-too-many", "what nodes say is sealed by one node key")
    if keys is not None:
        verify(envelope, keys)


def keys_by_id(*keys: VerifyKey) -> dict[str, VerifyKey]:
    """The mapping that ``verify`` wants."""
    return {key.id: key for key in keys}


def _verify_one(signature: Signature, keys: Mapping[str, VerifyKey], message: bytes) -> None:
    key = keys.get(signature.key_id)
    if key is None or key.id != signature.key_id:
        raise Unverifiable(
            "key-unknown", f"signed with a key that is not known here: {signature.key_id[:64]!r}"
        )
    if not key.verify(signature.signature, message):
        raise Unverifiable("signature-wrong", f"the signature of key {key.id} does not fit the message")


def _check_sealable(payload_type: str, keys: Sequence[Signer]) -> None:
    if not 1 <= len(payload_type) <= MAX_PAYLOAD_TYPE_CHARS or not payload_type.isascii():
        raise _unsealable(
            f"a payload type has 1 to {MAX_PAYLOAD_TYPE_CHARS} ASCII characters", "MAX_PAYLOAD_TYPE_CHARS"
        )
    if not 1 <= len(keys) <= MAX_SIGNATURES:
        raise _unsealable(f"an envelope has 1 to {MAX_SIGNATURES} signatures", "MAX_SIGNATURES")
    if len(keys) > 1 and len({key.id for key in keys}) != len(keys):
        raise _unsealable("a key signs once", None)


def _unsealable(text: str, clause: str | None) -> Invalid:
    return Invalid("envelope-unsealable", text, clause=clause)


def _encode(envelope: Envelope) -> bytes:
    signatures = [_WireSignature(one.key_id, one.signature) for one in envelope.signatures]
    return encode_sorted(_WireEnvelope(envelope.payload, envelope.payload_type, signatures))


def _from_wire(wire: _WireEnvelope) -> Envelope:
    if not 1 <= len(wire.signatures) <= MAX_SIGNATURES:
        raise _malformed(f"an envelope has 1 to {MAX_SIGNATURES} signatures", "signatures")
    if len(wire.payloadType) > MAX_PAYLOAD_TYPE_CHARS or not wire.payloadType.isascii():
        raise _malformed(f"at most {MAX_PAYLOAD_TYPE_CHARS} ASCII characters", "payloadType")
    if len(wire.signatures) > 1:
        _check_order([one.keyid for one in wire.signatures])
    if any(len(one.sig) != SIGNATURE_BYTES for one in wire.signatures):
        raise _malformed(f"an Ed25519 signature has {SIGNATURE_BYTES} bytes", "signatures.sig")
    signatures = tuple([Signature(one.keyid, one.sig) for one in wire.signatures])
    return Envelope(wire.payload, wire.payloadType, signatures)


def _check_order(ids: Sequence[str]) -> None:
    if any(left >= right for left, right in itertools.pairwise(ids)):
        raise Unverifiable("envelope-not-canonical", "signatures go in ascending order of key id, one a key")


def _malformed(text: str, field: str) -> Unverifiable:
    return Unverifiable("envelope-malformed", text, field=field)
