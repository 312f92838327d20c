"""In which words is it said? Sentences by context and English text, and their translations.

The English text of a sentence is its key; ``locale/<language>/LC_MESSAGES/openline.po`` has the others
(gettext). They are read when a language is first asked for and kept: no compiled file has to be made, shipped
or kept equal to its source.
"""

import gettext
import io
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from openline.phrases.bidi import isolated

DOMAIN: Final = "openline"
LOCALE: Final = Path(__file__).parent / "locale"


class Language(StrEnum):
    """The languages that are spoken: those of ICAO."""

    ENGLISH = "en"
    RUSSIAN = "ru"
    ARABIC = "ar"
    FRENCH = "fr"
    SPANISH = "es"
    CHINESE = "zh"


SOURCE: Final = Language.ENGLISH
"""The language that the sentences are written in; it needs no catalogue."""
TRANSLATED: Final = tuple(language for language in Language if language is not SOURCE)
RIGHT_TO_LEFT: Final = frozenset({Language.ARABIC})


class Message(msgspec.Struct, frozen=True):
    """A whole sentence or label. context: what it is used for, so that one English word may have several
    translations. Its values stand in it by name: ``{sender}``.
    """

    context: str
    text: str


class Counted(msgspec.Struct, frozen=True):
    """A sentence that depends on a ``{count}``: in English one of two, elsewhere one of up to six."""

    context: str
    one: str
    many: str


def catalogue_path(language: Language) -> Path:
    return LOCALE / language.value / "LC_MESSAGES" / f"{DOMAIN}.po"


@cache
def _translations(language: Language) -> gettext.NullTranslations:
    if language is SOURCE:
        return gettext.NullTranslations()
    # only here: what reads catalogues loads slowly, and English needs none
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with catalogue_path(language).open("rb") as file:
        catalogue = read_po(file, locale=language.value, domain=DOMAIN, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)  # fuzzy and empty ones are left out, and English stands in
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


class Words:
    """One language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.is_rtl = language in RIGHT_TO_LEFT
        self._translations = _translations(language)

    @property
    def direction(self) -> str:
        """As HTML's ``dir`` has it."""
        return "rtl" if self.is_rtl else "ltr"

    def template(self, message: Message) -> str:
        """The sentence with its values still by name."""
        return self._translations.pgettext(message.context, message.text)

    def counted(self, message: Counted, count: int) -> str:
        """The form for that many, with its values still by name."""
        return self._translations.npgettext(message.context, message.one, message.many, count)

    def say(self, message: Message, /, **values: str) -> str:
        return self._filled(self.template(message), values)

    def count(self, message: Counted, count: int, shown: str, /, **values: str) -> str:
        """shown: the count as a number of this language."""
        return self._filled(self.counted(message, count), {"count": shown, **values})

    def _filled(self, template: str, values: Mapping[str, str]) -> str:
        return template.format(**{name: isolated(value, self.is_rtl) for name, value in values.items()})
