"""What a kind's own words are made into: a headline, and its lines."""

from collections.abc import Iterable
from typing import TypeAlias

from openline.coordination.messages import Kind
from openline.phrases.catalogue import Counted
from openline.phrases.headlines import ALWAYS, HEADLINES
from openline.phrases.phrase import Line
from openline.phrases.voice import Voice

Content: TypeAlias = tuple[str, Iterable[Line]]


def headline(voice: Voice, kind: Kind, case: str = ALWAYS, /, count: int = 1, **values: str) -> str:
    """The kind's headline for this case. count: of a headline that depends on one."""
    message = HEADLINES[kind][case]
    if isinstance(message, Counted):
        return voice.count(message, count, sender=voice.sender, **values)
    return voice.say(message, sender=voice.sender, **values)
