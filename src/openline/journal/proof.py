"""One message proved to a stranger who holds nothing but the two parties' public keys, and who sees nothing
else.

The key chain is party key -> certificate -> node key -> signature. Without the partner's LAM a proof says
"sent, not acknowledged". Times are each side's claim; a certificate is judged at the time claimed by whoever
sealed with it.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, Literal

import msgspec

from openline.errors import Invalid, OpenlineError, Unverifiable
from openline.journal.bounds import check_hash
from openline.journal.canonical import canonical, decode_canonical
from openline.journal.certificate import Certificate, open_certificate
from openline.journal.checkpoint import Lam, open_lam
from openline.journal.entry import Lane, Payload, Place, leaf_hash, open_line
from openline.journal.envelope import MAX_SEALED_BYTES, keys_by_id
from openline.journal.keys import VerifyKey
from openline.journal.merkle import inclusion_proof, verify_inclusion
from openline.journal.revocation import Revocation, open_revocation
from openline.units import rfc3339_from_ms

MAX_PROOF_BYTES: Final = 2 * MAX_SEALED_BYTES
"""The largest proof file: one message at its limit, in base64, and the little that goes with it."""

MAX_INCLUSION_HASHES: Final = 53
"""As deep as a tree of 2^53 leaves."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a proof proves. ``words`` says it for people; ``message`` is the body's JSON exactly as signed.

    sent: the sender's node signed it. acknowledged: the receiver's node signed that it stored it. sent_at_ms:
    by the sender's clock. received_at_ms: by the receiver's clock it was stored by then; None without a LAM.
    """

    sent: bool
    acknowledged: bool
    exercise: bool
    accord: str
    accord_version: int
    sender: str
    receiver: str
    lane: Lane
    number: int
    hash: str
    kind: str
    message: msgspec.Raw
    sent_at_ms: int
    received_at_ms: int | None
    words: str


class _WireProof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file: canonical JSON, envelopes in base64, hashes in hex, lowest sibling first."""

    entry: str
    format: Literal["openline-proof-v1"]
    inclusion: list[str]
    lam: str | None
    receiver_certificate: str | None
    sender_certificate: str


def make_proof(
    sealed: bytes,
    leaf_hashes: Sequence[str],
    lam: bytes | None,
    sender_certificate: bytes,
    receiver_certificate: bytes | None,
) -> bytes:
    """The proof file of one message.

    sealed: the message. leaf_hashes: the lane's entry hashes (hex) from number 1 to the LAM's number or
    beyond. lam: a sealed LAM that covers the message; None where there is none, and then the last two are not
    used. receiver_certificate: of the node key that signed the LAM. Signatures are not checked here:
    ``check_proof`` does. Raises Unverifiable ``proof-lam-elsewhere``, ``proof-lam-too-early`` or
    ``proof-inclusion-wrong`` for parts that do not belong together; Invalid ``proof-incomplete``.
    """
    inclusion: tuple[bytes, ...] = ()
    if lam is not None:
        if receiver_certificate is None:
            raise Invalid(
                "proof-incomplete", "a LAM needs the receiver's certificate", field="receiver_certificate"
            )
        inclusion = _inclusion(sealed, leaf_hashes, open_lam(lam, None))
    return canonical(
        _WireProof(
            entry=_base64(sealed),
            format="openline-proof-v1",
            inclusion=[node.hex() for node in inclusion],
            lam=None if lam is None else _base64(lam),
            receiver_certificate=None
            if lam is None or not receiver_certificate
            else _base64(receiver_certificate),
            sender_certificate=_base64(sender_certificate),
        )
    )


def check_proof(
    proof: bytes, party_keys: Mapping[str, VerifyKey], revocations: Iterable[bytes] = ()
) -> Report:
    """What the file proves to somebody who trusts only ``party_keys`` (from party name to party key).

    revocations: sealed ones that the reader has from the parties. Raises Unverifiable; ``code`` says what
    fails and ``message`` in which part: the proof, the sender's certificate, the entry, the receiver's
    certificate, the LAM, the inclusion or a revocation.
    """
    wire = _read(proof)
    sealed = _bytes(wire.entry, "entry")
    sender = _check_certificate(wire.sender_certificate, "sender_certificate", party_keys)
    payload = _check_entry(sealed, sender)
    receiver = None
    if wire.receiver_certificate is not None:
        receiver = _check_certificate(wire.receiver_certificate, "receiver_certificate", party_keys)
    lam = _check_acknowledgement(wire, sealed, payload.place, receiver)
    revoked = _revocations(revocations, party_keys)
    _check_not_revoked(payload.place, lam, _revoked_ms(revoked, sender), _revoked_ms(revoked, receiver))
    return _report(payload, leaf_hash(sealed), lam)


def _revocations(sealed: Iterable[bytes], party_keys: Mapping[str, VerifyKey]) -> list[Revocation]:
    with _part("revocation"):
        return [open_revocation(one, party_keys) for one in sealed]


def _revoked_ms(revoked: Sequence[Revocation], certificate: Certificate | None) -> int | None:
    """From when this key is revoked; None where it is not."""
    if certificate is None:
        return None
    its = [
        it.from_ms for it in revoked if (it.party, it.node_key) == (certificate.party, certificate.node_key)
    ]
    return min(its, default=None)


def _check_not_revoked(place: Place, lam: Lam | None, sender_ms: int | None, receiver_ms: int | None) -> None:
    """Whoever has a revoked key can date back what he seals with it. So a message under one is proved only by
    a LAM from before the revocation, under a key that stands or stood at that time.
    """
    if lam is not None and receiver_ms is not None and lam.at_ms >= receiver_ms:
        raise _revoked("lam", place.receiver)
    if sender_ms is not None and (lam is None or max(place.at_ms, lam.at_ms) >= sender_ms):
        raise _revoked("entry", place.sender)


def _revoked(part: str, party: str) -> Unverifiable:
    text = "the key is revoked, and nothing here shows that this was sealed before"
    return Unverifiable("key-revoked", text, party=party, message=part)


def _inclusion(sealed: bytes, leaf_hashes: Sequence[str], lam: Lam) -> tuple[bytes, ...]:
    place = open_line(sealed, None).place
    _check_covers(lam, place)
    for digest in leaf_hashes:
        check_hash(digest, "leaf_hashes")
    leaves = [bytes.fromhex(digest) for digest in leaf_hashes[: lam.number]]
    path = inclusion_proof(leaves, place.number - 1, lam.number)
    _check_inclusion(sealed, place, lam, path)
    return path


def _read(proof: bytes) -> _WireProof:
    if len(proof) > MAX_PROOF_BYTES:
        raise Unverifiable("proof-too-large", f"more than {MAX_PROOF_BYTES} bytes", clause="MAX_PROOF_BYTES")
    try:
        wire = decode_canonical(proof, _WireProof)
        for digest in wire.inclusion:
            check_hash(digest, "inclusion")
    except OpenlineError as error:
        raise Unverifiable("proof-malformed", error.text, field=error.field) from None
    if (wire.lam is None) != (wire.receiver_certificate is None) or (wire.lam is None and wire.inclusion):
        raise Unverifiable(
            "proof-malformed", "a LAM, the receiver's certificate and an inclusion go together"
        )
    return wire


def _check_certificate(text: str, part: str, party_keys: Mapping[str, VerifyKey]) -> Certificate:
    with _part(part):
        return open_certificate(_bytes(text, part), party_keys)


def _check_entry(sealed: bytes, certificate: Certificate) -> Payload:
    with _part("entry"):
        payload = open_line(sealed, keys_by_id(certificate.key))
        if certificate.party != payload.place.sender:
            raise Unverifiable(
                "proof-party-wrong", f"sealed with a key of {certificate.party}, not of its sender"
            )
        certificate.key_at(payload.place.at_ms)
        return payload


def _check_acknowledgement(
    wire: _WireProof, sealed: bytes, place: Place, certificate: Certificate | None
) -> Lam | None:
    if wire.lam is None or certificate is None:
        return None
    with _part("lam"):
        lam = open_lam(_bytes(wire.lam, "lam"), keys_by_id(certificate.key))
        if certificate.party != lam.receiver:
            raise Unverifiable(
                "proof-party-wrong", f"sealed with a key of {certificate.party}, not of its receiver"
            )
        certificate.key_at(lam.at_ms)
        _check_covers(lam, place)
    with _part("inclusion"):
        _check_inclusion(sealed, place, lam, [bytes.fromhex(digest) for digest in wire.inclusion])
    return lam


def _check_covers(lam: Lam, place: Place) -> None:
    ours = (place.accord, place.exercise, place.sender, place.receiver, place.lane)
    if (lam.accord, lam.exercise, lam.sender, lam.receiver, lam.lane) != ours:
        raise Unverifiable("proof-lam-elsewhere", "the LAM is of another accord, line, direction or lane")
    if lam.number < place.number:
        raise Unverifiable(
            "proof-lam-too-early", f"the LAM covers up to {lam.number}, the message is {place.number}"
        )


def _check_inclusion(sealed: bytes, place: Place, lam: Lam, path: Sequence[bytes]) -> None:
    leaf, root = bytes.fromhex(leaf_hash(sealed)), bytes.fromhex(lam.root)
    if len(path) > MAX_INCLUSION_HASHES or not verify_inclusion(
        leaf, place.number - 1, lam.number, path, root
    ):
        raise Unverifiable(
            "proof-inclusion-wrong", "the message is not what the LAM's root has at its number"
        )


def _report(payload: Payload, digest: str, lam: Lam | None) -> Report:
    place = payload.place
    return Report(
        sent=True,
        acknowledged=lam is not None,
        exercise=place.exercise,
        accord=place.accord,
        accord_version=place.accord_version,
        sender=place.sender,
        receiver=place.receiver,
        lane=place.lane,
        number=place.number,
        hash=digest,
        kind=payload.kind,
        message=payload.body,
        sent_at_ms=place.at_ms,
        received_at_ms=lam.at_ms if lam else None,
        words=_words(payload, lam),
    )


def _words(payload: Payload, lam: Lam | None) -> str:
    place = payload.place
    receiver = place.receiver
    mark = "Exercise. " if place.exercise else ""
    sent_at = rfc3339_from_ms(place.at_ms)
    sent = (
        f"{mark}{place.sender} sealed this {payload.kind} for {receiver} as number {place.number}"
        f" on the {place.lane} lane of accord {place.accord}, at {sent_at} by its own clock."
    )
    if lam is None:
        return f"{sent} Sent, not acknowledged: nothing here shows that {receiver} received it."
    stored_by = rfc3339_from_ms(lam.at_ms)
    return f"{sent} {receiver} acknowledged that it had stored it by {stored_by} by its own clock."


@contextmanager
def _part(name: str) -> Iterator[None]:
    """Names the part of the proof in which a check failed."""
    try:
        yield
    except OpenlineError as error:
        raise error.within(message=name) from None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str, field: str) -> bytes:
    """Strict base64: the one spelling, so that no byte of the file can change without being noticed."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data or _base64(data) != text:
        raise Unverifiable("proof-malformed", "not base64 (RFC 4648 sec. 4, with padding)", field=field)
    return data
