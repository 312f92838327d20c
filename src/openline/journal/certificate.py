"""A party's word for a node's key: the party key, kept offline, says which node key seals for it, and from
when to when.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, Literal

import msgspec

from openline.errors import Invalid, OpenlineError, Unverifiable
from openline.journal.bounds import check_moment, check_text
from openline.journal.canonical import canonical, decode_canonical
from openline.journal.envelope import Signer, check_payload_type, keys_by_id, open_envelope, seal, verify
from openline.journal.keys import VerifyKey

CERTIFICATE_PAYLOAD_TYPE: Final = "application/vnd.openline.certificate.v1+json"


class Certificate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The node key of ``party``, in hex, valid from ``valid_from_ms`` (included) to ``valid_until_ms``
    (excluded).

    Raises Invalid: ``key-malformed``, ``validity-upside-down``, or a field outside its range.
    """

    party: str
    node_key: str
    valid_from_ms: int
    valid_until_ms: int
    purpose: Literal["node"] = "node"

    def __post_init__(self) -> None:
        check_text(self.party, "party")
        check_moment(self.valid_from_ms, "valid_from_ms")
        check_moment(self.valid_until_ms, "valid_until_ms")
        if self.valid_from_ms >= self.valid_until_ms:
            raise Invalid("validity-upside-down", "must be later than valid_from_ms", field="valid_until_ms")
        try:
            VerifyKey.from_hex(self.node_key)
        except Invalid as error:
            raise Invalid(error.code, error.text, field="node_key", remedy=error.remedy) from None

    @property
    def key(self) -> VerifyKey:
        return _key(self.node_key)

    def key_at(self, moment_ms: int) -> VerifyKey:
        """The node key, if the certificate is valid at that moment. Raises Unverifiable
        ``certificate-not-valid-then``.
        """
        if not self.valid_from_ms <= moment_ms < self.valid_until_ms:
            raise Unverifiable(
                "certificate-not-valid-then",
                f"valid from {self.valid_from_ms} to {self.valid_until_ms} ms, not at {moment_ms}",
                party=self.party,
            )
        return self.key


@lru_cache(64)
def _key(text: str) -> VerifyKey:
    """Asked for with every message that comes in, and there are a few."""
    return VerifyKey.from_hex(text)


def seal_certificate(certificate: Certificate, party_key: Signer) -> bytes:
    return seal(canonical(certificate), CERTIFICATE_PAYLOAD_TYPE, [party_key])


def open_certificate(sealed: bytes, party_keys: Mapping[str, VerifyKey]) -> Certificate:
    """The certificate, if the key of the very party that it names signed it.

    party_keys: from party name to party key. Raises Unverifiable: as ``open_envelope`` and ``verify``, and
    ``payload-type-wrong``, ``certificate-malformed``, ``party-unknown``. Its times are not judged here: see
    ``key_at``.
    """
    envelope = open_envelope(sealed)
    check_payload_type(envelope, CERTIFICATE_PAYLOAD_TYPE)
    try:
        certificate = decode_canonical(envelope.payload, Certificate)
    except OpenlineError as error:
        raise Unverifiable("certificate-malformed", error.text, field=error.field) from None
    if certificate.party not in party_keys:
        raise Unverifiable("party-unknown", "no party key is known for it", party=certificate.party)
    verify(envelope, keys_by_id(party_keys[certificate.party]))
    return certificate
