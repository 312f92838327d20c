"""How does the page of paper look? As plain text, and as one self-contained HTML page to print on A4."""

import html
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from openline.aloud.alphabet import words_of
from openline.aloud.lines import KIND, MARK, NUMBER, SENDER, TIME, Spoken
from openline.aloud.plainly import in_words, value_in_words
from openline.aloud.reading import read_aloud

WIDTH: Final = 100
"""Columns of the plain text: it prints on A4 in any monospaced type of 10 point."""

HOW: Final = (
    "Read each line: its number, its label, its value group by group, then its check words. "
    "The other side types it and says at once whether the check holds. "
    "At the end read the check words of the whole. "
    "What was read counts as information until the sealed message has arrived."
)
_CHECK: Final = "check"


class Page(msgspec.Struct, frozen=True):
    """One message and to whom it is read."""

    message: Spoken
    receiver: str

    @property
    def title(self) -> str:
        it = self.message
        return f"{it.value(SENDER)} to {self.receiver}: {it.value(KIND)}, {it.value(NUMBER)}"


# Plain text


def as_text(pages: Sequence[Page]) -> str:
    """The pages one after the other, with a form feed between, so that a printer begins a new sheet."""
    return "\f".join("\n".join(_text_lines(page)) + "\n" for page in pages)


def _text_lines(page: Page) -> Iterable[str]:
    it = page.message
    yield f"{it.value(MARK)}   {page.title}"
    yield f"said {value_in_words(it.value(TIME) or '')}"
    yield "-" * WIDTH
    yield from in_words(it) or ["nothing beside its kind"]
    yield "-" * WIDTH
    yield from _wrapped(HOW)
    yield ""
    width = max(len(line.label) for line in it.lines)
    for line in it.lines:
        yield f"{line.number:>3}  {line.label:<{width}}  {line.value}"
        read = _wrapped(read_aloud(line.value), indent=7)
        yield from read
        yield f"       {_CHECK} {line.check}: {words_of(line.check)}"
    yield ""
    yield f"{len(it.lines)} lines.  Check of the whole {it.whole}: {words_of(it.whole)}"


def _wrapped(text: str, indent: int = 0) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) + 1 > WIDTH - indent:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return [" " * indent + line for line in lines]


# HTML


_STYLE: Final = """
@page { size: A4; margin: 14mm }
body { font: 11pt/1.35 "DejaVu Sans", Arial, sans-serif; color: #000; background: #fff;
  margin: 0 auto; max-width: 182mm }
article { break-after: page }
article:last-child { break-after: auto }
h1 { font-size: 16pt; margin: 0 }
.mark { float: right; border: 2pt solid #000; padding: 1mm 3mm; font-weight: bold }
.how { font-size: 9.5pt; border: 1pt solid #000; padding: 2mm 3mm }
.says { columns: 2; padding-left: 5mm; margin: 3mm 0 }
table { border-collapse: collapse; width: 100% }
tr { break-inside: avoid }
th { text-align: left; font-size: 9pt; border-bottom: 1.5pt solid #000 }
td { border-bottom: .4pt solid #777; padding: 1.2mm 1mm; vertical-align: top }
.value { font: bold 11pt "DejaVu Sans Mono", monospace; overflow-wrap: anywhere }
.read { font: 9.5pt/1.3 "DejaVu Sans", Arial, sans-serif; overflow-wrap: anywhere }
.check { font-weight: bold; white-space: nowrap }
.box { width: 5mm; height: 5mm; border: 1pt solid #000 }
.whole { font-size: 14pt; font-weight: bold; border: 2pt solid #000; padding: 2mm 3mm; margin: 4mm 0 }
.who { margin-top: 6mm }
.who span { display: inline-block; width: 48mm; border-bottom: .6pt solid #000 }
"""


def as_html(pages: Sequence[Page]) -> str:
    """One document, a sheet a message. It loads nothing and runs nothing."""
    title = html.escape(pages[0].title if len(pages) == 1 else f"{len(pages)} messages to be read aloud")
    body = "".join(map(_article, pages))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>\n"
    )


def _article(page: Page) -> str:
    it = page.message
    says = "".join(f"<li>{html.escape(line)}</li>" for line in in_words(it))
    rows = "".join(
        f"<tr><td>{line.number}</td><td>{html.escape(line.label)}</td>"
        f'<td class="value">{html.escape(line.value)}'
        f'<div class="read">{html.escape(read_aloud(line.value))}</div></td>'
        f'<td class="check">{line.check}<div class="read">{words_of(line.check)}</div></td>'
        '<td><div class="box"></div></td></tr>'
        for line in it.lines
    )
    return (
        f'<article><div class="mark">{it.value(MARK)}</div><h1>{html.escape(page.title)}</h1>'
        f"<p>said {html.escape(value_in_words(it.value(TIME) or ''))}</p>"
        f'<ul class="says">{says}</ul><p class="how">{HOW}</p>'
        "<table><thead><tr><th>line</th><th>label</th><th>value, and how it is read</th><th>check</th>"
        f"<th>held</th></tr></thead><tbody>{rows}</tbody></table>"
        f'<p class="whole">{len(it.lines)} lines. Check of the whole {it.whole}: {words_of(it.whole)}</p>'
        '<p class="who">read by <span></span> to <span></span> at (UTC) <span></span></p></article>'
    )
