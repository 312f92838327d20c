"""Conversation: free text, talks and what was agreed in them, and who is on duty."""

from enum import StrEnum
from typing import Annotated

import msgspec

from openline.coordination.fields import (
    MAX_CITED,
    Body,
    Hash,
    Instant,
    LongText,
    Name,
    Officer,
    Text,
    Uuid,
)

MAX_AGENDA = 24
MAX_MINUTES = 100
MAX_TALK_MS = 24 * 3_600_000


class Topic(StrEnum):
    """What a talk is about."""

    COORDINATION = "coordination"
    INCIDENT = "incident"
    PROCEDURES = "procedures"
    FREQUENCIES = "frequencies"
    ACCORD = "accord"
    SUSPENSION = "suspension"
    TECHNICAL = "technical"
    KEYS = "keys"
    OTHER = "other"


class Agenda(Body, frozen=True, kw_only=True):
    """One point of an agenda."""

    topic: Topic
    text: Text | None = None


class TalkAct(StrEnum):
    """What is done about a talk."""

    PROPOSE = "propose"
    CONFIRM = "confirm"
    MOVE = "move"
    CANCEL = "cancel"


class DutyAct(StrEnum):
    """on: the officer takes the seat. handover: it takes the seat from ``relieved``, with all that is open.
    off: the seat is left empty.
    """

    ON = "on"
    HANDOVER = "handover"
    OFF = "off"


class FreeText(Body, frozen=True, kw_only=True):
    """TEXT: free text between people, not translated; only where the accord allows it."""

    text: LongText
    officer: Officer
    answers: Hash | None = None


class Talk(Body, frozen=True, kw_only=True):
    """TALK: a talk is proposed, confirmed, moved or cancelled; every act but the first cites the last one
    in ``follows``.
    """

    talk_id: Uuid
    act: TalkAct
    officer: Officer
    follows: Hash | None = None
    start_ms: Instant | None = None
    duration_ms: Annotated[int, msgspec.Meta(ge=60_000, le=MAX_TALK_MS)] | None = None
    agenda: Annotated[tuple[Agenda, ...], msgspec.Meta(max_length=MAX_AGENDA)] = ()


class Minute(Body, frozen=True, kw_only=True):
    """One thing that was agreed, with who does it and until when where somebody has to."""

    topic: Topic
    text: Text
    party: Name | None = None
    due_ms: Instant | None = None


class Minutes(Body, frozen=True, kw_only=True):
    """MINUTES: what was agreed in a talk, as the sender has it; ``agrees`` cites the other side's version,
    which is then signed by both.
    """

    talk_id: Uuid
    items: Annotated[tuple[Minute, ...], msgspec.Meta(max_length=MAX_MINUTES)]
    officer: Officer
    agrees: Hash | None = None


class Shift(Body, frozen=True, kw_only=True):
    """SHIFT: who is on duty in a position from now on. ``taken_over``: what was open at that moment, and is
    the new officer's now.
    """

    act: DutyAct
    officer: Officer
    relieved: Name | None = None
    taken_over: Annotated[tuple[Hash, ...], msgspec.Meta(max_length=MAX_CITED)] = ()
