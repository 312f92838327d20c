"""The document's tables and diagrams are those of the code."""

import re
from pathlib import Path

import pytest

from openline.coordination.diagram import GENERATED
from openline.coordination.meanings import ANYWHERE, IN_BODY
from openline.coordination.messages import BODIES

SPEC = Path(__file__).parents[3] / "docs" / "spec" / "line-protocol.md"
BLOCK = re.compile(r"<!-- generated: ([a-z-]+) -->\n(.*?)\n<!-- end -->", re.DOTALL)
BLOCKS = dict(BLOCK.findall(SPEC.read_text(encoding="utf-8")))


def test_every_table_of_the_code_stands_in_the_document_and_no_other() -> None:
    assert sorted(BLOCKS) == sorted(GENERATED)


@pytest.mark.parametrize("name", GENERATED)
def test_the_document_shows_the_table_that_the_code_follows(name: str) -> None:
    assert BLOCKS[name] == GENERATED[name](), "refresh it with: make docs"


def test_no_meaning_is_said_of_a_field_that_is_not_there() -> None:
    """That every field has one, writing the table shows."""
    parts = re.split(r"^\*\*`?(\w+)`?\*\*.*$", BLOCKS["fields"], flags=re.MULTILINE)[1:]
    classes = {kind.value: body.__name__ for kind, body in BODIES.items()}
    there = {
        (classes.get(title, title), field)
        for title, rows in zip(parts[::2], parts[1::2], strict=True)
        for field in re.findall(r"^\| `(\w+)`", rows, flags=re.MULTILINE)
    }
    said = {(body, field) for body, meanings in IN_BODY.items() for field in meanings}
    assert said <= there
    assert {field for _, field in there - said} == set(ANYWHERE)
