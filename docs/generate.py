"""Writes the generated blocks of the documents anew, from the tables that the code follows.

A block begins with ``<!-- generated: NAME -->`` and ends with ``<!-- end -->``. Run by ``make docs``.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from openline.coordination.diagram import GENERATED
from openline.phrases.phraseology import TABLES

DOCS = Path(__file__).parent
PAGES: Mapping[Path, Mapping[str, Callable[[], str]]] = {
    DOCS / "spec" / "line-protocol.md": GENERATED,
    DOCS / "reference" / "phraseology.md": TABLES,
}
BLOCK = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(\n?<!-- end -->)", re.DOTALL)


def refreshed(text: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """The document with every block as the code has it now."""
    return BLOCK.sub(lambda found: f"{found[1]}{tables[found[2]]()}\n<!-- end -->", text)


if __name__ == "__main__":
    for page, tables in PAGES.items():
        page.write_text(refreshed(page.read_text(encoding="utf-8"), tables), encoding="utf-8")
