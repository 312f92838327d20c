"""Which sentences are there to translate? The catalogues, made from the code: ``make catalogues``.

It writes ``locale/openline.pot`` anew and brings every ``openline.po`` up to it: new sentences come in empty,
and nothing is guessed. A test holds the template against the code, and fails for what is empty or fuzzy.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from openline.phrases.catalogue import DOMAIN, LOCALE, TRANSLATED, Language, catalogue_path

TEMPLATE: Final = LOCALE / f"{DOMAIN}.pot"
ROOM: Final = Path(__file__).parent
WIDTH: Final = 110

_KEYWORDS: Final = {"Message": ((1, "c"), 2), "Counted": ((1, "c"), 2, 3)}
_ABOUT: Final = "Written by make catalogues; see docs/how-to/add-a-language.md"
_NAMES: Final = {
    Language.RUSSIAN: "Russian",
    Language.ARABIC: "Arabic",
    Language.FRENCH: "French",
    Language.SPANISH: "Spanish",
    Language.CHINESE: "Chinese (simplified)",
}


def template() -> bytes:
    """The template as the code has it now."""
    catalogue = Catalog(domain=DOMAIN)
    for text, context in sorted(_sentences(), key=lambda it: (it[1], str(it[0]))):
        catalogue.add(text, context=context)
    return f"# The sentences of Openline. {_ABOUT}\n\n".encode() + _written(catalogue)


def _sentences() -> Iterator[tuple[str | tuple[str, ...], str]]:
    found = extract_from_dir(ROOM, method_map=[("**.py", "python")], keywords=_KEYWORDS)
    for _, _, text, _, context in found:
        assert context is not None
        yield text, context


def refreshed(language: Language, wanted: bytes) -> bytes:
    """The language's catalogue with the sentences of this template, in its order: those that are gone go, new
    ones are empty.
    """
    with catalogue_path(language).open("rb") as file:
        catalogue = read_po(file, locale=language.value, domain=DOMAIN, abort_invalid=True)
    catalogue.update(read_po(io.BytesIO(wanted), domain=DOMAIN), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return _header(catalogue, language) + _written(catalogue)


def _header(catalogue: Catalog, language: Language) -> bytes:
    """What a reader of the file needs, and no date: the same sentences are the same bytes."""
    fields = (
        f"Language: {language.value}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        f"Plural-Forms: {catalogue.plural_forms}",
    )
    lines = [f"# Openline in {_NAMES[language]}. {_ABOUT}", 'msgid ""', 'msgstr ""']
    return "\n".join([*lines, *(f'"{field}\\n"' for field in fields), "", ""]).encode()


def _written(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    write_po(out, catalogue, width=WIDTH, omit_header=True, no_location=True)
    return out.getvalue()


if __name__ == "__main__":
    made = template()
    TEMPLATE.write_bytes(made)
    for language in TRANSLATED:
        catalogue_path(language).write_bytes(refreshed(language, made))
