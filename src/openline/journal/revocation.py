"""A party's word that one of its node keys is not to be believed any more, and from which moment."""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from openline.journal.bounds import check_moment, check_text
from openline.journal.canonical import canonical
from openline.journal.envelope import Signer, seal
from openline.journal.keys import VerifyKey
from openline.journal.party_word import check_key, open_word

REVOCATION_PAYLOAD_TYPE: Final = "application/vnd.openline.revocation.v1+json"

RevocationReason = Literal["lost", "stolen", "superseded", "retired"]
"""lost: nobody has it any more. stolen: somebody else may have it. superseded: another key seals now.
retired: the node is taken out of use.
"""


class Revocation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The node key of ``party``, in hex, is revoked from ``from_ms`` (included), for ``reason``.

    Raises Invalid: ``key-malformed``, or a field outside its range.
    """

    party: str
    node_key: str
    from_ms: int
    reason: RevocationReason

    def __post_init__(self) -> None:
        check_text(self.party, "party")
        check_moment(self.from_ms, "from_ms")
        check_key(self.node_key, "node_key")

    @property
    def is_disowned(self) -> bool:
        """Nothing new under the key is believed, wherever it stands; else only beyond where it counted."""
        return self.reason in ("lost", "stolen")

    @property
    def key_id(self) -> str:
        return VerifyKey.from_hex(self.node_key).id


def seal_revocation(revocation: Revocation, party_key: Signer) -> bytes:
    return seal(canonical(revocation), REVOCATION_PAYLOAD_TYPE, [party_key])


def open_revocation(sealed: bytes, party_keys: Mapping[str, VerifyKey] | None) -> Revocation:
    """The revocation, if the key of the very party that it names signed it; ``party_keys`` None where that
    was verified before. Raises Unverifiable as ``open_word``, and ``revocation-malformed``.
    """
    return open_word(sealed, REVOCATION_PAYLOAD_TYPE, Revocation, party_keys, "revocation-malformed")
