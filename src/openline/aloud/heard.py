"""What was heard over the telephone, and is it what was read? Line by line, then the whole; and at last
against the sealed original.
"""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from openline.aloud.alphabet import letters_heard
from openline.aloud.check import slip
from openline.aloud.labels import is_label
from openline.aloud.lines import ACCORD, HEADING, KIND, MAX_LINES, NUMBER, SENDER, Line, Spoken
from openline.aloud.values import heard
from openline.coordination.messages import Kind
from openline.errors import Invalid
from openline.journal.entry import Lane

_NUMBER: Final = re.compile(r"(URGENT|ROUTINE)([1-9]\d{0,15})")


class Typed(msgspec.Struct, frozen=True):
    """One line as somebody has typed it. check: letters, or the words themselves."""

    label: str
    value: str
    check: str


class Call(msgspec.Struct, frozen=True):
    """What was taken down of one call. whole: whether the check of the whole was heard, too; else the call
    broke off, and what is here was right line by line.
    """

    lines: Spoken
    whole: bool


class Place(msgspec.Struct, frozen=True):
    """Which message the caller says it is. accord: the start of its id. sender: as it is said."""

    accord: str
    sender: str
    lane: Lane
    number: int
    kind: Kind


class Difference(msgspec.Struct, frozen=True):
    """One label on which call and original differ; None where one of them has no such line."""

    label: str
    telephoned: str | None
    original: str | None


def verified_line(number: int, typed: Typed, kind: Kind | None = None) -> Line:
    """The line of this number, if it is what was read. kind: once it is known, for the labels that it can
    have.

    Raises Invalid ``slip``, ``no-such-label``, ``out-of-order``.
    """
    label = ".".join(typed.label.lower().split())
    if number <= len(HEADING) and label != HEADING[number - 1]:
        text = f"line {number} is {HEADING[number - 1]}, not {label[:40]!r}"
        raise Invalid("out-of-order", text, field=label[:40], remedy="begin with the heading of the page")
    if kind is not None and not is_label(kind, label):
        remedy = "type the label as the page has it"
        raise Invalid("no-such-label", f"{kind} has no line {label[:60]!r}", field=label[:60], remedy=remedy)
    line = Line(number, label, " ".join(typed.value.split()))
    if letters_heard(typed.check) != line.check:
        raise slip(f"line {number}, {label}", typed.check[:40], label)
    return line


def verified(typed: Sequence[Typed], whole: str | None) -> Call:
    """The whole call. whole: its check letters; None where the call broke off before they were read.

    Raises Invalid as ``verified_line`` (its ``field`` names the line that has the slip), ``too-many-lines``,
    ``heading-incomplete``, ``unknown-kind``, and ``slip`` on ``whole``: a line was left out, doubled or wrong
    in a way that its own check does not show.
    """
    if len(typed) > MAX_LINES:
        raise Invalid("too-many-lines", f"no message has more than {MAX_LINES} lines", clause="MAX_LINES")
    lines: list[Line] = []
    for number, one in enumerate(typed, start=1):
        kind = kind_of(Spoken(tuple(lines))) if number > len(HEADING) else None
        lines.append(verified_line(number, one, kind))
    taken = Spoken(tuple(lines))
    place_of(taken)
    if whole is not None and not is_whole(taken, whole):
        raise slip("the whole", whole[:40], "whole")
    return Call(taken, whole is not None)


def is_whole(lines: Spoken, check: str) -> bool:
    """Whether this is the check of the whole."""
    return letters_heard(check) == lines.whole


def kind_of(lines: Spoken) -> Kind:
    """Raises Invalid ``unknown-kind``."""
    word = heard(lines.value(KIND) or "")
    try:
        return Kind(word)
    except ValueError:
        raise Invalid("unknown-kind", f"{word[:40]!r} is no kind of message", field=KIND) from None


def place_of(lines: Spoken) -> Place:
    """Raises Invalid ``heading-incomplete`` where the call broke off within the heading,
    ``heading-malformed``.
    """
    if len(lines.lines) < len(HEADING):
        text = f"the heading has {len(HEADING)} lines; without them nobody knows which message it is"
        raise Invalid("heading-incomplete", text, field=HEADING[len(lines.lines)], remedy="call back")
    number = _NUMBER.fullmatch(heard(lines.value(NUMBER) or ""))
    if number is None:
        raise Invalid("heading-malformed", "a number is URGENT or ROUTINE and digits", field=NUMBER)
    return Place(
        heard(lines.value(ACCORD) or "").lower(),
        heard(lines.value(SENDER) or ""),
        Lane(number[1].lower()),
        int(number[2]),
        kind_of(lines),
    )


def differences(call: Call, original: Spoken) -> list[Difference]:
    """Where they differ, as the original has it; of a call that broke off, only what was heard counts."""
    told = {line.label: line for line in call.lines.lines}
    sealed = {line.label: line for line in original.lines}
    found = []
    for label in dict.fromkeys([*sealed, *told]):
        one, other = told.get(label), sealed.get(label)
        is_said = one is not None or call.whole
        if is_said and (one.said if one else None) != (other.said if other else None):
            found.append(Difference(label, one.value if one else None, other.value if other else None))
    return found
