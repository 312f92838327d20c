"""What comes of it: one message as a headline and labelled lines, as text and as HTML."""

from typing import Any

import msgspec

from openline.phrases.bidi import as_html, isolated
from openline.phrases.catalogue import Language, Message, Words

LABELLED = Message("layout", "{label}: {value}")


class Line(msgspec.Struct, frozen=True):
    """One labelled value. translated: False for what a person wrote, which stands as it was written."""

    label: str
    value: str
    translated: bool = True


class Phrase(msgspec.Struct, frozen=True, kw_only=True):
    """A message in one language. title: the name of its kind. direction: ``ltr`` or ``rtl``. Texts hold the
    isolates of openline.phrases.bidi.
    """

    language: Language
    direction: str
    title: str
    headline: str
    lines: tuple[Line, ...] = ()

    @property
    def text(self) -> str:
        """The headline, and below it a line each. What a person wrote on several lines goes on indented, so
        that none of it looks like a line of ours.
        """
        words = Words(self.language)
        shown = [self.headline]
        for line in self.lines:
            first, *others = line.value.split("\n")
            shown.append(words.say(LABELLED, label=line.label, value=first))
            shown += [f"    {isolated(other, words.is_rtl)}" for other in others]
        return "\n".join(shown)

    def as_dict(self) -> dict[str, Any]:
        """For JSON: what a page needs to build it itself, and the whole as text."""
        return {**msgspec.to_builtins(self), "text": self.text}

    @property
    def html(self) -> str:
        """A fragment that may stand in a page of any language and direction."""
        lines = "".join(map(_line_html, self.lines))
        head = f'<section lang="{self.language}" dir="{self.direction}"><p>{as_html(self.headline)}</p>'
        return f"{head}<dl>{lines}</dl></section>"


def _line_html(line: Line) -> str:
    # What a person wrote is in a language that nobody has named, and no translator may touch it.
    marks = "" if line.translated else ' lang="" dir="auto" translate="no" class="not-translated"'
    return f"<dt>{as_html(line.label)}</dt><dd{marks}>{as_html(line.value)}</dd>"
