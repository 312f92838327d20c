"""Writes the generated blocks of docs/spec/line-protocol.md anew, from the tables that the code follows.

A block begins with ``<!-- generated: NAME -->`` and ends with ``<!-- end -->``. Run by ``make docs``.
"""

import re
from pathlib import Path

from openline.coordination.diagram import GENERATED

SPEC = Path(__file__).parent / "spec" / "line-protocol.md"
BLOCK = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(\n?<!-- end -->)", re.DOTALL)


def refreshed(text: str) -> str:
    """The document with every block as the code has it now."""
    return BLOCK.sub(lambda found: f"{found[1]}{GENERATED[found[2]]()}\n<!-- end -->", text)


if __name__ == "__main__":
    SPEC.write_text(refreshed(SPEC.read_text(encoding="utf-8")), encoding="utf-8")
