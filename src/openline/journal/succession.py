"""A party's word that another party key follows its own: signed by the old one or, where that is lost, by the
partner for it.

In either case the new key signs as well, so that nobody names a key that he does not have. The document
carries the node's certificate under the new key, for the old one's is of no use to it.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from openline.errors import Invalid, OpenlineError, Refused, Unverifiable
from openline.journal.bounds import check_moment, check_text
from openline.journal.canonical import canonical, decode_canonical
from openline.journal.certificate import open_certificate
from openline.journal.envelope import (
    Given,
    Signer,
    check_payload_type,
    keys_by_id,
    open_envelope,
    seal,
    verify,
)
from openline.journal.keys import VerifyKey
from openline.journal.party_word import check_key

SUCCESSION_PAYLOAD_TYPE: Final = "application/vnd.openline.succession.v1+json"
MAX_CERTIFICATE_CHARS: Final = 4_096


class Succession(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``new_key`` follows ``old_key`` (party keys, in hex) as the key of ``party``.

    certificate: the sealed certificate of the party's node key under the new key. at_ms: when it was written,
    a claim. Raises Invalid: ``key-malformed``, ``same-key``, or a field outside its range.
    """

    party: str
    old_key: str
    new_key: str
    certificate: str
    at_ms: int

    def __post_init__(self) -> None:
        check_text(self.party, "party")
        check_key(self.old_key, "old_key")
        check_key(self.new_key, "new_key")
        check_moment(self.at_ms, "at_ms")
        if self.old_key == self.new_key:
            raise Invalid("same-key", "a key does not follow itself", field="new_key")
        if len(self.certificate) > MAX_CERTIFICATE_CHARS:
            raise Invalid("text-too-long", f"at most {MAX_CERTIFICATE_CHARS} characters", field="certificate")


class SignedSuccession(msgspec.Struct, frozen=True):
    """signed_by_old: the old key's own word. signed_by_partner: the partner stands for it instead."""

    succession: Succession
    signed_by_old: bool
    signed_by_partner: bool
    sealed: bytes

    @property
    def is_whole(self) -> bool:
        return self.signed_by_old or self.signed_by_partner


def seal_succession(succession: Succession, keys: list[Signer]) -> bytes:
    """keys: the new one, and the old one where it is there."""
    return seal(canonical(succession), SUCCESSION_PAYLOAD_TYPE, keys)


def countersign_succession(sealed: bytes, party_keys: Mapping[str, VerifyKey], key: Signer) -> bytes:
    """The same document with the partner's signature. Raises Refused ``not-a-party`` for any other key."""
    signed = open_succession(sealed, party_keys)
    partners = {it.id for name, it in party_keys.items() if name != signed.succession.party}
    if key.id not in partners:
        raise Refused("not-a-party", "the key is not the party key of the partner", field="key")
    envelope = open_envelope(sealed)
    given = [Given(it) for it in envelope.signatures if it.key_id != key.id]
    return seal(envelope.payload, SUCCESSION_PAYLOAD_TYPE, [*given, key])


def open_succession(sealed: bytes, party_keys: Mapping[str, VerifyKey]) -> SignedSuccession:
    """What it says and who of the accord's parties stands for it.

    party_keys: those of both parties under the accord as it is. Raises Unverifiable as ``open_envelope``,
    ``verify`` and ``open_certificate``, and ``succession-malformed``, ``party-unknown``, ``key-not-pinned``
    (the old key is not the one that the accord states), ``signatures-missing`` (the new key has not signed).
    """
    envelope = open_envelope(sealed)
    check_payload_type(envelope, SUCCESSION_PAYLOAD_TYPE)
    try:
        succession = decode_canonical(envelope.payload, Succession)
    except OpenlineError as error:
        raise Unverifiable("succession-malformed", error.text, field=error.field) from None
    new = _check_keys(succession, party_keys)
    signed_by = verify(envelope, keys_by_id(new, *party_keys.values()))
    if new.id not in signed_by:
        raise Unverifiable("signatures-missing", "the new key has not signed", party=succession.party)
    certificate = open_certificate(succession.certificate.encode("ascii", "replace"), {succession.party: new})
    if certificate.key in (new, *party_keys.values()):
        raise Unverifiable("certificate-is-party-key", "a node does not seal with a party key")
    partners = {key.id for name, key in party_keys.items() if name != succession.party}
    by_old = party_keys[succession.party].id in signed_by
    return SignedSuccession(succession, by_old, bool(partners & set(signed_by)), sealed)


def _check_keys(succession: Succession, party_keys: Mapping[str, VerifyKey]) -> VerifyKey:
    old = party_keys.get(succession.party)
    if old is None:
        raise Unverifiable("party-unknown", "no party key is known for it", party=succession.party)
    if old.hex != succession.old_key:
        text = f"the accord states another key for {succession.party} than the one that is to be followed"
        raise Unverifiable("key-not-pinned", text, party=succession.party, field="old_key")
    if succession.new_key in {key.hex for key in party_keys.values()}:
        raise Unverifiable("same-key", "both parties would have the same key", field="new_key")
    return VerifyKey.from_hex(succession.new_key)
