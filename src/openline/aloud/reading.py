"""How is a value read aloud? Words that both sides know as words; digits in groups; else letter by letter."""

import re
from collections.abc import Iterator
from typing import Final

from openline.aloud.alphabet import WORD_OF
from openline.aloud.values import MEASURE, MOMENT, PLACE, UNIT_WORDS, heard

GROUP: Final = 3
"""Digits that are read in one breath."""

_MARKS: Final = {"-": "dash", ".": "decimal", "/": "slash", "_": "underline", ":": "colon"}
_HALVES: Final = {"N": "north", "S": "south", "E": "east", "W": "west"}
_A_WORD: Final = re.compile(r"([A-Z-]{4,}|YES|NO|NIL)(\d*)")


def read_aloud(value: str) -> str:
    """A value as it is read. A text is read as it stands; of what has neither word nor digit (another
    script), so is the character itself.
    """
    said = heard(value)
    moment, place, measure, word = (it.fullmatch(said) for it in (MOMENT, PLACE, MEASURE, _A_WORD))
    if moment:
        year, month, day, hour, minute, second, fraction = moment.groups()
        words = f"{year} {month} {day} Tango {hour} {minute} {second}"
        return f"{words} decimal {fraction}" if fraction else words
    if place:
        north, latitude, east, longitude = place.groups()
        return f"{_HALVES[north]} {_number(latitude)}, {_HALVES[east]} {_number(longitude)}"
    if measure:
        return f"{_number(measure[1])} {UNIT_WORDS[measure[2]]}"
    if word:
        return " ".join([word[1].lower(), *_groups(word[2])])
    if " " in value:
        return value
    return " ".join(_pieces(said))


def _number(digits: str) -> str:
    """The whole part in groups from its end, as thousands are read; the decimals from their start."""
    sign, whole, fraction = digits.startswith("-"), *digits.removeprefix("-").partition(".")[::2]
    words = [" ".join(_groups(whole[: len(whole) % GROUP])), *_groups(whole[len(whole) % GROUP :])]
    words += ["decimal", *_groups(fraction)] if fraction else []
    return " ".join(filter(None, ["minus" if sign else "", *words]))


def _pieces(value: str) -> Iterator[str]:
    for piece in re.findall(r"\d+|\D", value):
        if piece.isdigit():
            yield from _groups(piece)
        else:
            yield WORD_OF.get(piece) or _MARKS.get(piece, piece)


def _groups(digits: str) -> Iterator[str]:
    for start in range(0, len(digits), GROUP):
        yield digits[start : start + GROUP]
