"""LAM, the countersigned checkpoint: the receiver's signature over what it has safely stored of a lane.

It is cumulative: it covers every number from 1 up to its own. It is itself never acknowledged.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from openline.errors import Invalid, OpenlineError, Unverifiable
from openline.journal.bounds import check_count, check_hash, check_moment, check_text, check_two_parties
from openline.journal.canonical import canonical, decode_canonical
from openline.journal.entry import Lane, LaneHead
from openline.journal.envelope import Signer, check_of_node, open_envelope, seal
from openline.journal.keys import VerifyKey

LAM_PAYLOAD_TYPE: Final = "application/vnd.openline.lam.v1+json"


class Lam(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``receiver`` has stored numbers 1 to ``number`` of ``sender``'s ``lane``, whose Merkle root is
    ``root``.

    exercise: as in the messages. root: 64 lower-case hex digits. previous: the number of the LAM before this
    one on the lane (0: none), by which a sender sees that one was lost and asks for it, so that both sides
    hold the same ones. at_ms: the receiver's clock, a claim: by then all of them were stored. Raises Invalid
    for a field outside its range.
    """

    accord: str
    exercise: bool
    sender: str
    receiver: str
    lane: Lane
    number: int
    previous: int
    root: str
    at_ms: int

    def __post_init__(self) -> None:
        for name in ("accord", "sender", "receiver"):
            check_text(getattr(self, name), name)
        check_two_parties(self.sender, self.receiver)
        check_count(self.number, "number", least=1)
        check_count(self.previous, "previous")
        if self.previous >= self.number:
            raise Invalid("previous-wrong", "the LAM before covers less than this one", field="previous")
        check_hash(self.root, "root")
        check_moment(self.at_ms, "at_ms")

    def fits(self, head: LaneHead) -> bool:
        """True if the lane up to ``head`` is what this LAM acknowledges."""
        return (self.number, self.root) == (head.number, head.root)


def seal_lam(lam: Lam, key: Signer) -> bytes:
    """Sealed with the receiver's node key."""
    return seal(canonical(lam), LAM_PAYLOAD_TYPE, [key])


def open_lam(sealed: bytes, keys: Mapping[str, VerifyKey] | None) -> Lam:
    """The LAM, signed by exactly one of ``keys`` (by key id): give the receiver's node keys alone.

    ``keys`` None leaves the signature unchecked: only for bytes that were verified before they were stored.
    Raises Unverifiable: as ``open_envelope`` and ``verify``, and ``payload-type-wrong``,
    ``signatures-too-many``, ``lam-malformed``.
    """
    envelope = open_envelope(sealed)
    check_of_node(envelope, LAM_PAYLOAD_TYPE, keys)
    try:
        return decode_canonical(envelope.payload, Lam)
    except OpenlineError as error:
        raise Unverifiable("lam-malformed", error.text, field=error.field) from None
