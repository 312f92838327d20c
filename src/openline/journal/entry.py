"""A message's place in the record: lanes, numbers, hashes, and what a lane's head remembers.

Each direction of a line has two lanes. Each lane is numbered from 1 without gaps by its sender, and every
envelope binds its place by the sender's signature: what comes before it (``previous``), and what the sender
knew (``beside``, ``seen``).
"""

from collections.abc import Mapping
from enum import Enum, StrEnum, auto
from functools import lru_cache
from typing import Final

import msgspec

from openline.errors import OpenlineError, Unverifiable
from openline.journal.bounds import (
    MAX_KIND_CHARS,
    MAX_WIRE_INTEGER,
    NO_HASH,
    check_count,
    check_hash,
    check_moment,
    check_text,
    check_two_parties,
)
from openline.journal.canonical import canonical, decode_shape, encode_sorted
from openline.journal.envelope import Envelope, Signer, check_of_node, open_envelope, seal
from openline.journal.keys import VerifyKey
from openline.journal.merkle import Frontier, extended, hash_leaf

LINE_PAYLOAD_TYPE: Final = "application/vnd.openline.line.v1+json"
"""The payload type carries the protocol version, which the accord pins."""


class Lane(StrEnum):
    """URGENT overtakes any backlog and runs through a suspension; ROUTINE is everything else."""

    URGENT = "urgent"
    ROUTINE = "routine"

    @property
    def other(self) -> "Lane":
        return Lane.ROUTINE if self is Lane.URGENT else Lane.URGENT


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The highest number received, without a gap, on each of the partner's lanes; 0 for none."""

    urgent: int
    routine: int

    def __post_init__(self) -> None:
        if not (0 <= self.urgent <= MAX_WIRE_INTEGER and 0 <= self.routine <= MAX_WIRE_INTEGER):
            check_count(self.urgent, "seen.urgent")
            check_count(self.routine, "seen.routine")

    def on(self, lane: Lane) -> int:
        return self.urgent if lane is Lane.URGENT else self.routine


class Place(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a message stands, as its sender sealed it.

    accord, accord_version: under which terms. exercise: the mark that keeps exercise and real apart. sender,
    receiver: party names. lane, number: from 1, no gaps. previous: leaf hash of the lane's message before it
    (64 zeros for number 1). beside: the head of the sender's own other lane. seen: what the sender had
    received. at_ms: the sender's clock at sealing, a claim. Raises Invalid for a field outside its range.
    """

    accord: str
    accord_version: int
    exercise: bool
    sender: str
    receiver: str
    lane: Lane
    number: int
    previous: str
    beside: int
    seen: Seen
    at_ms: int

    def __post_init__(self) -> None:
        _check_names(self.accord, self.sender, self.receiver)
        check_count(self.accord_version, "accord_version", least=1)
        check_count(self.number, "number", least=1)
        check_count(self.beside, "beside")
        check_hash(self.previous, "previous")
        check_moment(self.at_ms, "at_ms")


@lru_cache(256)
def _check_names(accord: str, sender: str, receiver: str) -> None:
    """The same few stand in every message. What raises is not kept, so nothing long is."""
    check_text(accord, "accord")
    check_text(sender, "sender")
    check_text(receiver, "receiver")
    check_two_parties(sender, receiver)


class Payload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a line envelope carries: a place, the kind of message, and its body, which this layer never
    reads.
    """

    place: Place
    kind: str
    body: msgspec.Raw

    def __post_init__(self) -> None:
        check_text(self.kind, "kind", MAX_KIND_CHARS)


def encode_payload(payload: Payload) -> bytes:
    """The payload's canonical bytes. Raises Invalid as ``canonical``: also for a body that is not
    canonical.
    """
    return canonical(payload)


def decode_payload(data: bytes) -> Payload:
    """Read place and kind strictly and leave the body as it came.

    The body is not judged here: a message whose place can be read but whose body cannot is journalled and
    answered LRM, and the lane goes on. One whose place cannot be read has no number to be journalled under.
    Raises Unverifiable: ``payload-malformed``, ``payload-not-canonical`` (around the body).
    """
    try:
        data.decode()
        payload: Payload = decode_shape(data, Payload)
    except UnicodeDecodeError:
        raise Unverifiable("payload-malformed", "the payload is not UTF-8") from None
    except OpenlineError as error:
        raise Unverifiable("payload-malformed", error.text, field=error.field) from None
    if encode_sorted(payload) != data:
        raise Unverifiable(
            "payload-not-canonical", "place and kind are not spelt in their one canonical form"
        )
    return payload


def seal_line(payload: Payload, key: Signer) -> bytes:
    """The sealed message: a line envelope under one node key. Raises Invalid as ``encode_payload`` and
    ``seal``.
    """
    return seal(encode_payload(payload), LINE_PAYLOAD_TYPE, [key])


def open_line(sealed: bytes, keys: Mapping[str, VerifyKey] | None) -> Payload:
    """The payload of a sealed message, signed by exactly one of ``keys`` (by key id).

    ``keys`` None leaves the signature unchecked: only for bytes that were verified before they were stored.
    Raises Unverifiable: as ``open_envelope``, ``verify`` and ``decode_payload``, and ``payload-type-wrong``,
    ``signatures-too-many``.
    """
    envelope = open_envelope(sealed)
    check_sealed(envelope, keys)
    return decode_payload(envelope.payload)


def check_sealed(envelope: Envelope, keys: Mapping[str, VerifyKey] | None) -> None:
    """An opened envelope is a message's, under exactly one of ``keys``. Raises as ``open_line``."""
    check_of_node(envelope, LINE_PAYLOAD_TYPE, keys)


def leaf_hash(sealed: bytes) -> str:
    """The hash of a sealed message, everywhere: SHA-256(0x00 || sealed) in hex (RFC 9162 sec. 2.1.1)."""
    return hash_leaf(sealed).hex()


class LaneHead(msgspec.Struct, frozen=True):
    """All that is needed to continue a lane: the last number and hash, and the tree's frontier (some 300
    bytes).
    """

    number: int
    hash: str
    frontier: bytes

    @classmethod
    def empty(cls) -> "LaneHead":
        return cls(0, NO_HASH, Frontier().to_bytes())

    def extend(self, sealed: bytes) -> "LaneHead":
        """The head after one more sealed message. Raises as ``extended``."""
        return self.extended(leaf_hash(sealed))

    def extended(self, hash: str) -> "LaneHead":
        """The head after one more message of this leaf hash. Raises Unverifiable ``head-malformed`` for a
        broken head.
        """
        if int.from_bytes(self.frontier[:8], "big") != self.number:
            self._tree()
        return LaneHead(self.number + 1, hash, extended(self.frontier, bytes.fromhex(hash)))

    @property
    def root(self) -> str:
        """The Merkle root over numbers 1 to ``number``, in hex."""
        return self._tree().root.hex()

    def _tree(self) -> Frontier:
        tree = Frontier.from_bytes(self.frontier)
        if tree.size != self.number:
            raise Unverifiable("head-malformed", f"number {self.number} with a tree of {tree.size}")
        return tree


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the journal. ``sealed`` is the bytes exactly as sent or received; ``at_ms`` is this node's own
    clock at sealing or receipt, a private claim that is in no hash.
    """

    accord: str
    sender: str
    lane: Lane
    number: int
    hash: str
    kind: str
    sealed: bytes
    at_ms: int


class Succession(Enum):
    """How a message follows a head."""

    NEXT = auto()
    DUPLICATE = auto()
    GAP = auto()


def check_succession(head: LaneHead, place: Place) -> Succession:
    """NEXT, DUPLICATE (number at or before the head: compare the bytes with what is kept) or GAP (ask for
    what is missing).

    Raises Unverifiable ``chain-broken`` where the number is next but ``previous`` is not the head's hash.
    """
    if place.number <= head.number:
        return Succession.DUPLICATE
    if place.number > head.number + 1:
        return Succession.GAP
    if place.previous != head.hash:
        raise Unverifiable(
            "chain-broken",
            f"number {place.number} says it follows {place.previous}, but here it follows {head.hash}",
            party=place.sender,
            field="previous",
            remedy="compare both journals: openline journal verify",
        )
    return Succession.NEXT
