"""What did the parties say of their keys beside the lanes? Certificates that people brought by hand,
revocations, party keys that follow others: kept once for the whole node.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec

from openline.errors import LimitExceeded, OpenlineError, Unverifiable
from openline.journal.certificate import CERTIFICATE_PAYLOAD_TYPE, open_certificate
from openline.journal.envelope import open_envelope
from openline.journal.keys import VerifyKey
from openline.journal.revocation import REVOCATION_PAYLOAD_TYPE, open_revocation
from openline.journal.succession import SUCCESSION_PAYLOAD_TYPE, Succession, open_succession
from openline.node.ports import Transaction

SETTING: Final = "party-words"
MAX_PARTY_WORDS: Final = 1_000
"""Only the parties' own signatures fill this: one that signs more has lost its mind or its key."""

WordKind = Literal["certificate", "revocation", "succession"]
_KINDS: Final[Mapping[str, WordKind]] = {
    CERTIFICATE_PAYLOAD_TYPE: "certificate",
    REVOCATION_PAYLOAD_TYPE: "revocation",
    SUCCESSION_PAYLOAD_TYPE: "succession",
}


def kept_words(tx: Transaction) -> str:
    """As they are kept; compare, and decode where they have changed."""
    return tx.setting(SETTING) or "[]"


def decode_words(kept: str) -> tuple[bytes, ...]:
    return tuple(text.encode() for text in msgspec.json.decode(kept, type=list[str]))


def keep_word(tx: Transaction, sealed: bytes) -> bool:
    """False where it is kept already. Raises LimitExceeded ``too-many-words``."""
    known = msgspec.json.decode(kept_words(tx), type=list[str])
    text = sealed.decode("ascii")
    if text in known:
        return False
    if len(known) >= MAX_PARTY_WORDS:
        raise LimitExceeded("too-many-words", f"at most {MAX_PARTY_WORDS} are kept", clause="MAX_PARTY_WORDS")
    tx.put_setting(SETTING, msgspec.json.encode([*known, text]).decode())
    return True


def kind_of_word(sealed: bytes) -> WordKind:
    """Raises Unverifiable as ``open_envelope``, and ``payload-type-unknown``."""
    payload_type = open_envelope(sealed).payload_type
    if payload_type not in _KINDS:
        raise Unverifiable(
            "payload-type-unknown", "it is no certificate, revocation or succession", field="payloadType"
        )
    return _KINDS[payload_type]


def party_of_word(sealed: bytes, party_keys: Mapping[str, VerifyKey]) -> str:
    """Whose word it is, verified under these party keys. Raises Unverifiable."""
    kind = kind_of_word(sealed)
    if kind == "certificate":
        return open_certificate(sealed, party_keys).party
    if kind == "revocation":
        return open_revocation(sealed, party_keys).party
    return open_succession(sealed, party_keys).succession.party


def successions_in(words: Sequence[bytes], party_keys: Mapping[str, VerifyKey]) -> dict[str, Succession]:
    """Those that people here have accepted, by the key that is followed."""
    found: dict[str, Succession] = {}
    for sealed in words:
        try:
            if kind_of_word(sealed) == "succession":
                signed = open_succession(sealed, party_keys)
                found[signed.succession.old_key] = signed.succession
        except OpenlineError:
            continue  # the word of somebody else, for another accord
    return found
