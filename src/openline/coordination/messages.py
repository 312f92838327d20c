"""What is said on a line: one frozen class a message, and the table of kinds.

Every body holds integers, codes, ids and bounded text, and no other field can be said: the codec refuses
unknown ones. There is no field for a target, a weapon or a purpose. Reasons are codes. Names follow OLDI
(EUROCONTROL, edition 5.0) and AIDC (ICAO) where they have one: ACP, RJC, SBY, CDN, LRM. Units: see
openline.units.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

from openline.accord.notice import Notice, NoticeTrajectory, NoticeVolume
from openline.accord.states import Traffic
from openline.coordination.calls import (
    Alert,
    Assistance,
    Assisting,
    Close,
    Emergency,
    Escalated,
    Identified,
    Identify,
    Readback,
    Taken,
)
from openline.coordination.conversation import FreeText, Minutes, Shift, Talk
from openline.coordination.fields import (
    MAX_CITED,
    Body,
    Code,
    Count,
    Hash,
    Instant,
    Name,
    Number,
    Officer,
    Reason,
    Text,
    Uuid,
)
from openline.coordination.passing import PassedOn
from openline.journal.entry import Lane

__all__ = [
    "BODIES",
    "Body",
    "Code",
    "Count",
    "Hash",
    "Instant",
    "Kind",
    "Name",
    "Number",
    "Officer",
    "Reason",
    "Text",
    "Uuid",
]

MAX_DELAY_MS = 24 * 3_600_000
MAX_CLIMB_DMM = 30_480 * 10_000


class Kind(StrEnum):
    """The kinds of message that carry a number on a lane."""

    NOTICE = "NOTICE"
    PASSED_ON = "PASSED_ON"
    CONFLICT = "CONFLICT"
    FINER = "FINER"
    REQUEST = "REQUEST"
    ACP = "ACP"
    RJC = "RJC"
    SBY = "SBY"
    CDN = "CDN"
    CANCEL = "CANCEL"
    CHECK = "CHECK"
    CHECKED = "CHECKED"
    SHOWN = "SHOWN"
    SUSPEND = "SUSPEND"
    RESUME = "RESUME"
    IN_FORCE = "IN_FORCE"
    END = "END"
    LRM = "LRM"
    EMERGENCY = "EMERGENCY"
    TAKEN = "TAKEN"
    ESCALATED = "ESCALATED"
    CLOSE = "CLOSE"
    ASSISTANCE = "ASSISTANCE"
    ASSISTING = "ASSISTING"
    IDENTIFY = "IDENTIFY"
    IDENTIFIED = "IDENTIFIED"
    ALERT = "ALERT"
    READBACK = "READBACK"
    TEXT = "TEXT"
    TALK = "TALK"
    MINUTES = "MINUTES"
    SHIFT = "SHIFT"
    KEY = "KEY"
    REVOKE = "REVOKE"


class FindingKind(StrEnum):
    """How sure a finding is: between blurred notices a conflict is possible, and a finer notice confirms
    or dissolves it.
    """

    POSSIBLE = "possible"
    CERTAIN = "certain"
    DISSOLVED = "dissolved"


class Revision(Body, frozen=True, kw_only=True):
    """Which versions of the two notices (in the order of their ids) a statement is about."""

    first: Number
    second: Number


class Closest(Body, frozen=True, kw_only=True):
    """The closest approach. It is a statement for people: it enters no id and no digest."""

    latitude_e9: Annotated[int, msgspec.Meta(ge=-90_000_000_000, le=90_000_000_000)]
    longitude_e9: Annotated[int, msgspec.Meta(ge=-180_000_000_000, le=180_000_000_000)]
    time_ms: Instant
    lateral_dmm: Count
    vertical_dmm: Count


class ConflictStated(Body, frozen=True, kw_only=True):
    """CONFLICT: the sender finds these two notices, at this revision, closer than the minima (or, after
    finer notices, not).
    """

    conflict_id: Hash
    first: Uuid
    second: Uuid
    revision: Revision
    accord_version: Number
    finding: FindingKind
    start_ms: Instant
    end_ms: Instant
    closest: Closest | None = None


class Finer(Body, frozen=True, kw_only=True):
    """FINER: the sender's operation in more detail, limited to the window of a possible conflict."""

    conflict_id: Hash
    notice_id: Uuid
    revision: Revision
    volumes: Annotated[tuple[NoticeVolume, ...], msgspec.Meta(max_length=1_000)] = ()
    trajectory: NoticeTrajectory | None = None


class Proposal(Body, frozen=True, kw_only=True):
    """What would settle a conflict: a change to one operation, or none (it flies as filed and the other
    side keeps clear).
    """

    notice_id: Uuid
    delay_ms: Annotated[int, msgspec.Meta(ge=-MAX_DELAY_MS, le=MAX_DELAY_MS)] = 0
    climb_dmm: Annotated[int, msgspec.Meta(ge=-MAX_CLIMB_DMM, le=MAX_CLIMB_DMM)] = 0

    @property
    def as_filed(self) -> bool:
        return not (self.delay_ms or self.climb_dmm)


class Request(Body, frozen=True, kw_only=True):
    """REQUEST (OLDI XRQ): opens a dialogue, or after its close opens it again (``follows`` then cites the
    closing message).

    ``places`` are the versions from which the two operations' standing counts; the dialogue belongs to them.
    """

    conflict_id: Hash
    places: Revision
    proposal: Proposal
    follows: Hash | None = None


class Accept(Body, frozen=True, kw_only=True):
    """ACP: the cited proposal is agreed."""

    conflict_id: Hash
    answers: Hash


class Reject(Body, frozen=True, kw_only=True):
    """RJC: the cited proposal is not agreed, for this reason."""

    conflict_id: Hash
    answers: Hash
    reason: Reason


class Standby(Body, frozen=True, kw_only=True):
    """SBY: the cited proposal is being looked at; an answer follows by ``until_ms``."""

    conflict_id: Hash
    answers: Hash
    until_ms: Instant


class Counter(Body, frozen=True, kw_only=True):
    """CDN (OLDI XAP): another proposal in place of the cited one."""

    conflict_id: Hash
    answers: Hash
    proposal: Proposal


class Cancel(Body, frozen=True, kw_only=True):
    """CANCEL (OLDI XCM): the sender withdraws from the cited proposal or agreement."""

    conflict_id: Hash
    answers: Hash


class Check(Body, frozen=True, kw_only=True):
    """CHECK: a person tries the line and expects a person's answer."""

    officer: Officer


class Checked(Body, frozen=True, kw_only=True):
    """CHECKED: a person answers the cited CHECK."""

    answers: Hash
    officer: Officer


class Shown(Body, frozen=True, kw_only=True):
    """SHOWN: the cited messages were rendered at this signed-on duty position; ``urgent`` where one of them
    is, so that nothing holds its SHOWN up either.
    """

    messages: Annotated[tuple[Hash, ...], msgspec.Meta(min_length=1, max_length=MAX_CITED)]
    officer: Officer
    urgent: bool = False


class Suspend(Body, frozen=True, kw_only=True):
    """SUSPEND: everything but safety-of-life traffic rests until the same party says RESUME."""

    reason: Reason


class Resume(Body, frozen=True, kw_only=True):
    """RESUME: the sender takes back its suspension."""


class InForce(Body, frozen=True, kw_only=True):
    """IN_FORCE: from the next number on the sender speaks under this countersigned accord (its sealed
    document).
    """

    version: Number
    document: Annotated[str, msgspec.Meta(max_length=262_144)]


class End(Body, frozen=True, kw_only=True):
    """END: the accord is at its end; safety-of-life traffic stays possible as long as the line is there."""

    reason: Reason


class Rejection(Body, frozen=True, kw_only=True):
    """LRM: the cited message was verified and journalled, and is taken out of both pictures."""

    lane: Lane
    number: Number
    message: Hash
    code: Code
    field: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    clause: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    text: Text | None = None


class KeyChanged(Body, frozen=True, kw_only=True):
    """KEY: the sender seals with the node key of this certificate from here on: above this number on the
    urgent lane, above this message's `beside` on the routine one.

    It is sealed with the key that counted before or, where that one is ``lost``, with the new one itself;
    then it counts only where people have brought the certificate by hand.
    """

    certificate: Annotated[str, msgspec.Meta(max_length=4_096)]
    lost: bool = False


class KeyRevoked(Body, frozen=True, kw_only=True):
    """REVOKE: the sender's party takes back one of its node keys; the sealed revocation says which, from
    which moment and why.
    """

    revocation: Annotated[str, msgspec.Meta(max_length=4_096)]


BODIES: dict[Kind, type[msgspec.Struct]] = {
    Kind.NOTICE: Notice,
    Kind.PASSED_ON: PassedOn,
    Kind.CONFLICT: ConflictStated,
    Kind.FINER: Finer,
    Kind.REQUEST: Request,
    Kind.ACP: Accept,
    Kind.RJC: Reject,
    Kind.SBY: Standby,
    Kind.CDN: Counter,
    Kind.CANCEL: Cancel,
    Kind.CHECK: Check,
    Kind.CHECKED: Checked,
    Kind.SHOWN: Shown,
    Kind.SUSPEND: Suspend,
    Kind.RESUME: Resume,
    Kind.IN_FORCE: InForce,
    Kind.END: End,
    Kind.LRM: Rejection,
    Kind.EMERGENCY: Emergency,
    Kind.TAKEN: Taken,
    Kind.ESCALATED: Escalated,
    Kind.CLOSE: Close,
    Kind.ASSISTANCE: Assistance,
    Kind.ASSISTING: Assisting,
    Kind.IDENTIFY: Identify,
    Kind.IDENTIFIED: Identified,
    Kind.ALERT: Alert,
    Kind.READBACK: Readback,
    Kind.TEXT: FreeText,
    Kind.TALK: Talk,
    Kind.MINUTES: Minutes,
    Kind.SHIFT: Shift,
    Kind.KEY: KeyChanged,
    Kind.REVOKE: KeyRevoked,
}

OFF_NOMINAL = frozenset({"Nonconforming", "Contingent"})

_CALLS = frozenset(
    {
        Kind.EMERGENCY,
        Kind.TAKEN,
        Kind.ESCALATED,
        Kind.CLOSE,
        Kind.ASSISTANCE,
        Kind.ASSISTING,
        Kind.IDENTIFY,
        Kind.IDENTIFIED,
        Kind.ALERT,
        Kind.READBACK,
    }
)
_LINE = frozenset({Kind.CHECK, Kind.CHECKED, Kind.SHOWN, Kind.LRM, Kind.SHIFT, Kind.KEY, Kind.REVOKE})
_ACCORD = frozenset({Kind.SUSPEND, Kind.RESUME, Kind.IN_FORCE, Kind.END, Kind.TALK, Kind.MINUTES})

SAFETY_OF_LIFE = _CALLS | _LINE | _ACCORD
"""What runs through a suspension and past expiry: calls, and what is said of the line and its terms
themselves (so that people can talk about resuming). NOTICE joins them while its operation is off-nominal or
ends.
"""

NEVER_TAKEN_OUT = SAFETY_OF_LIFE - {Kind.IN_FORCE}
"""No LRM takes these out. Once they can be read there is nothing in them that a receiver could find wrong:
they are a party's word about itself, and what the line stands on. Else a partner could take back our
suspension, or unsay our call, or take away our key.
"""

_URGENT = _CALLS | {Kind.CHECK, Kind.CHECKED, Kind.SUSPEND, Kind.RESUME, Kind.END, Kind.KEY, Kind.REVOKE}


def lane_of(kind: Kind, body: msgspec.Struct) -> Lane:
    """The lane a message must travel on. Only what must overtake a backlog is urgent."""
    if kind in _URGENT or (isinstance(body, Notice) and body.state in OFF_NOMINAL):
        return Lane.URGENT
    if isinstance(body, Shown):
        return Lane.URGENT if body.urgent else Lane.ROUTINE
    if isinstance(body, Rejection):
        return body.lane
    return Lane.ROUTINE


def traffic_of(kind: Kind, body: msgspec.Struct) -> Traffic:
    """What a message is about, as far as the accord's state decides whether it may be said."""
    if kind in _CALLS or (isinstance(body, Notice) and body.state in OFF_NOMINAL | {"Ended"}):
        return Traffic.SAFETY_OF_LIFE
    if kind in _LINE:
        return Traffic.LINE
    return Traffic.ACCORD if kind in _ACCORD else Traffic.COORDINATION


def is_safety_of_life(kind: Kind, body: msgspec.Struct) -> bool:
    """Whether it runs in every state of the accord."""
    return traffic_of(kind, body) is not Traffic.COORDINATION
