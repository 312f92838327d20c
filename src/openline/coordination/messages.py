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
from openline.journal.entry import Lane

Hash = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Uuid = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}\Z")]
Code = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_.-]{1,64}\Z")]
Text = Annotated[str, msgspec.Meta(max_length=500)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
Instant = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]

MAX_DELAY_MS = 24 * 3_600_000
MAX_CLIMB_DMM = 30_480 * 10_000


class Kind(StrEnum):
    """The kinds of message that carry a number on a lane."""

    NOTICE = "NOTICE"
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
    KEY = "KEY"
    REVOKE = "REVOKE"


class Reason(StrEnum):
    """Why a proposal is rejected or a line suspended. A reason never says what an operation is for."""

    TRAFFIC = "traffic"
    CONSTRAINT = "constraint"
    PERFORMANCE = "performance"
    WEATHER = "weather"
    WORKLOAD = "workload"
    TOO_LATE = "too-late"
    SAFETY = "safety"
    TECHNICAL = "technical"
    INSTRUCTED = "instructed"
    OTHER = "other"


class FindingKind(StrEnum):
    """How sure a finding is: between blurred notices a conflict is possible, and a finer notice confirms
    or dissolves it.
    """

    POSSIBLE = "possible"
    CERTAIN = "certain"
    DISSOLVED = "dissolved"


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The base of all message bodies."""


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


class Officer(Body, frozen=True, kw_only=True):
    """Who is at the position: a pseudonym that the node attests. An automaton is always marked as one."""

    position: Name
    pseudonym: Name
    automaton: bool


class Check(Body, frozen=True, kw_only=True):
    """CHECK: a person tries the line and expects a person's answer."""

    officer: Officer


class Checked(Body, frozen=True, kw_only=True):
    """CHECKED: a person answers the cited CHECK."""

    answers: Hash
    officer: Officer


class Shown(Body, frozen=True, kw_only=True):
    """SHOWN: the cited messages were rendered at this signed-on duty position."""

    messages: Annotated[tuple[Hash, ...], msgspec.Meta(min_length=1, max_length=1_000)]
    officer: Officer


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
    Kind.KEY: KeyChanged,
    Kind.REVOKE: KeyRevoked,
}

OFF_NOMINAL = frozenset({"Nonconforming", "Contingent"})

# What runs through a suspension and past expiry: safety of life, and what is said of the line and its terms
# themselves. NOTICE joins them while its operation is off-nominal or ends.
SAFETY_OF_LIFE = frozenset(
    {
        Kind.CHECK,
        Kind.CHECKED,
        Kind.SHOWN,
        Kind.SUSPEND,
        Kind.RESUME,
        Kind.IN_FORCE,
        Kind.END,
        Kind.LRM,
        Kind.KEY,
        Kind.REVOKE,
    }
)

# What the line stands on: an LRM does not take it out of the picture.
NEVER_TAKEN_OUT = frozenset({Kind.LRM, Kind.KEY, Kind.REVOKE})

_URGENT = frozenset({Kind.CHECK, Kind.CHECKED, Kind.SUSPEND, Kind.RESUME, Kind.END, Kind.KEY, Kind.REVOKE})


def lane_of(kind: Kind, body: msgspec.Struct) -> Lane:
    """The lane a message must travel on. Only what must overtake a backlog is urgent."""
    if kind in _URGENT or (isinstance(body, Notice) and body.state in OFF_NOMINAL):
        return Lane.URGENT
    if isinstance(body, Rejection):
        return body.lane
    return Lane.ROUTINE


def is_safety_of_life(kind: Kind, body: msgspec.Struct) -> bool:
    return kind in SAFETY_OF_LIFE or (isinstance(body, Notice) and body.state in OFF_NOMINAL | {"Ended"})
