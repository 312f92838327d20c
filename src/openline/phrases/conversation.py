"""Conversation in words: free text, talks and their minutes, and who is on duty."""

from collections.abc import Iterator

from openline.coordination.conversation import DutyAct, FreeText, Minute, Minutes, Shift, Talk
from openline.coordination.messages import Kind
from openline.phrases import labels
from openline.phrases.content import Content, headline
from openline.phrases.phrase import Line
from openline.phrases.voice import SHORT_ID, Voice


def free_text(voice: Voice, body: FreeText) -> Content:
    about = [*voice.citation(body.answers), voice.officer(body.officer)]
    return headline(voice, Kind.TEXT), [voice.free_text(body.text), *about]


def talk(voice: Voice, body: Talk) -> Content:
    return headline(voice, Kind.TALK, body.act.value), _talk_lines(voice, body)


def _talk_lines(voice: Voice, body: Talk) -> Iterator[Line]:
    if body.start_ms is not None:
        yield voice.line(labels.START, voice.moment(body.start_ms))
    if body.duration_ms is not None:
        yield voice.line(labels.DURATION, voice.duration(body.duration_ms))
    for place, point in enumerate(body.agenda, start=1):
        number = voice.number(place)
        yield voice.line(labels.AGENDA_ITEM, voice.word(point.topic), number=number)
        if point.text is not None:
            yield voice.free_text(point.text, labels.ITEM_TEXT, number=number)
    yield voice.line(labels.TALK, body.talk_id[:SHORT_ID])
    yield from voice.citation(body.follows)
    yield voice.officer(body.officer)


def minutes(voice: Voice, body: Minutes) -> Content:
    def lines() -> Iterator[Line]:
        for place, item in enumerate(body.items, start=1):
            yield from _minute(voice, item, voice.number(place))
        if not body.items:
            yield voice.line(labels.AGREED_ITEMS, voice.say(labels.NO_ITEMS))
        yield voice.line(labels.TALK, body.talk_id[:SHORT_ID])
        yield from voice.citation(body.agrees)
        yield voice.officer(body.officer)

    return headline(voice, Kind.MINUTES, "signed" if body.agrees else "written"), lines()


def _minute(voice: Voice, item: Minute, number: str) -> Iterator[Line]:
    yield voice.line(labels.ITEM, voice.word(item.topic), number=number)
    yield voice.free_text(item.text, labels.ITEM_TEXT, number=number)
    if item.party is not None:
        yield voice.line(labels.RESPONSIBLE, item.party, number=number)
    if item.due_ms is not None:
        yield voice.line(labels.DUE, voice.moment(item.due_ms), number=number)


def shift(voice: Voice, body: Shift) -> Content:
    case = body.act.value
    if body.act is DutyAct.HANDOVER and body.relieved is None:
        case = "handover-from-nobody"
    officer = body.officer
    values = {"officer": officer.pseudonym, "position": officer.position, "relieved": body.relieved or ""}

    def lines() -> Iterator[Line]:
        if body.taken_over:
            yield voice.line(labels.TAKEN_OVER, voice.count(labels.STILL_OPEN, len(body.taken_over)))
            yield from voice.citations(body.taken_over, labels.REFERS_TO)
        if body.relieved is not None and body.act is not DutyAct.HANDOVER:
            yield voice.line(labels.RELIEVED, body.relieved)
        yield voice.officer(officer)

    return headline(voice, Kind.SHIFT, case, **values), lines()
