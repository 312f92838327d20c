"""With which words is a letter said? Those of the ICAO spelling alphabet (Annex 10, volume II, 5.2.1.3),
which every controller knows by heart, whatever his language. They are the list that check words are taken
from, too.
"""

from typing import Final

WORDS: Final = (
    "Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliett", "Kilo",
    "Lima", "Mike", "November", "Oscar", "Papa", "Quebec", "Romeo", "Sierra", "Tango", "Uniform", "Victor",
    "Whiskey", "X-ray", "Yankee", "Zulu",
)  # fmt: skip
"""In the order of their letters, which are their first ones."""

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WORD_OF: Final = dict(zip(LETTERS, WORDS, strict=True))
_ELSEWHERE: Final = {"ALPHA": "A", "JULIET": "J", "WHISKY": "W", "XRAY": "X"}
_LETTER_OF: Final = {word.upper(): letter for letter, word in WORD_OF.items()} | _ELSEWHERE


def letters_of(number: int, count: int) -> str:
    """A number below 26 to the power of ``count`` as so many letters, the weightiest first."""
    found = ""
    for _ in range(count):
        number, digit = divmod(number, len(LETTERS))
        found = LETTERS[digit] + found
    return found


def words_of(letters: str) -> str:
    return " ".join(WORD_OF[letter] for letter in letters)


def letters_heard(text: str) -> str:
    """What somebody has typed for check words: the letters, or the words themselves, in any case and with any
    spaces.
    """
    return "".join(_LETTER_OF.get(part, part) for part in text.upper().split())
