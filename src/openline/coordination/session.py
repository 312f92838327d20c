"""What two nodes say beside the lanes: heads and heartbeats, requests to send again, and inventories.

These are signed but carry no number: losing one loses nothing, and repeating one changes nothing. The LAM is
of this sort too and has its home in openline.journal.checkpoint.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from openline.coordination.messages import Count, Hash, Instant, Name, Number, Uuid
from openline.errors import Invalid, Unverifiable
from openline.journal.bounds import NO_HASH
from openline.journal.canonical import canonical, decode_canonical
from openline.journal.entry import Lane
from openline.journal.envelope import Signer, check_of_node, open_envelope, seal
from openline.journal.keys import VerifyKey

SESSION_PAYLOAD_TYPE: Final = "application/vnd.openline.session.v1+json"
MAX_INVENTORY_LINES: Final = 200_000
InventoryText = Annotated[str, msgspec.Meta(pattern=r"^[ -~]{0,4000}\Z")]
InventoryLine = Annotated[list[Count | InventoryText], msgspec.Meta(min_length=2, max_length=16)]
"""What it names goes into an alarm that people read: nothing but plain ASCII."""
MAX_NAMED_CHARS: Final = 100
"""Of what a partner calls an entity in its inventory, in an alarm."""
MAX_RESENT: Final = 500
"""How many messages one RESEND is answered with; whoever misses more asks again."""
MAX_VOUCHED: Final = 4_096
"""As many as one body of the line has items."""


class SessionKind(StrEnum):
    HEADS = "HEADS"
    RESEND = "RESEND"
    INVENTORY = "INVENTORY"
    RETURN = "RETURN"
    LAMS = "LAMS"
    VOUCH = "VOUCH"


class _Control(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    accord: Uuid
    exercise: bool
    sender: Name
    receiver: Name
    at_ms: Instant


class HeadClaim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last number of a lane, and the leaf hash of that message: of number 0, and of no other, 64 zeros.
    Raises Invalid ``hash-of-nothing``.
    """

    number: Count
    hash: Hash

    def __post_init__(self) -> None:
        if (self.number == 0) is not (self.hash == NO_HASH):
            raise Invalid("hash-of-nothing", "64 zeros stand for number 0, and for no other", field="hash")


class LaneClaims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    urgent: HeadClaim
    routine: HeadClaim

    def on(self, lane: Lane) -> HeadClaim:
        return self.urgent if lane is Lane.URGENT else self.routine


class Heads(_Control, frozen=True, tag_field="kind", tag=SessionKind.HEADS.value):
    """HEADS: opens a session and is its heartbeat.

    said: the heads of the sender's own lanes. received: what it holds of the partner's. digest: of its
    picture, folded up to exactly these heads. at_ms: its clock, by which the other side sees a difference.
    answer: whether HEADS are wanted in return.
    """

    accord_version: Number
    said: LaneClaims
    received: LaneClaims
    digest: Hash
    answer: bool


class Resend(_Control, frozen=True, tag_field="kind", tag=SessionKind.RESEND.value):
    """RESEND: send ``party``'s messages of ``lane`` after number ``after`` again.

    party is the receiver of this request where something is missing on the way, and its sender where a node
    that was restored from a backup asks for its own words back.
    """

    party: Name
    lane: Lane
    after: Count


class Inventory(_Control, frozen=True, tag_field="kind", tag=SessionKind.INVENTORY.value):
    """INVENTORY: the entities of the sender's picture, sent when digests at equal heads differ.

    lines: as openline.coordination.picture.Picture.inventory gives them. answer: whether one is wanted in
    return.
    """

    digest: Hash
    lines: Annotated[list[InventoryLine], msgspec.Meta(max_length=MAX_INVENTORY_LINES)]
    answer: bool


class Return(_Control, frozen=True, tag_field="kind", tag=SessionKind.RETURN.value):
    """RETURN: carried by hand only. The sender has heard these HEADS of the receiver's, and what it held of
    the receiver's lanes then.

    answers: SHA-256 of the HEADS as they were sealed. A stick may lie in a drawer for a year, so a node that
    was restored believes of carried words about its own lanes only what answers HEADS that it wrote since.
    """

    answers: Hash
    received: LaneClaims


class Lams(_Control, frozen=True, tag_field="kind", tag=SessionKind.LAMS.value):
    """LAMS: send the receiver's LAMs of the sender's ``lane`` with a number above ``after`` again: one was
    lost on the way.
    """

    lane: Lane
    after: Count


class Vouch(_Control, frozen=True, tag_field="kind", tag=SessionKind.VOUCH.value):
    """VOUCH: these messages of the sender's, by their hashes, are its own, although the key that sealed them
    is revoked by now. It counts for the batch that it stands in.
    """

    messages: Annotated[list[Hash], msgspec.Meta(min_length=1, max_length=MAX_VOUCHED)]


Control = Heads | Resend | Inventory | Lams | Return | Vouch


def seal_control(control: Control, key: Signer) -> bytes:
    return seal(canonical(control), SESSION_PAYLOAD_TYPE, [key])


def open_control(sealed: bytes, keys: Mapping[str, VerifyKey]) -> Control:
    """Raises Unverifiable as ``open_envelope`` and ``verify``, and ``payload-type-wrong``,
    ``signatures-too-many``; Invalid where what was signed is no control message.
    """
    envelope = open_envelope(sealed)
    check_of_node(envelope, SESSION_PAYLOAD_TYPE, keys)
    control: Control = decode_canonical(envelope.payload, Control)
    return control


def check_addressed(control: Control, *, accord: str, exercise: bool, sender: str, receiver: str) -> None:
    """Signed for another accord, another partner, or real where this is exercise: Unverifiable
    ``not-addressed-here``.
    """
    wanted = {"accord": accord, "exercise": exercise, "sender": sender, "receiver": receiver}
    for field, value in wanted.items():
        if getattr(control, field) != value:
            raise Unverifiable(
                "not-addressed-here",
                f"{field} is {getattr(control, field)!r}, here it is {value!r}",
                field=field,
                party=sender,
            )


def differing(one: Iterable[list[str | int]], other: Iterable[list[str | int]]) -> list[str]:
    """The names of the entities on which two inventories differ, for the alarm PICTURES DIFFER."""
    ours = {(str(line[0]), str(line[1])): line for line in one}
    theirs = {(str(line[0]), str(line[1])): line for line in other}
    names = sorted(key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key))
    return [f"{kind} {name}"[:MAX_NAMED_CHARS] for kind, name in names]
