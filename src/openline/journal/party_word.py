"""Is it the word of the very party that it names? What certificates and revocations have in common.

A party's word is sealed with the party key, which is kept offline, and stands for itself: it may come in a
message, beside the lanes, or by hand.
"""

from collections.abc import Mapping
from typing import Protocol, TypeVar

from openline.errors import Invalid, OpenlineError, Unverifiable
from openline.journal.canonical import decode_canonical, encode_sorted
from openline.journal.envelope import check_payload_type, keys_by_id, open_envelope, verify
from openline.journal.keys import VerifyKey


class Word(Protocol):
    @property
    def party(self) -> str: ...


WordT = TypeVar("WordT", bound=Word)


def open_word(
    sealed: bytes,
    payload_type: str,
    shape: type[WordT],
    party_keys: Mapping[str, VerifyKey] | None,
    code: str,
) -> WordT:
    """The word, signed by the key of the party that it names and by no other.

    party_keys: from party name to party key; None leaves the signature unchecked: only for bytes that were
    verified before they were stored. code: for a payload that is none. Raises Unverifiable: as
    ``open_envelope`` and ``verify``, and ``payload-type-wrong``, ``party-unknown``.
    """
    envelope = open_envelope(sealed)
    check_payload_type(envelope, payload_type)
    try:
        word = decode_canonical(envelope.payload, shape)
    except OpenlineError as error:
        raise Unverifiable(code, error.text, field=error.field) from None
    if encode_sorted(word) != envelope.payload:
        raise Unverifiable(code, "a word has all of its fields, those too that can hold one value only")
    if party_keys is None:
        return word
    if word.party not in party_keys:
        raise Unverifiable("party-unknown", "no party key is known for it", party=word.party)
    verify(envelope, keys_by_id(party_keys[word.party]))
    return word


def check_key(text: str, field: str) -> None:
    """A public key in hex. Raises Invalid ``key-malformed`` with the field's name."""
    try:
        VerifyKey.from_hex(text)
    except Invalid as error:
        raise Invalid(error.code, error.text, field=field, remedy=error.remedy) from None
