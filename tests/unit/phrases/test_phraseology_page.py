"""docs/reference/phraseology.md shows the sentences that the code says."""

import re
from pathlib import Path

import pytest

from openline.phrases.phraseology import TABLES

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
    from openline.phrases.alarms import ALARMS as EXPLAINED

    rows = re.findall(r"^\| ([A-Z][A-Z ,]+[A-Z]) \|", ALARMS, re.MULTILINE)
    documented = {kind for row in rows for kind in row.split(", ")}
    assert "LINE SILENT" in documented
    assert documented <= set(EXPLAINED)
