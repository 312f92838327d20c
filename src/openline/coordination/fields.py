"""What the bodies of messages are made of: bounded fields, and the parts that several kinds share."""

from enum import StrEnum
from typing import Annotated

import msgspec

from openline.journal.bounds import MAX_MOMENT_MS

Hash = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Uuid = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}\Z")]
Code = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_.-]{1,64}\Z")]
Text = Annotated[str, msgspec.Meta(max_length=500)]
LongText = Annotated[str, msgspec.Meta(max_length=4_000)]
Callsign = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{1,8}\Z")]
Squawk = Annotated[str, msgspec.Meta(pattern=r"^[0-7]{4}\Z")]
Address24 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{6}\Z")]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
Instant = Annotated[int, msgspec.Meta(ge=0, le=MAX_MOMENT_MS)]
Latitude = Annotated[int, msgspec.Meta(ge=-90_000_000_000, le=90_000_000_000)]
Longitude = Annotated[int, msgspec.Meta(ge=-180_000_000_000, le=180_000_000_000)]
Height = Annotated[int, msgspec.Meta(ge=-10_000_000, le=1_000_000_000)]
"""In the accord's datum: 1 km below to 100 km above."""
Reach = Annotated[int, msgspec.Meta(ge=0, le=9_260_000_000)]
"""A distance of at most 500 NM."""

MAX_CITED = 1_000
MAX_NOTICES = 16


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The base of all message bodies."""


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


class Officer(Body, frozen=True, kw_only=True):
    """Who is at the position: a pseudonym that the node attests. An automaton is always marked as one."""

    position: Name
    pseudonym: Name
    automaton: bool


class Where(Body, frozen=True, kw_only=True):
    """A place, and how far around it: a point where ``radius_dmm`` is 0. Heights are in the accord's datum;
    times say from when until when it matters.
    """

    latitude_e9: Latitude
    longitude_e9: Longitude
    radius_dmm: Reach = 0
    lower_dmm: Height | None = None
    upper_dmm: Height | None = None
    from_ms: Instant | None = None
    until_ms: Instant | None = None


class Aircraft(Body, frozen=True, kw_only=True):
    """An aircraft as somebody sees it: whatever of this is known. course_deg: true."""

    callsign: Callsign | None = None
    squawk: Squawk | None = None
    address24: Address24 | None = None
    course_deg: Annotated[int, msgspec.Meta(ge=0, le=359)] | None = None
    ground_speed_kt: Annotated[int, msgspec.Meta(ge=0, le=5_000)] | None = None
