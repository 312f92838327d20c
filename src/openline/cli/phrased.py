"""Messages as sentences in the reader's language and units, for the terminal."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openline.bootstrap import Opened
    from openline.node.reading import Read
    from openline.phrases.phrase import Phrase
    from openline.phrases.reader import Reader


def reader_for(
    it: "Opened", language: str | None = None, units: str | None = None, coordinates: Any = None
) -> "Reader":
    """As the node's settings say, but for what is given. Raises Invalid as ``reader_of``."""
    from openline.phrases.reader import Preferences, in_units, reader_of

    together = in_units(units) if units else Preferences()
    return reader_of(it.settings.reader, together, Preferences(language=language, coordinates=coordinates))


def phrase_for(it: "Read", reader: "Reader") -> "Phrase":
    from openline.node.reading import Around
    from openline.phrases.kinds import phrase_of_fact

    entry, around = it.entry, Around(it.desk)
    return phrase_of_fact(it.fact, entry.kind, entry.sender, reader, around, taken_out=it.taken_out)


def print_phrase(phrase: "Phrase") -> None:
    """Phrases hold characters that order two directions, and none that could steer a terminal."""
    for line in phrase.text.split("\n"):
        print(f"  {line}")
