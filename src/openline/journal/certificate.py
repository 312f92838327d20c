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
from openline.journal.keys import SigningKey, VerifyKey
from openline.journal.party_word import check_key, open_word

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
        check_key(self.node_key, "node_key")

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


def open_certificate(sealed: bytes, party_keys: Mapping[str, VerifyKey] | None) -> Certificate:
    """The certificate, if the key of the very party that it names signed it.

    party_keys: from party name to party key; None where it was verified before. Raises Unverifiable as
    ``open_word``, and ``certificate-malformed``. Its times are not judged here: see ``key_at``.
    """
    return open_word(sealed, CERTIFICATE_PAYLOAD_TYPE, Certificate, party_keys, "certificate-malformed")


# Asking for one

REQUEST_PAYLOAD_TYPE: Final = "application/vnd.openline.key-request.v1+json"


class KeyRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A node asks its own party to vouch for this key. It is sealed with the key itself, so that nobody asks
    for a key that he does not have.
    """

    party: str
    node_key: str

    def __post_init__(self) -> None:
        check_text(self.party, "party")
        check_key(self.node_key, "node_key")


def seal_request(party: str, key: SigningKey) -> bytes:
    return seal(canonical(KeyRequest(party=party, node_key=key.public.hex)), REQUEST_PAYLOAD_TYPE, [key])


def open_request(sealed: bytes) -> KeyRequest:
    """Raises Unverifiable as ``open_envelope`` and ``verify``, and ``request-malformed``."""
    envelope = open_envelope(sealed)
    check_payload_type(envelope, REQUEST_PAYLOAD_TYPE)
    try:
        request = decode_canonical(envelope.payload, KeyRequest)
    except OpenlineError as error:
        raise Unverifiable("request-malformed", error.text, field=error.field) from None
    verify(envelope, keys_by_id(VerifyKey.from_hex(request.node_key)))
    return request
