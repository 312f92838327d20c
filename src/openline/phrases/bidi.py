"""In which order is it read? Text of both directions in one sentence, and text that may not steer it.

A value of another direction than its sentence is put between FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE
(Unicode Standard Annex 9): a callsign, a time or a coordinate in an Arabic sentence is read as it was signed,
and so is Arabic free text in an English one.
"""

import html
import unicodedata
from typing import Final

FSI: Final = "\u2068"
PDI: Final = "\u2069"

_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})
_JOINERS: Final = frozenset("\u200c\u200d")
"""Persian and others cannot be written without them, and they turn nothing."""
_LINE_FEED: Final = "\n"


def isolated(value: str, is_rtl: bool) -> str:
    """The value, so that it and what stands around it do not disturb one another's order. is_rtl: the
    direction of the sentence.
    """
    return f"{FSI}{value}{PDI}" if is_rtl or any(map(_is_rtl, value)) else value


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


def as_html(text: str) -> str:
    """Escaped, with the isolates as ``<bdi>``."""
    marked = html.escape(text).replace(FSI, "<bdi>").replace(PDI, "</bdi>")
    return marked.replace(_LINE_FEED, "<br>")
