"""docs/security.md: every test that it names exists, every row names one, and no attack is missing."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))
ATTACKS = sorted((ROOT / "tests" / "attack").glob("test_*.py"))


def names_in(path: Path) -> set[str]:
    """The test functions of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {it.name for it in tree.body if isinstance(it, ast.FunctionDef) and it.name.startswith("test_")}


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_every_test_that_the_page_names_is_there(file: str, name: str) -> None:
    assert name in names_in(ROOT / file)


@pytest.mark.parametrize("path", ATTACKS, ids=lambda path: path.name)
def test_every_attack_that_is_tried_is_on_the_page(path: Path) -> None:
    file = str(path.relative_to(ROOT))
    assert names_in(path) <= {name for named, name in NAMED if named == file}


def test_every_threat_has_a_test_that_shows_what_happens() -> None:
    threats = PAGE[PAGE.index("## A hostile partner") : PAGE.index("## Fuzzing")]
    rows = [line for line in threats.splitlines() if line.startswith("| ") and "shown by" not in line]
    assert len(rows) > 40
    assert not [row for row in rows if "::" not in row]
