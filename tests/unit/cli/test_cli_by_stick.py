"""The line by command line where no network runs: sticks, pages, and what is typed from the telephone."""

import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from unit.cli.by_hand import EASTBOUND, NORTHBOUND, Centre, Done, found_centres, written

WHO = ("--position", "watch", "--pseudonym", "owl")


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Centre, Centre, Path]:
    root = tmp_path_factory.mktemp("centres")
    return (*found_centres(root), root)


@pytest.fixture
def centres(tmp_path: Path) -> tuple[Centre, Centre]:
    return found_centres(tmp_path)


def test_a_whole_settlement_by_stick(centres: tuple[Centre, Centre], tmp_path: Path) -> None:
    alpha, bravo = centres
    stick = tmp_path / "stick"
    alpha.ok("file", written(tmp_path / "east.geojson", EASTBOUND))
    assert alpha.ok("line", "export", stick)["messages"] == 1
    bravo.ok("line", "import", stick)
    bravo.ok("file", written(tmp_path / "north.geojson", NORTHBOUND))
    bravo.ok("line", "export", stick)
    alpha.ok("line", "import", stick)
    (conflict,) = alpha.ok("conflicts", "--open")
    alpha.ok("coordinate", "accept", conflict["conflict_id"])
    assert alpha.ok("line", "export", stick)["messages"] > 0
    bravo.ok("line", "import", stick)
    alpha.ok("line", "import", stick)
    ends = [centre.ok("line", "status")[0] for centre in (alpha, bravo)]
    assert ends[0]["root"] == ends[1]["root"]
    assert ends[0]["digest"] == ends[1]["digest"]
    assert [end["conflicts"]["agreed"] for end in ends] == [1, 1]


def test_one_file_and_what_people_are_told(founded: tuple[Centre, Centre, Path]) -> None:
    alpha, bravo, root = founded
    alpha.ok("line", "check", *WHO)
    out = alpha("line", "export", root / "one.olb")
    assert (out.code, out.err) == (0, "")
    assert "1 message(s) for bravo in 1 file(s)" in out.out
    again = alpha("line", "export", root / "one.olb", "--json")
    assert (again.code, again.fault["code"]) == (1, "target-exists")
    taken = bravo("line", "import", root / "one.olb", "--answer", root / "back")
    assert taken.code == 0
    assert "from alpha: 1 new message(s), 0 known" in taken.out
    assert "carry it back" in taken.out


def test_a_damaged_stick_ends_with_the_code_of_its_fault_and_says_what_is_missing(
    founded: tuple[Centre, Centre, Path], tmp_path: Path
) -> None:
    alpha, bravo, _ = founded
    for _ in range(2):
        alpha.ok("line", "check", *WHO)
    (name,) = [it["name"] for it in alpha.ok("line", "export", tmp_path)["files"]]
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[:-100])
    done = bravo("line", "import", tmp_path)
    assert done.code == 3
    assert "batch-truncated" in done.out
    assert "MISSING: urgent" in done.out


# The page and the call


def page(centre: Centre) -> dict[str, Any]:
    """Of the last urgent message."""
    number = centre.ok("line", "status")[0]["lanes"]["urgent"]["said"]
    (made,) = centre.ok("line", "paper", "--number", number)
    return made


def typed(made: dict[str, Any], **changes: str) -> list[str]:
    lines = [
        f"{it['label']} | {changes.get(it['label'].replace('-', '_'), it['value'])} | {it['check']}"
        for it in made["lines"]
    ]
    return [*lines, f"whole | {made['whole']}"]


def test_what_is_read_from_a_page_is_typed_shown_and_verified(
    centres: tuple[Centre, Centre], tmp_path: Path
) -> None:
    alpha, bravo = centres
    alpha.ok("accord", "suspend", "--reason", "weather")
    call = tmp_path / "call.txt"
    call.write_text("# as it was read\n\n" + "\n".join(typed(page(alpha))))
    entered = bravo.ok("line", "enter", "--file", call, *WHO)
    assert (entered["state"], entered["kind"], entered["whole"]) == ("unverified", "SUSPEND", True)
    assert "TELEPHONED UNVERIFIED" in bravo("alarms").out
    assert "UNVERIFIED" in bravo("line", "telephoned").out
    alpha.ok("line", "export", tmp_path / "stick")
    bravo.ok("line", "import", tmp_path / "stick")
    assert [it["state"] for it in bravo.ok("line", "telephoned")] == ["verified"]
    assert bravo.ok("alarms") == []


def test_a_slip_is_refused_by_the_line_that_has_it(centres: tuple[Centre, Centre]) -> None:
    alpha, bravo = centres
    alpha.ok("accord", "suspend", "--reason", "weather")
    lines = typed(page(alpha), reason="workload")
    done = bravo("line", "enter", *WHO, *(part for line in lines for part in ("--line", line)), "--json")
    assert (done.code, done.fault["code"], done.fault["field"]) == (2, "slip", "reason")
    assert bravo.ok("line", "telephoned") == []


def test_a_difference_is_shown_side_by_side_and_set_aside_by_an_officer(
    centres: tuple[Centre, Centre], tmp_path: Path
) -> None:
    """The page was of another message than the one that came."""
    alpha, bravo = centres
    alpha.ok("accord", "suspend", "--reason", "weather")
    made = page(alpha)
    lines = typed(made)[:-2] if made["lines"][-1]["label"] == "reason" else []
    from openline.aloud.lines import Line

    number = len(lines) + 1
    lines.append(f"reason | workload | {Line(number, 'reason', 'workload').check}")
    parts = [part for line in lines for part in ("--line", line)]
    assert bravo.ok("line", "enter", *WHO, *parts)["whole"] is False
    alpha.ok("line", "export", tmp_path / "stick")
    bravo.ok("line", "import", tmp_path / "stick")
    shown = bravo("line", "telephoned").out
    assert "DIFFERS" in shown
    assert re.search(r"reason\s+workload\s+weather", shown)
    assert "TELEPHONED DIFFERS" in bravo("alarms").out
    bravo.ok("line", "set-aside", 1, *WHO)
    assert bravo.ok("alarms") == []
    assert bravo("line", "set-aside", 7, *WHO).code == 4


def asked(centre: Centre, answers: list[str], monkeypatch: pytest.MonkeyPatch) -> Done:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(answers) + "\n"))
    return centre("line", "enter", *WHO, "--json")


def answers_of(made: dict[str, Any]) -> Iterator[str]:
    """Labels are asked for only behind the heading."""
    for it in made["lines"]:
        if not it["label"].startswith("the-"):
            yield it["label"]
        yield it["value"]
        yield it["check"]
    yield ""


def test_line_by_line_it_asks_again_until_the_check_holds(
    centres: tuple[Centre, Centre], monkeypatch: pytest.MonkeyPatch
) -> None:
    alpha, bravo = centres
    alpha.ok("line", "check", *WHO)
    made = page(alpha)
    wrong = ["REAL", made["lines"][0]["check"]]
    done = asked(bravo, [*wrong, *answers_of(made), "AAAAA", made["whole"]], monkeypatch)
    assert done.code == 0, done.err
    assert json.loads(done.out)["whole"] is True
    assert "line 1, the-mark was not heard or typed as it was read" in done.err
    assert "it does not hold" in done.err


def test_a_call_that_breaks_off_is_kept_as_far_as_it_was_heard(
    centres: tuple[Centre, Centre], monkeypatch: pytest.MonkeyPatch
) -> None:
    alpha, bravo = centres
    alpha.ok("line", "check", *WHO)
    answers = [*list(answers_of(page(alpha)))[:17], "", ""]
    done = asked(bravo, answers, monkeypatch)
    assert done.code == 0, done.err
    assert json.loads(done.out)["whole"] is False
    assert "The call broke off" in bravo("alarms").out


def test_the_page_prints_as_text_and_as_one_file_that_loads_nothing(
    founded: tuple[Centre, Centre, Path], tmp_path: Path
) -> None:
    alpha, _, _ = founded
    alpha.ok("line", "check", *WHO)
    text = alpha("line", "paper").out
    assert "Check of the whole" in text
    alpha.ok("line", "paper", "--html", tmp_path / "page.html")
    html = (tmp_path / "page.html").read_text()
    assert not re.search(r"<script|src=|href=|url\(|@import|http", html)
    assert html.count("<article>") == text.count("Check of the whole")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--number", "99"), "no-such-entry"),
        (("--number", "1", "--lane", "nosuch"), "no-such-lane"),
    ],
)
def test_a_page_of_nothing_is_refused(
    arguments: tuple[str, ...], code: str, founded: tuple[Centre, Centre, Path]
) -> None:
    assert founded[0]("line", "paper", *arguments, "--json").fault["code"] == code


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("no bars at all", "bad-line"),
        ("the-mark | EXERCISE", "bad-line"),
        ("the-seal | X | AAA", "out-of-order"),
    ],
)
def test_a_line_that_is_none_is_refused(line: str, code: str, founded: tuple[Centre, Centre, Path]) -> None:
    assert founded[1]("line", "enter", *WHO, "--line", line, "--json").fault["code"] == code
