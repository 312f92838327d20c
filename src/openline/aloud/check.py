"""Which words show a slip? A check over a prime field for each line, and one from a hash for the whole.

Of a line's characters c1, c2, ... (``symbols``) the check is the sum of i * ci modulo a prime p. As p is
above every i, every ci and every difference of two of them, one wrong character and two that changed places
change it with certainty; as p is above length times largest character, so do one left out and one too many
(Varshamov and Tenengolts 1965). Anything else passes one line in 17,573, and then the whole once in
11,881,376.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from openline.aloud.alphabet import LETTERS, letters_of
from openline.errors import Invalid, LimitExceeded
from openline.journal.canonical import canonical

LINE_LETTERS: Final = 3
LINE_PRIME: Final = 17_573
"""The largest prime below 26 to the power of 3."""

OTHER_LETTERS: Final = 6
OTHER_PRIME: Final = 308_915_753
"""The largest prime below 26 to the power of 6: for lines with characters beyond ASCII."""

WHOLE_LETTERS: Final = 5
MAX_LINE_CHARS: Final = 180
"""Of number, label and value together. 180 * 95 is below the one prime, 180 * 0x10FFFF below the other."""

_BEFORE_ASCII: Final = 31  # the space would be 1
_CONTEXT: Final = "openline-spoken-v1"


def line_check(number: int, label: str, value: str) -> str:
    """The letters of one line. The label and the place of the line are checked with its value, so that a line
    in another's place is a slip, too.

    Raises LimitExceeded ``line-too-long``.
    """
    text = f"{number}/{label.upper()}/{value}"
    if len(text) > MAX_LINE_CHARS:
        raise LimitExceeded(
            "line-too-long",
            f"a line to be read aloud has at most {MAX_LINE_CHARS} characters",
            field=label,
            clause="MAX_LINE_CHARS",
        )
    symbols = [ord(mark) for mark in text]
    if all(_BEFORE_ASCII < symbol < 127 for symbol in symbols):
        return letters_of(_weighted(symbol - _BEFORE_ASCII for symbol in symbols) % LINE_PRIME, LINE_LETTERS)
    return letters_of(_weighted(symbols) % OTHER_PRIME, OTHER_LETTERS)


def _weighted(symbols: Iterable[int]) -> int:
    return sum(place * symbol for place, symbol in enumerate(symbols, start=1))


def whole_check(lines: Sequence[tuple[str, str]]) -> str:
    """The letters of the whole: SHA-256 over the canonical JSON of [context, [label, value], ...], its first
    eight bytes modulo 26 to the power of 5.
    """
    said = [_CONTEXT, *([label, value] for label, value in lines)]
    digest = hashlib.sha256(canonical(said)).digest()
    return letters_of(int.from_bytes(digest[:8], "big") % len(LETTERS) ** WHOLE_LETTERS, WHOLE_LETTERS)


def slip(what: str, heard: str, label: str) -> Invalid:
    """The error of a check that does not hold."""
    return Invalid(
        "slip",
        f"{what} was not heard or typed as it was read: its check is not {heard or 'given'}",
        field=label,
        remedy="have it read once more, with its check words",
    )
