"""Calls: what cannot wait for anybody. Emergencies, assistance, alerts, whose aircraft this is, and what is
read back. All of it is safety of life: it overtakes every backlog and runs through a suspension.

Natures are codes after ICAO Doc 4444 chapter 15 and Annex 12. None of them can say what anybody's operation
is for.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

from openline.coordination.fields import (
    MAX_NOTICES,
    Aircraft,
    Body,
    Callsign,
    Code,
    Count,
    Hash,
    Height,
    Instant,
    Latitude,
    Longitude,
    Name,
    Officer,
    Text,
    Uuid,
    Where,
)

Notices = Annotated[tuple[Uuid, ...], msgspec.Meta(max_length=MAX_NOTICES)]
MAX_READBACK_VALUES = 64


class Nature(StrEnum):
    """What an emergency is. distress and urgency: as in MAYDAY and PAN PAN. endangered: what goes on at this
    place endangers people or aircraft.
    """

    DISTRESS = "distress"
    URGENCY = "urgency"
    COLLISION_RISK = "collision-risk"
    ENDANGERED = "endangered"
    NO_COMMUNICATION = "no-communication"
    UNLAWFUL_INTERFERENCE = "unlawful-interference"
    MINIMUM_FUEL = "minimum-fuel"
    MEDICAL = "medical"
    OTHER = "other"


class Wanted(StrEnum):
    """What the sender asks of the other side."""

    STOP = "stop"  # whatever you do at this place: stop it now
    KEEP_CLEAR = "keep-clear"
    CALL_CREW = "call-crew"
    CALL_US = "call-us"
    TAKE_NOTE = "take-note"


class Need(StrEnum):
    """What assistance is needed or offered (ICAO Annex 12: search and rescue)."""

    SEARCH = "search"
    RESCUE = "rescue"
    MEDICAL = "medical"
    RECOVERY = "recovery"
    RELAY = "relay"
    SAFE_PASSAGE = "safe-passage"
    OTHER = "other"


class AlertNature(StrEnum):
    """What is to be known at once, though nobody is in distress."""

    LEAVING_PLAN = "leaving-plan"
    TRAFFIC = "traffic"
    AIRSPACE_CLOSED = "airspace-closed"
    NAVIGATION_UNRELIABLE = "navigation-unreliable"
    FREQUENCY_UNUSABLE = "frequency-unusable"
    WEATHER = "weather"
    HAZARD = "hazard"
    OTHER = "other"


class Whose(StrEnum):
    """The answer to IDENTIFY. To say nothing is an answer too, and another one than silence."""

    OURS = "ours"
    NOT_OURS = "not-ours"
    WILL_NOT_SAY = "will-not-say"


class Emergency(Body, frozen=True, kw_only=True):
    """EMERGENCY: people or aircraft are in danger now; it stands until both sides have said CLOSE."""

    nature: Nature
    wanted: Wanted
    officer: Officer
    where: Where | None = None
    aircraft: Aircraft | None = None
    notices: Notices = ()
    text: Text | None = None


class Taken(Body, frozen=True, kw_only=True):
    """TAKEN: a person of the side that was called has the cited call in hand."""

    answers: Hash
    officer: Officer


class Escalated(Body, frozen=True, kw_only=True):
    """ESCALATED: nobody has taken the cited call, so this position of the ladder is called too."""

    answers: Hash
    position: Name
    after_ms: Count


class Close(Body, frozen=True, kw_only=True):
    """CLOSE: for the sender's side the cited call is over."""

    answers: Hash
    officer: Officer


class Assistance(Body, frozen=True, kw_only=True):
    """ASSISTANCE: search and rescue is asked for (or, with ``offered``, offered); it stands until both sides
    have said CLOSE.
    """

    need: Need
    officer: Officer
    offered: bool = False
    where: Where | None = None
    aircraft: Aircraft | None = None
    persons: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None = None
    text: Text | None = None


class Assisting(Body, frozen=True, kw_only=True):
    """ASSISTING: whether the sender can do what the cited ASSISTANCE asks or offers, and from when."""

    answers: Hash
    can: bool
    officer: Officer
    from_ms: Instant | None = None
    text: Text | None = None


class Identify(Body, frozen=True, kw_only=True):
    """IDENTIFY: whose aircraft is this? ``seen_ms``: when it was there."""

    where: Where
    seen_ms: Instant
    officer: Officer
    aircraft: Aircraft | None = None


class Identified(Body, frozen=True, kw_only=True):
    """IDENTIFIED: the aircraft of the cited IDENTIFY is ours, is not ours, or we will not say."""

    answers: Hash
    whose: Whose
    officer: Officer
    notice_id: Uuid | None = None
    callsign: Callsign | None = None


class Alert(Body, frozen=True, kw_only=True):
    """ALERT: something that the other side has to know at once."""

    nature: AlertNature
    officer: Officer
    where: Where | None = None
    aircraft: Aircraft | None = None
    notices: Notices = ()
    text: Text | None = None


class ReadValue(Body, frozen=True, kw_only=True):
    """One value that was read back, under the name that the cited message gives it: a position, a time or a
    height, and nothing else of the three.
    """

    name: Code
    latitude_e9: Latitude | None = None
    longitude_e9: Longitude | None = None
    time_ms: Instant | None = None
    height_dmm: Height | None = None


class Readback(Body, frozen=True, kw_only=True):
    """READBACK: the positions, times and heights of the cited message, as they were understood."""

    answers: Hash
    values: Annotated[tuple[ReadValue, ...], msgspec.Meta(min_length=1, max_length=MAX_READBACK_VALUES)]
    officer: Officer
