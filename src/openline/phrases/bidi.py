"""In which order is it read? Text of both directions in one sentence, and text that may not steer it.

A value of another direction than its sentence is put between an isolate and its end (Unicode Standard Annex
9): a callsign, a time or a coordinate in an Arabic sentence is read as it was signed, and so is Arabic free
text in an English one.
"""

import html
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

LRI: Final = "\u2066"
RLI: Final = "\u2067"
FSI: Final = "\u2068"
PDI: Final = "\u2069"
ISOLATES: Final[Mapping[str, str]] = MappingProxyType(
    {LRI: '<bdi dir="ltr">', RLI: '<bdi dir="rtl">', FSI: "<bdi>", PDI: "</bdi>"}
)
"""LEFT-TO-RIGHT, RIGHT-TO-LEFT and FIRST STRONG ISOLATE, and what ends them; each with its HTML."""

_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})
_JOINERS: Final = frozenset("\u200c\u200d")
"""Persian and others cannot be written without them, and they turn nothing."""
_LINE_FEED: Final = "\n"


def isolated(value: str, is_rtl: bool) -> str:
    """The value, so that it and what stands around it do not disturb one another's order. is_rtl: the
    direction of the sentence.
    """
    has_rtl = any(map(_is_rtl, value))
    if not has_rtl:
        return f"{LRI}{value}{PDI}" if is_rtl else value
    # What is put together of isolated values has no strong character of its own to go by.
    is_sentence = is_rtl and PDI in value
    return f"{RLI if is_sentence else FSI}{value}{PDI}"


def _is_rtl(character: str) -> bool:
    return unicodedata.bidirectional(character) in _RIGHT_TO_LEFT


def legible(text: str) -> str:
    """What somebody wrote, without any character that is not seen or that turns the direction of others: each
    becomes U+FFFD. Line feeds stay.
    """
    return "".join(map(_legible, text))


def _legible(character: str) -> str:
    if character == _LINE_FEED or character in _JOINERS or character.isprintable():
        return character
    return " " if unicodedata.category(character) == "Zs" else "\N{REPLACEMENT CHARACTER}"


def bare(text: str) -> str:
    """Without the isolates."""
    return "".join(character for character in text if character not in ISOLATES)


def as_html(text: str) -> str:
    """Escaped, with the isolates as ``<bdi>``."""
    marked = "".join(ISOLATES.get(character, character) for character in html.escape(text))
    return marked.replace(_LINE_FEED, "<br>")
