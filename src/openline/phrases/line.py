"""The line itself in words: checks, what was shown, suspension, versions of the accord, rejections."""

from collections.abc import Iterator

from openline.coordination.messages import (
    Check,
    Checked,
    End,
    InForce,
    KeyChanged,
    KeyRevoked,
    Kind,
    Rejection,
    Resume,
    Shown,
    Suspend,
)
from openline.phrases import labels
from openline.phrases.bidi import legible
from openline.phrases.content import Content, counted_headline, headline
from openline.phrases.phrase import Line
from openline.phrases.voice import SHORT_ID, Voice


def check(voice: Voice, body: Check) -> Content:
    return headline(voice, Kind.CHECK), [voice.officer(body.officer)]


def checked(voice: Voice, body: Checked) -> Content:
    return headline(voice, Kind.CHECKED), [*voice.citation(body.answers), voice.officer(body.officer)]


def shown(voice: Voice, body: Shown) -> Content:
    case = "automaton" if body.officer.automaton else "person"
    lines = [*voice.citations(body.messages, labels.REFERS_TO), voice.officer(body.officer)]
    return counted_headline(voice, Kind.SHOWN, case, len(body.messages)), lines


def suspend(voice: Voice, body: Suspend) -> Content:
    return headline(voice, Kind.SUSPEND), [voice.line(labels.REASON, voice.word(body.reason))]


def resume(voice: Voice, body: Resume) -> Content:
    return headline(voice, Kind.RESUME), ()


def in_force(voice: Voice, body: InForce) -> Content:
    size = voice.count(labels.CHARACTERS, len(body.document))
    said = headline(voice, Kind.IN_FORCE, version=voice.number(body.version))
    return said, [voice.line(labels.DOCUMENT, size)]


def key_changed(voice: Voice, body: KeyChanged) -> Content:
    size = voice.count(labels.CHARACTERS, len(body.certificate))
    said = headline(voice, Kind.KEY, "lost" if body.lost else "changed")
    return said, [voice.line(labels.CERTIFICATE, size)]


def key_revoked(voice: Voice, body: KeyRevoked) -> Content:
    size = voice.count(labels.CHARACTERS, len(body.revocation))
    return headline(voice, Kind.REVOKE), [voice.line(labels.REVOCATION, size)]


def end(voice: Voice, body: End) -> Content:
    return headline(voice, Kind.END), [voice.line(labels.REASON, voice.word(body.reason))]


def rejection(voice: Voice, body: Rejection) -> Content:
    def lines() -> Iterator[Line]:
        number, short = str(body.number), body.message[:SHORT_ID]
        place = voice.say(labels.NUMBERED, lane=voice.word(body.lane), number=number, hash=short)
        yield voice.line(labels.REJECTED, place)
        yield voice.line(labels.CODE, body.code)
        if body.field is not None:
            yield voice.line(labels.FIELD, legible(body.field))
        if body.clause is not None:
            yield voice.line(labels.CLAUSE, legible(body.clause))
        yield from voice.text(body.text)

    return headline(voice, Kind.LRM), lines()
