"""Which lines is a message read in? Seven that place it, then its fields, one a line, in the order of their
names.

They are made from the sealed bytes alone, whatever the kind: a field's name says its unit, and the two halves
of a position are one line. So a new kind of message can be read aloud as it is.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from openline.errors import LimitExceeded
from openline.journal.entry import Entry, open_line
from openline.spoken.check import line_check, whole_check
from openline.spoken.values import heard, label_of, said

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
    """One line: number from 1, label (the field, dotted), value as it is said, letters of its check."""

    number: int
    label: str
    value: str

    @property
    def check(self) -> str:
        return line_check(self.number, self.label, self.value)


class Spoken(msgspec.Struct, frozen=True):
    """A message as it is read aloud."""

    lines: tuple[Line, ...]

    @property
    def whole(self) -> str:
        return whole_check([(line.label, line.value) for line in self.lines])

    def value(self, label: str) -> str | None:
        return next((line.value for line in self.lines if line.label == label), None)


def spoken(entry: Entry) -> Spoken:
    """A message of the journal. Raises LimitExceeded ``too-long-to-read``."""
    payload = open_line(entry.sealed, None)
    place = payload.place
    pairs = [
        (MARK, "EXERCISE" if place.exercise else "REAL"),
        (SENDER, heard(place.sender)),
        (ACCORD, heard(place.accord[:ACCORD_CHARS])),
        (NUMBER, heard(f"{place.lane}{place.number}")),
        (KIND, payload.kind),
        (TIME, said("at_ms", place.at_ms)),
        (SEAL, said("hash", entry.hash)),
        *_fields("", msgspec.json.decode(payload.body)),
    ]
    if len(pairs) > MAX_LINES:
        raise LimitExceeded(
            "too-long-to-read",
            f"{payload.kind} {place.lane} {place.number} would be {len(pairs):,} lines",
            message=entry.hash,
            clause="MAX_LINES",
            remedy="carry it: openline line export",
        )
    return Spoken(tuple(Line(number, *pair) for number, pair in enumerate(pairs, start=1)))


def _fields(path: str, value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Labels and values of all that is within, by name; a list begins with how many it has."""
    if isinstance(value, dict):
        yield from _object(path, value)
    elif isinstance(value, list):
        yield path, str(len(value))
        for number, item in enumerate(value, start=1):
            yield from _fields(f"{path}.{number}", item, name)
    elif isinstance(value, str):
        yield from _text(path, said(name, value), value)
    elif value is not None:
        yield path, said(name, value)


def _object(path: str, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    left = dict(value)
    for north, east in HALVES:
        if north in left and east in left:
            yield under(path, PLACE), said(north, left.pop(north)) + said(east, left.pop(east))
    for name in sorted(left):
        yield from _fields(under(path, label_of(name)), left[name], name)


def under(path: str, label: str) -> str:
    """The label of something inside something."""
    return f"{path}.{label}" if path else label


def _text(path: str, whole: str, text: str) -> Iterator[tuple[str, str]]:
    """A long text in several lines, broken between words."""
    if len(whole) <= MAX_PART_CHARS:
        yield path, whole
        return
    parts = [""]
    for word in (heard(word) for word in text.split()):
        for start in range(0, len(word), MAX_PART_CHARS):
            piece = word[start : start + MAX_PART_CHARS]
            if len(parts[-1]) + len(piece) > MAX_PART_CHARS:
                parts.append("")
            parts[-1] += piece
    for number, part in enumerate(parts, start=1):
        yield f"{path}.{number}", part
