"""What a kind's own words are made into: a headline, and its lines."""

from collections.abc import Iterable
from typing import TypeAlias

from openline.coordination.messages import Kind
from openline.phrases.catalogue import Counted, Message
from openline.phrases.headlines import ALWAYS, HEADLINES
from openline.phrases.phrase import Line
from openline.phrases.voice import Voice

Content: TypeAlias = tuple[str, Iterable[Line]]


def headline(voice: Voice, kind: Kind, case: str = ALWAYS, /, **values: str) -> str:
    """The kind's headline for this case."""
    message = HEADLINES[kind][case]
    assert isinstance(message, Message)
    return voice.say(message, sender=voice.sender, **values)


def counted_headline(voice: Voice, kind: Kind, case: str, count: int) -> str:
    """One that depends on how many there are."""
    message = HEADLINES[kind][case]
    assert isinstance(message, Counted)
    return voice.count(message, count, sender=voice.sender)
