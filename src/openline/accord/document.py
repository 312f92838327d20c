"""The accord as a signed document: DSSE around its canonical text, one signature proposes, two agree.

The two public keys stand in the accord itself, so the document says whether these two keys signed. Whether
they are the partner's keys is a question that two people settle once, by comparing key ids over another way:
`pinned` holds the answer.
"""

import hashlib
from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct

from openline.accord.agreement import NOBODY_FOLLOWS, Followers
from openline.accord.terms import Accord, decode_accord
from openline.accord.terms import check_succession as check_succession
from openline.errors import Invalid, NotFound, OpenlineError, Refused, Unverifiable
from openline.journal.canonical import canonical, decode_canonical
from openline.journal.certificate import Certificate, open_certificate
from openline.journal.envelope import (
    MAX_SEALED_BYTES,
    Envelope,
    Given,
    Signer,
    check_payload_type,
    keys_by_id,
    open_envelope,
    seal,
)
from openline.journal.envelope import verify as verify_envelope
from openline.journal.keys import VerifyKey

ACCORD_PAYLOAD_TYPE: Final = "application/vnd.openline.accord.v1+json"
MAX_BUNDLE_BYTES: Final = MAX_SEALED_BYTES


class SignedAccord(Struct, frozen=True):
    """A verified document: the accord, the parties whose keys signed it (by name), the digest and the sealed
    bytes."""

    accord: Accord
    signed_by: tuple[str, ...]
    digest: str
    sealed: bytes

    @property
    def is_countersigned(self) -> bool:
        return len(self.signed_by) == 2


def accord_digest(accord: Accord) -> str:
    """SHA-256 of the canonical text, in hex: what envelopes bind, whoever has signed so far."""
    return hashlib.sha256(canonical(accord)).hexdigest()


def party_keys(accord: Accord) -> dict[str, VerifyKey]:
    """From party name to the party key that the accord states."""
    return {party.name: VerifyKey.from_hex(party.key) for party in accord.parties}


def propose(accord: Accord, key: Signer) -> bytes:
    """The document with the first signature. Raises Refused `not-a-party` for any other key."""
    _name_of(accord, key.id)
    return seal(canonical(accord), ACCORD_PAYLOAD_TYPE, [key])


def countersign(sealed: bytes, key: Signer) -> bytes:
    """The same document with the second signature beside the first, which stays as it is, byte for byte.

    Raises Unverifiable as `verify`; Refused `not-a-party`, `already-signed`.
    """
    signed = verify(sealed)
    name = _name_of(signed.accord, key.id)
    if name in signed.signed_by:
        raise Refused("already-signed", f"{name} has signed it", party=name, clause="parties")
    envelope = open_envelope(sealed)
    return seal(envelope.payload, ACCORD_PAYLOAD_TYPE, [*map(Given, envelope.signatures), key])


def verify(sealed: bytes, *, pinned: Mapping[str, VerifyKey] | None = None) -> SignedAccord:
    """What the document says and who of its parties signed it; every signature on it has to be good.

    pinned: party keys known from elsewhere, by name; each party named there has to have that key in the
    accord. Raises Unverifiable `envelope-...`, `payload-type-wrong`, `accord-malformed`, `key-unknown`,
    `signature-wrong`, `key-not-pinned`.
    """
    envelope = open_envelope(sealed)
    check_payload_type(envelope, ACCORD_PAYLOAD_TYPE)
    accord = _accord_of(envelope)
    keys = party_keys(accord)
    signing_ids = verify_envelope(envelope, keys_by_id(*keys.values()))
    _check_pinned(keys, pinned or {})
    signed_by = tuple(name for name in accord.names if keys[name].id in signing_ids)
    return SignedAccord(accord, signed_by, accord_digest(accord), sealed)


def _name_of(accord: Accord, key_id: str) -> str:
    for name, key in party_keys(accord).items():
        if key.id == key_id:
            return name
    raise Refused(
        "not-a-party",
        "the key is the key of neither party",
        field="parties.key",
        clause="parties",
        remedy="sign with the party key (not the node key) that the accord states",
    )


def _accord_of(envelope: Envelope) -> Accord:
    try:
        return decode_accord(envelope.payload)
    except OpenlineError as error:
        raise Unverifiable("accord-malformed", error.text, field=error.field, clause=error.clause) from error


def _check_pinned(keys: Mapping[str, VerifyKey], pinned: Mapping[str, VerifyKey]) -> None:
    for name, key in keys.items():
        if name in pinned and pinned[name] != key:
            raise Unverifiable(
                "key-not-pinned",
                f"the accord states another key for {name} than the one known here",
                party=name,
                field="parties.key",
                remedy="compare the key ids with the partner over another way before anything else",
            )


# The bundle: what travels by hand between two centres --------------------------------------------
class BundleText(Struct, frozen=True, forbid_unknown_fields=True):
    """The file: the sealed accord and, by party name, sealed certificates of the node keys, as canonical
    JSON."""

    accord: str
    certificates: dict[str, str]
    kind: Literal["openline-accord-bundle-v1"]


class Bundle(Struct, frozen=True):
    """A verified bundle. signed: the accord and who signed it. certificates: of the node keys, by party.

    data: the file as it is kept and passed on; document: the sealed accord in it.
    """

    signed: SignedAccord
    certificates: dict[str, Certificate]
    data: bytes

    @property
    def accord(self) -> Accord:
        return self.signed.accord

    @property
    def document(self) -> bytes:
        return self.signed.sealed

    @property
    def digest(self) -> str:
        return self.signed.digest

    @property
    def status(self) -> Literal["proposed", "countersigned"]:
        return "countersigned" if self.signed.is_countersigned else "proposed"

    def node_key(self, party: str) -> VerifyKey:
        """The key with which the party's node seals. Raises NotFound `not-a-party`, `certificate-missing`."""
        self.accord.party(party)
        if party not in self.certificates:
            raise NotFound("certificate-missing", f"{party} has not given its node key yet", party=party)
        return self.certificates[party].key

    def check_countersigned(self) -> None:
        """Raises Refused `not-countersigned`, naming who has still to sign."""
        for name in self.accord.names:
            if name not in self.signed.signed_by:
                raise Refused(
                    "not-countersigned",
                    f"{name} has not signed the accord",
                    party=name,
                    clause="states",
                    remedy=f"send the file to {name} to be signed",
                )


def pack_bundle(document: bytes, sealed_certificates: Mapping[str, bytes]) -> bytes:
    """The file. It is not judged here: see `open_bundle`."""
    certificates = {name: _text(one) for name, one in sealed_certificates.items()}
    return canonical(BundleText(_text(document), certificates, "openline-accord-bundle-v1"))


def open_bundle(
    data: bytes, *, at_ms: int | None = None, pinned: Mapping[str, VerifyKey] | None = None
) -> Bundle:
    """Open and verify everything: signatures by the accord's own party keys, certificates by the party
    that they name, one from each who signed.

    at_ms: when the certificates have to be valid; without it, at some time of the accord's validity.
    Raises Unverifiable as `verify` and `open_certificate`, and `bundle-malformed`, `bundle-too-large`,
    `certificate-not-valid-then`, `certificate-misplaced`, `certificate-missing`, `certificate-is-party-key`.
    """
    content = _read(data)
    signed = verify(_bytes(content.accord), pinned=pinned)
    certificates = {
        name: _certificate(name, _bytes(sealed), signed.accord, at_ms)
        for name, sealed in sorted(content.certificates.items())
    }
    for name in signed.signed_by:
        if name not in certificates:
            raise Unverifiable("certificate-missing", f"{name} signed and gives no node key", party=name)
    return Bundle(signed, certificates, data)


def countersign_bundle(data: bytes, key: Signer, sealed_certificate: bytes, *, at_ms: int) -> bytes:
    """The file with the second signature and the second party's certificate; verified before it is given."""
    opened = open_bundle(data, at_ms=at_ms)
    name = _name_of(opened.accord, key.id)
    certificates = {**sealed_certificates(opened), name: sealed_certificate}
    whole = pack_bundle(countersign(opened.document, key), certificates)
    return open_bundle(whole, at_ms=at_ms).data


def replace_accord(bundle: Bundle, document: bytes, followers: Followers = NOBODY_FOLLOWS) -> Bundle:
    """The bundle with another version's document and the same certificates, verified anew; of a party whose
    key is followed by another, the certificate under that one.

    Raises Unverifiable as `open_bundle`; Refused `not-countersigned`; Invalid where it does not succeed this
    version.
    """
    stated = party_keys(verify(document).accord)
    certificates = sealed_certificates(bundle)
    for follower in followers.values():
        if stated.get(follower.party) == VerifyKey.from_hex(follower.new_key):
            certificates[follower.party] = follower.certificate.encode()
    replaced = open_bundle(pack_bundle(document, certificates))
    replaced.check_countersigned()
    check_succession(bundle.accord, replaced.accord, followers)
    return replaced


def sealed_certificates(bundle: Bundle) -> dict[str, bytes]:
    """By party name, as they were sealed."""
    return {name: _bytes(sealed) for name, sealed in _read(bundle.data).certificates.items()}


def _read(data: bytes) -> BundleText:
    if len(data) > MAX_BUNDLE_BYTES:
        raise Unverifiable(
            "bundle-too-large", f"{len(data)} bytes, at most {MAX_BUNDLE_BYTES}", clause="MAX_BUNDLE_BYTES"
        )
    try:
        return decode_canonical(data, BundleText)
    except Invalid as error:
        raise Unverifiable("bundle-malformed", error.text, field=error.field) from error


def _text(sealed: bytes) -> str:
    """An envelope is ASCII; other bytes stay bytes that no envelope is made of."""
    return sealed.decode("ascii", errors="replace")


def _bytes(text: str) -> bytes:
    return text.encode("ascii", errors="replace")


def _certificate(name: str, sealed: bytes, accord: Accord, at_ms: int | None) -> Certificate:
    keys = party_keys(accord)
    certificate = open_certificate(sealed, keys)
    if certificate.party != name:
        raise Unverifiable("certificate-misplaced", f"it is {certificate.party}'s, not {name}'s", party=name)
    if certificate.key in keys.values():
        raise Unverifiable(
            "certificate-is-party-key",
            "the node seals with a party key, which is to be kept offline",
            party=name,
            field="node_key",
        )
    certificate.key_at(_some_common_moment(certificate, accord) if at_ms is None else at_ms)
    return certificate


def _some_common_moment(certificate: Certificate, accord: Accord) -> int:
    """The first moment at which both could be valid; where there is none, key_at will say so."""
    return min(max(accord.valid_from_ms, certificate.valid_from_ms), accord.valid_until_ms - 1)
