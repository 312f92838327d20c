"""What must hold of a call or a conversation by itself, beyond its fields' bounds. What fails is answered
LRM.
"""

import unicodedata
from collections.abc import Iterator

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

BY_A_PERSON = (Taken, Close, Readback, Minutes)
"""What only a person may say: an automaton takes nothing in hand, and understands nothing."""

_PLACED = (Emergency, Assistance, Alert, Identify)
_LINE_FEED = "\n"
_UNSEEN = frozenset({"Cc", "Cs", "Co"})
_STEERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
"""Characters that turn the direction of what follows: they could make a text read otherwise than it is
signed.
"""


def check_said(body: msgspec.Struct, accord: Accord) -> None:
    """Raises Invalid with field and clause."""
    if isinstance(body, BY_A_PERSON) and body.officer.automaton:
        raise Invalid("automaton", "only a person may say this", field="officer.automaton", clause="duty")
    if isinstance(body, _PLACED) and body.where is not None:
        _check_place(body.where)
    elif isinstance(body, Talk):
        _check_talk(body)
    elif isinstance(body, Readback):
        for number, value in enumerate(body.values):
            _check_value(value, f"values[{number}]")
    for field, text in _texts(body):
        _check_text(text, field, accord)


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


def _check_value(value: Value, field: str) -> None:
    is_position = value.latitude_e9 is not None and value.longitude_e9 is not None
    half = is_position is not (value.latitude_e9 is not None or value.longitude_e9 is not None)
    if half or sum((is_position, value.time_ms is not None, value.height_dmm is not None)) != 1:
        raise Invalid("value-unclear", "a value is one position, one time or one height", field=field)


def _texts(body: msgspec.Struct) -> Iterator[tuple[str, str]]:
    """Every free text in a body, with where it stands."""
    if isinstance(body, Emergency | Assistance | Assisting | Alert | FreeText) and body.text is not None:
        yield "text", body.text
    if isinstance(body, Talk):
        for number, point in enumerate(body.agenda):
            if point.text is not None:
                yield f"agenda[{number}].text", point.text
    elif isinstance(body, Minutes):
        for number, item in enumerate(body.items):
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
