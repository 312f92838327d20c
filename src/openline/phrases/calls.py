"""Calls in words: emergencies, assistance, alerts, whose aircraft it is, and what is read back."""

import re
from collections.abc import Iterator

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
    ReadValue,
    Taken,
)
from openline.coordination.messages import Kind
from openline.phrases import labels
from openline.phrases.content import Content, headline
from openline.phrases.phrase import Line
from openline.phrases.voice import Voice

_DIGITS = re.compile(r"\d+")


def emergency(voice: Voice, body: Emergency) -> Content:
    def lines() -> Iterator[Line]:
        yield voice.line(labels.WANTED, voice.word(body.wanted))
        yield from _situation(voice, body)

    return headline(voice, Kind.EMERGENCY, body.nature.value), lines()


def alert(voice: Voice, body: Alert) -> Content:
    return headline(voice, Kind.ALERT, body.nature.value), _situation(voice, body)


def _situation(voice: Voice, body: Emergency | Alert) -> Iterator[Line]:
    yield from voice.where(body.where)
    yield from voice.aircraft(body.aircraft)
    yield from voice.flights(body.notices)
    yield from voice.text(body.text)
    yield voice.officer(body.officer)


def taken(voice: Voice, body: Taken) -> Content:
    return headline(voice, Kind.TAKEN), _answer(voice, body)


def close(voice: Voice, body: Close) -> Content:
    return headline(voice, Kind.CLOSE), _answer(voice, body)


def _answer(voice: Voice, body: Taken | Close) -> Iterator[Line]:
    yield from voice.citation(body.answers)
    yield voice.officer(body.officer)


def escalated(voice: Voice, body: Escalated) -> Content:
    after = voice.line(labels.AFTER, voice.duration(body.after_ms))
    said = headline(voice, Kind.ESCALATED, position=body.position)
    return said, [after, *voice.citation(body.answers)]


def assistance(voice: Voice, body: Assistance) -> Content:
    def lines() -> Iterator[Line]:
        yield voice.line(labels.NEED, voice.word(body.need))
        yield from voice.where(body.where)
        yield from voice.aircraft(body.aircraft)
        if body.persons is not None:
            yield voice.line(labels.PERSONS, voice.count(labels.PERSONS_COUNTED, body.persons))
        yield from voice.text(body.text)
        yield voice.officer(body.officer)

    return headline(voice, Kind.ASSISTANCE, "offered" if body.offered else "requested"), lines()


def assisting(voice: Voice, body: Assisting) -> Content:
    def lines() -> Iterator[Line]:
        if body.from_ms is not None:
            yield voice.line(labels.ABLE_FROM, voice.moment(body.from_ms))
        yield from voice.text(body.text)
        yield from voice.citation(body.answers)
        yield voice.officer(body.officer)

    return headline(voice, Kind.ASSISTING, "able" if body.can else "unable"), lines()


def identify(voice: Voice, body: Identify) -> Content:
    def lines() -> Iterator[Line]:
        yield voice.line(labels.SEEN, voice.moment(body.seen_ms))
        yield from voice.where(body.where)
        yield from voice.aircraft(body.aircraft)
        yield voice.officer(body.officer)

    return headline(voice, Kind.IDENTIFY), lines()


def identified(voice: Voice, body: Identified) -> Content:
    def lines() -> Iterator[Line]:
        if body.callsign is not None:
            yield voice.line(labels.CALLSIGN, body.callsign)
        if body.notice_id is not None:
            yield voice.line(labels.FLIGHT, voice.flight(body.notice_id))
        yield from voice.citation(body.answers)
        yield voice.officer(body.officer)

    return headline(voice, Kind.IDENTIFIED, body.whose.value), lines()


def readback(voice: Voice, body: Readback) -> Content:
    def lines() -> Iterator[Line]:
        for value in body.values:
            yield from _read(voice, value)
        yield from voice.citation(body.answers)
        yield voice.officer(body.officer)

    return headline(voice, Kind.READBACK), lines()


def _read(voice: Voice, value: ReadValue) -> Iterator[Line]:
    """One value under its name; a name that is not known here stands as it is."""
    label = _read_label(voice, value.name)
    if value.latitude_e9 is not None and value.longitude_e9 is not None:
        yield Line(label, voice.position(value.latitude_e9, value.longitude_e9))
    if value.time_ms is not None:
        yield Line(label, voice.moment(value.time_ms))
    if value.height_dmm is not None:
        yield Line(label, voice.height(value.height_dmm))


def _read_label(voice: Voice, name: str) -> str:
    message = labels.READ_NAMES.get(_DIGITS.sub("#", name))
    if message is None:
        return name
    numbers = [voice.number(int(digits) + 1) for digits in _DIGITS.findall(name)]
    return voice.say(message, **dict(zip(("number", "corner"), numbers, strict=False)))
