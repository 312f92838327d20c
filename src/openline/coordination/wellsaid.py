"""What must hold of a call or a conversation by itself, beyond its fields' bounds. What fails is answered
LRM.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from openline.accord.terms import Accord
from openline.coordination.calls import (
    Alert,
    Assistance,
    Assisting,
    Close,
    Emergency,
    Identify,
    Readback,
    Taken,
)
from openline.coordination.calls import ReadValue as Value
from openline.coordination.conversation import FreeText, Minutes, Talk, TalkAct
from openline.coordination.fields import Where
from openline.errors import Invalid

_LINE_FEED = "\n"
_UNSEEN = frozenset({"Cc", "Cs", "Co"})
_STEERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
"""Characters that turn the direction of what follows: they could make a text read otherwise than it is
signed.
"""


def check_said(body: msgspec.Struct, accord: Accord) -> None:
    """Raises Invalid with field and clause."""
    for check in _CHECKS.get(type(body), ()):
        check(body)
    for field, text in _TEXTS.get(type(body), _no_texts)(body):
        _check_text(text, field, accord)


def _by_a_person(body: Any) -> None:
    """An automaton takes nothing in hand, and understands nothing."""
    if body.officer.automaton:
        raise Invalid("automaton", "only a person may say this", field="officer.automaton", clause="duty")


def _placed(body: Any) -> None:
    if body.where is not None:
        _check_place(body.where)


def _check_place(where: Where) -> None:
    if where.lower_dmm is not None and where.upper_dmm is not None and where.lower_dmm > where.upper_dmm:
        raise Invalid("altitudes-upside-down", "its lower limit is above its upper", field="where.lower_dmm")
    if where.from_ms is not None and where.until_ms is not None and where.from_ms > where.until_ms:
        raise Invalid("times-upside-down", "it ends before it begins", field="where.until_ms")


def _check_talk(talk: Talk) -> None:
    """A first proposal cites nothing; every other act cites the one before it."""
    is_first, names_time = talk.act is TalkAct.PROPOSE, talk.act in (TalkAct.PROPOSE, TalkAct.MOVE)
    if is_first is not (talk.follows is None):
        raise Invalid("citation-wrong", "only a first proposal follows nothing", field="follows")
    if names_time is not (talk.start_ms is not None):
        raise Invalid(
            "time-wrong", "who proposes or moves a talk says when, and nobody else", field="start_ms"
        )
    if is_first and talk.duration_ms is None:
        raise Invalid("duration-missing", "a proposal says how long the talk is", field="duration_ms")
    if not names_time and (talk.duration_ms is not None or talk.agenda):
        raise Invalid("nothing-to-change", "only who proposes or moves a talk may change it", field="agenda")


def _check_values(readback: Readback) -> None:
    for number, value in enumerate(readback.values):
        _check_value(value, f"values[{number}]")


def _check_value(value: Value, field: str) -> None:
    is_position = value.latitude_e9 is not None and value.longitude_e9 is not None
    half = is_position is not (value.latitude_e9 is not None or value.longitude_e9 is not None)
    if half or sum((is_position, value.time_ms is not None, value.height_dmm is not None)) != 1:
        raise Invalid("value-unclear", "a value is one position, one time or one height", field=field)


def _no_texts(_: Any) -> Iterable[tuple[str, str]]:
    return ()


def _own_text(body: Any) -> Iterable[tuple[str, str]]:
    return () if body.text is None else (("text", body.text),)


def _of_agenda(talk: Talk) -> Iterator[tuple[str, str]]:
    for number, point in enumerate(talk.agenda):
        if point.text is not None:
            yield f"agenda[{number}].text", point.text


def _of_items(minutes: Minutes) -> Iterator[tuple[str, str]]:
    for number, item in enumerate(minutes.items):
        yield f"items[{number}].text", item.text


def _check_text(text: str, field: str, accord: Accord) -> None:
    if not accord.free_text:
        raise Invalid(
            "free-text-off", "the accord has switched free text off", field=field, clause="free-text"
        )
    is_plain = text.isascii() and text.isprintable()
    if not text.strip() or not (is_plain or not any(map(_is_hidden, text))):
        raise Invalid("not-a-text", "it has to be text that people can read", field=field, clause="free-text")


def _is_hidden(character: str) -> bool:
    if character == _LINE_FEED:
        return False
    return character in _STEERING or unicodedata.category(character) in _UNSEEN or _is_none(character)


def _is_none(character: str) -> bool:
    """A noncharacter (Unicode 23.7). What is merely not assigned yet is a matter of the Unicode version that
    a node was made with: judged by that, one node would reject what the other holds.
    """
    return 0xFDD0 <= ord(character) <= 0xFDEF or ord(character) & 0xFFFE == 0xFFFE


_CHECKS: Final[Mapping[type, tuple[Callable[[Any], None], ...]]] = {
    Emergency: (_placed,),
    Assistance: (_placed,),
    Alert: (_placed,),
    Identify: (_placed,),
    Taken: (_by_a_person,),
    Close: (_by_a_person,),
    Readback: (_by_a_person, _check_values),
    Minutes: (_by_a_person,),
    Talk: (_check_talk,),
}
_TEXTS: Final[Mapping[type, Callable[[Any], Iterable[tuple[str, str]]]]] = {
    **dict.fromkeys((Emergency, Assistance, Assisting, Alert, FreeText), _own_text),
    Talk: _of_agenda,
    Minutes: _of_items,
}
"""Every free text in a body, with where it stands."""
