"""How are the values that many kinds share put into words? For one reader and one message."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

from openline.coordination.fact import Fact
from openline.coordination.fields import Aircraft, Officer, Where
from openline.phrases import labels
from openline.phrases.bidi import isolated, legible
from openline.phrases.catalogue import Counted, Message, Words
from openline.phrases.codes import word_of
from openline.phrases.context import Context
from openline.phrases.figures import (
    difference_text,
    distance_text,
    height_text,
    number_text,
    speed_text,
)
from openline.phrases.headlines import TITLES
from openline.phrases.moments import duration_text, moment_text
from openline.phrases.phrase import Line
from openline.phrases.places import position_text
from openline.phrases.reader import Reader

SHORT_ID: Final = 12
"""Characters of a hash or id that are read (the same as in the tables of the command line)."""
MAX_LISTED: Final = 25
"""Of points, areas, corners, messages and flights, so many are put into words; of the rest, how many."""


class Voice:
    """Says the parts of one message. sender: the party whose message it is."""

    def __init__(self, reader: Reader, around: Context, sender: str) -> None:
        self.reader = reader
        self.words = Words(reader.language)
        self._around = around
        self.sender = sender

    # Sentences

    def say(self, message: Message, /, **values: str) -> str:
        return self.words.say(message, **values)

    def count(self, message: Counted, count: int, /, **values: str) -> str:
        return self.words.count(message, count, self.number(count), **values)

    def word(self, code: StrEnum) -> str:
        return self.say(word_of(code))

    def line(self, label: Message, value: str, /, **values: str) -> Line:
        return Line(self.say(label, **values), value)

    def free_text(self, text: str, label: Message = labels.FREE_TEXT, /, **values: str) -> Line:
        """As somebody wrote it, and marked so."""
        return Line(self.say(label, **values), legible(text), translated=False)

    # Values

    def number(self, value: int) -> str:
        return number_text(value, self.reader.language)

    def listed(self, texts: Sequence[str]) -> str:
        """Several of one sort; not put as one of two directions into the other."""
        return self.say(labels.SEPARATOR).join(isolated(text, self.words.is_rtl) for text in texts)

    def moment(self, moment_ms: int) -> str:
        return moment_text(moment_ms)

    def duration(self, duration_ms: int) -> str:
        return duration_text(self.words, duration_ms)

    def height(self, height_dmm: int) -> str:
        return height_text(self.words, self.reader, height_dmm, self._around.datum)

    def difference(self, length_dmm: int) -> str:
        return difference_text(self.words, self.reader, length_dmm)

    def distance(self, length_dmm: int) -> str:
        return distance_text(self.words, self.reader, length_dmm)

    def position(self, latitude_e9: int, longitude_e9: int) -> str:
        return position_text(self.words, self.reader.coordinates, latitude_e9, longitude_e9)

    def flight(self, notice_id: str) -> str:
        """By its callsign where that is known, and always by the start of its id."""
        callsign = self._around.callsign(notice_id)
        short = notice_id[:SHORT_ID]
        return self.say(labels.FLIGHT_NAME, callsign=callsign, notice=short) if callsign else short

    def cited(self, message_hash: str) -> str:
        """A message by its kind, sender and number where it is known, and always by the start of its hash."""
        short, fact = message_hash[:SHORT_ID], self._around.fact(message_hash)
        return self._placed(fact, short) if fact else self.say(labels.NOT_HERE, hash=short)

    def _placed(self, fact: Fact, short: str) -> str:
        return self.say(
            labels.CITED,
            kind=self.say(TITLES[fact.kind]),
            sender=fact.stamp.sender,
            lane=self.word(fact.stamp.lane),
            number=str(fact.stamp.number),
            hash=short,
        )

    def heights(self, lower_dmm: int | None, upper_dmm: int | None) -> str | None:
        lower = None if lower_dmm is None else self.height(lower_dmm)
        upper = None if upper_dmm is None else self.height(upper_dmm)
        if lower is None or upper is None:
            from_lower = self.say(labels.FROM_HEIGHT, lower=lower) if lower else None
            return self.say(labels.TO_HEIGHT, upper=upper) if upper else from_lower
        if lower_dmm == upper_dmm:
            return self.say(labels.AT_HEIGHT, height=lower)
        return self.say(labels.BETWEEN, lower=lower, upper=upper)

    def times(self, start_ms: int | None, end_ms: int | None) -> str | None:
        start = None if start_ms is None else self.moment(start_ms)
        end = None if end_ms is None else self.moment(end_ms)
        if start and end:
            return self.say(labels.FROM_UNTIL, start=start, end=end)
        if start:
            return self.say(labels.FROM_ON, start=start)
        return self.say(labels.UNTIL, end=end) if end else None

    # Lines

    def officer(self, officer: Officer) -> Line:
        seat = labels.AUTOMATON if officer.automaton else labels.SEATED
        said = self.say(seat, pseudonym=officer.pseudonym, position=officer.position)
        return self.line(labels.OFFICER, said)

    def citation(self, message_hash: str | None, label: Message = labels.REFERS_TO) -> Iterator[Line]:
        if message_hash is not None:
            yield self.line(label, self.cited(message_hash))

    def citations(self, hashes: Sequence[str], label: Message) -> Iterator[Line]:
        for message_hash in hashes[:MAX_LISTED]:
            yield from self.citation(message_hash, label)
        yield from self.more(len(hashes))

    def flights(self, notice_ids: Sequence[str]) -> Iterator[Line]:
        for notice_id in notice_ids[:MAX_LISTED]:
            yield self.line(labels.FLIGHT, self.flight(notice_id))
        yield from self.more(len(notice_ids))

    def more(self, count: int) -> Iterator[Line]:
        """How many of them are not listed."""
        if count > MAX_LISTED:
            yield self.line(labels.MORE, self.count(labels.MORE_LEFT, count - MAX_LISTED))

    def where(self, where: Where | None) -> Iterator[Line]:
        if where is None:
            return
        yield self.line(labels.PLACE, self.position(where.latitude_e9, where.longitude_e9))
        if where.radius_dmm:
            yield self.line(labels.RADIUS, self.distance(where.radius_dmm))
        if heights := self.heights(where.lower_dmm, where.upper_dmm):
            yield self.line(labels.HEIGHTS, heights)
        if times := self.times(where.from_ms, where.until_ms):
            yield self.line(labels.TIMES, times)

    def aircraft(self, aircraft: Aircraft | None) -> Iterator[Line]:
        if aircraft is None:
            return
        plain = {
            labels.CALLSIGN: aircraft.callsign,
            labels.SQUAWK: aircraft.squawk,
            labels.ADDRESS: aircraft.address24 and aircraft.address24.upper(),
        }
        yield from (self.line(label, value) for label, value in plain.items() if value)
        if aircraft.course_deg is not None:
            yield self.line(labels.TRACK, f"{aircraft.course_deg:03}°")
        if aircraft.ground_speed_kt is not None:
            speed = speed_text(self.words, self.reader, aircraft.ground_speed_kt)
            yield self.line(labels.GROUND_SPEED, speed)

    def text(self, text: str | None) -> Iterator[Line]:
        if text is not None:
            yield self.free_text(text)
