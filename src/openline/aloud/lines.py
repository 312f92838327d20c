"""Which lines is a message read in? Seven that place it, then its fields, one a line, in the order of their
names.

They are made from the sealed bytes alone, whatever the kind: a field's name says its unit, and the two halves
of a position are one line. So a new kind of message can be read aloud as it is.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from openline.aloud.check import line_check, whole_check
from openline.aloud.values import heard, label_of, said
from openline.errors import LimitExceeded
from openline.journal.canonical import MAX_DEPTH
from openline.journal.entry import Entry, Payload, open_line

MAX_LINES: Final = 400
"""Of one message; who would read more is better served by a stick."""

MAX_PART_CHARS: Final = 80
"""A longer text is read in several lines."""

MARK, SENDER, ACCORD, NUMBER, KIND, TIME, SEAL = HEADING = (
    "the-mark", "the-sender", "the-accord", "the-number", "the-kind", "the-time", "the-seal",
)  # fmt: skip
"""EXERCISE or REAL; who says it; the start of the accord's id; lane and number; the kind; when (UTC); the
start of the message's hash. No field of a body can have such a name.
"""

PLACE: Final = "place"
HALVES: Final = (("lat_e9", "lon_e9"), ("latitude_e9", "longitude_e9"))
ACCORD_CHARS: Final = 8


class Line(msgspec.Struct, frozen=True):
    """One line: number from 1, label (the field, dotted), value as the page has it."""

    number: int
    label: str
    value: str

    @property
    def said(self) -> str:
        """What of the value counts."""
        return heard(self.value)

    @property
    def check(self) -> str:
        return line_check(self.number, self.label, self.said)


class Spoken(msgspec.Struct, frozen=True):
    """A message as it is read aloud."""

    lines: tuple[Line, ...]

    @property
    def whole(self) -> str:
        return whole_check([(line.label, line.said) for line in self.lines])

    def value(self, label: str) -> str | None:
        return next((line.value for line in self.lines if line.label == label), None)


def readable(entry: Entry) -> Spoken:
    """A message of the journal, to be read aloud. Raises LimitExceeded ``too-long-to-read``."""
    message = spoken(entry)
    if len(message.lines) > MAX_LINES:
        raise LimitExceeded(
            "too-long-to-read",
            f"{entry.kind} {entry.lane} {entry.number} would be {len(message.lines):,} lines",
            message=entry.hash,
            clause="MAX_LINES",
            remedy="carry it: openline line export",
        )
    return message


def spoken(entry: Entry) -> Spoken:
    """A message of the journal in lines, however many. It may be anything that was signed as a message."""
    payload = open_line(entry.sealed, None)
    place = payload.place
    pairs = [
        (MARK, "EXERCISE" if place.exercise else "REAL"),
        (SENDER, place.sender),
        (ACCORD, place.accord[:ACCORD_CHARS].upper()),
        (NUMBER, f"{place.lane} {place.number}"),
        (KIND, payload.kind),
        (TIME, said("at_ms", place.at_ms)),
        (SEAL, said("hash", entry.hash)),
        *_fields("", _body(payload)),
    ]
    return Spoken(tuple(Line(number, *pair) for number, pair in enumerate(pairs, start=1)))


def _body(payload: Payload) -> Any:
    """What cannot even be read was answered LRM; it is shown as what it is."""
    try:
        return msgspec.json.decode(payload.body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return {"body": "unreadable"}


def _fields(path: str, value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Labels and values of all that is within, by name; a list begins with how many it has."""
    if path.count(".") > MAX_DEPTH:
        yield path, "..."
    elif isinstance(value, dict):
        yield from _object(path, value)
    elif isinstance(value, list):
        yield path, str(len(value))
        for number, item in enumerate(value, start=1):
            yield from _fields(f"{path}.{number}", item, name)
    elif isinstance(value, str):
        yield from _text(path, said(name, value))
    elif isinstance(value, int):
        yield path, said(name, value)
    elif value is not None:
        yield path, str(value)  # no message of ours; a number with a point was answered LRM


def _object(path: str, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    left = dict(value)
    for north, east in HALVES:
        if isinstance(left.get(north), int) and isinstance(left.get(east), int):
            yield under(path, PLACE), said(north, left.pop(north)) + said(east, left.pop(east))
    for name in sorted(left):
        yield from _fields(under(path, label_of(name)), left[name], name)


def under(path: str, label: str) -> str:
    """The label of something inside something."""
    return f"{path}.{label}" if path else label


def _text(path: str, text: str) -> Iterator[tuple[str, str]]:
    """A long text in several lines, broken between words where there are any."""
    if len(heard(text)) <= MAX_PART_CHARS:
        yield path, text
        return
    parts: list[list[str]] = [[]]
    for word in text.split(" "):
        for start in range(0, len(word), MAX_PART_CHARS):
            piece = word[start : start + MAX_PART_CHARS]
            if len(heard("".join([*parts[-1], piece]))) > MAX_PART_CHARS:
                parts.append([])
            parts[-1].append(piece)
    for number, part in enumerate(parts, start=1):
        yield f"{path}.{number}", " ".join(part)
