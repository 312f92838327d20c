"""docs/reference/phraseology.md shows the sentences that the code says."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from openline.phrases.alarms import ALARMS as EXPLAINED
from openline.phrases.phraseology import TABLES

SOURCE = Path(__file__).parents[3] / "src" / "openline"
DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "reference" / "phraseology.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"<!-- generated: ([a-z-]+) -->\n(.*?)\n<!-- end -->", PAGE, re.DOTALL))
ALARMS = (DOCS / "how-to" / "read-the-alarms.md").read_text(encoding="utf-8")


def test_every_table_stands_on_the_page_and_no_other() -> None:
    assert set(BLOCKS) == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_the_page_shows_what_is_said_today(name: str) -> None:
    assert BLOCKS[name] == TABLES[name](), "refresh it with: make docs"


def test_every_alarm_that_people_are_told_about_is_explained_in_their_language() -> None:
    rows = re.findall(r"^\| ([A-Z][A-Z ,]+[A-Z]) \|", ALARMS, re.MULTILINE)
    documented = {kind for row in rows for kind in row.split(", ")}
    assert "LINE SILENT" in documented
    assert documented <= set(EXPLAINED)


def capitals() -> Iterator[str]:
    """Every text of several words in capitals in the rooms that raise alarms: their kinds."""
    for room in ("node", "coordination", "running"):
        for path in (SOURCE / room).rglob("*.py"):
            for part in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield from re.findall(r"\A[A-Z]+(?: [A-Z]+)+\Z", part.value)


def test_every_alarm_that_a_node_can_raise_is_explained() -> None:
    found = set(capitals())
    assert "LINE SILENT" in found
    assert found <= set(EXPLAINED)
