"""The door: any message, by its kind, in the reader's words."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from openline.coordination.fact import Fact
from openline.coordination.messages import Kind
from openline.phrases import calls, conversation, dialogue, labels, line, notices
from openline.phrases.bidi import legible
from openline.phrases.catalogue import Message
from openline.phrases.content import Content
from openline.phrases.context import Context, Nothing
from openline.phrases.headlines import EXERCISE, TITLES, UNREADABLE, UNREADABLE_TITLE
from openline.phrases.phrase import Line, Phrase
from openline.phrases.reader import Reader
from openline.phrases.voice import Voice

SAYING: Final[Mapping[Kind, Callable[[Voice, Any], Content]]] = MappingProxyType(
    {
        Kind.NOTICE: notices.notice,
        Kind.PASSED_ON: notices.passed_on,
        Kind.CONFLICT: dialogue.conflict,
        Kind.FINER: notices.finer,
        Kind.REQUEST: dialogue.request,
        Kind.ACP: dialogue.accept,
        Kind.RJC: dialogue.reject,
        Kind.SBY: dialogue.standby,
        Kind.CDN: dialogue.counter,
        Kind.CANCEL: dialogue.cancel,
        Kind.CHECK: line.check,
        Kind.CHECKED: line.checked,
        Kind.SHOWN: line.shown,
        Kind.SUSPEND: line.suspend,
        Kind.RESUME: line.resume,
        Kind.IN_FORCE: line.in_force,
        Kind.END: line.end,
        Kind.LRM: line.rejection,
        Kind.EMERGENCY: calls.emergency,
        Kind.TAKEN: calls.taken,
        Kind.ESCALATED: calls.escalated,
        Kind.CLOSE: calls.close,
        Kind.ASSISTANCE: calls.assistance,
        Kind.ASSISTING: calls.assisting,
        Kind.IDENTIFY: calls.identify,
        Kind.IDENTIFIED: calls.identified,
        Kind.ALERT: calls.alert,
        Kind.READBACK: calls.readback,
        Kind.TEXT: conversation.free_text,
        Kind.TALK: conversation.talk,
        Kind.MINUTES: conversation.minutes,
        Kind.SHIFT: conversation.shift,
        Kind.KEY: line.key_changed,
        Kind.REVOKE: line.key_revoked,
    }
)
"""By kind: what puts its body into words."""


def phrase_of(
    kind: Kind,
    body: msgspec.Struct,
    sender: str,
    reader: Reader,
    around: Context | None = None,
    *,
    taken_out: bool = False,
) -> Phrase:
    """One message in words. sender: the party's name. around: what a reader would look up; without it the
    phrase says the same with ids. taken_out: whether an LRM has taken it out of both pictures.
    """
    known = around or Nothing()
    voice = Voice(reader, known, sender)
    said, lines = SAYING[kind](voice, body)
    status = [voice.line(labels.STATUS, voice.say(labels.TAKEN_OUT))] if taken_out else []
    return _phrase(voice, known, TITLES[kind], said, (*status, *lines))


def phrase_of_fact(
    fact: Fact | None, kind: str, sender: str, reader: Reader, around: Context, *, taken_out: bool
) -> Phrase:
    """A message of the journal in words. fact: None where its body is none of this protocol: then that it
    came is all that can be said; it was answered LRM.
    """
    if fact is not None:
        return phrase_of(fact.kind, fact.body, sender, reader, around, taken_out=taken_out)
    voice = Voice(reader, around, sender)
    lines = (voice.line(labels.CODE, legible(kind)),)
    return _phrase(voice, around, UNREADABLE_TITLE, voice.say(UNREADABLE, sender=sender), lines)


def _phrase(voice: Voice, known: Context, title: Message, headline: str, lines: tuple[Line, ...]) -> Phrase:
    return Phrase(
        language=voice.reader.language,
        direction=voice.words.direction,
        title=voice.say(title),
        headline=voice.say(EXERCISE, headline=headline) if known.exercise else headline,
        lines=lines,
    )
