"""The document's tables and diagrams are those of the code."""

import re
from pathlib import Path

import pytest

from openline.coordination.diagram import GENERATED

SPEC = Path(__file__).parents[3] / "docs" / "spec" / "line-protocol.md"
BLOCK = re.compile(r"<!-- generated: ([a-z-]+) -->\n(.*?)\n<!-- end -->", re.DOTALL)
BLOCKS = dict(BLOCK.findall(SPEC.read_text(encoding="utf-8")))


def test_every_table_of_the_code_stands_in_the_document_and_no_other() -> None:
    assert sorted(BLOCKS) == sorted(GENERATED)


@pytest.mark.parametrize("name", GENERATED)
def test_the_document_shows_the_table_that_the_code_follows(name: str) -> None:
    assert BLOCKS[name] == GENERATED[name](), "refresh it with: make docs"
