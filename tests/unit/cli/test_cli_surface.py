"""What is true of every verb: help that teaches, a whole reference, exit codes, quick and quiet ends."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

from openline.cli import run as running
from openline.cli.exits import Exit, exit_of, exit_of_word
from openline.cli.given import MinimaName
from openline.cli.operations import StateWord
from openline.cli.output import say
from openline.cli.reference import reference, verbs
from openline.cli.resting import ReasonWord
from openline.errors import (
    Invalid,
    LimitExceeded,
    NotFound,
    OpenlineError,
    Refused,
    Unavailable,
    Unverifiable,
)
from unit.cli.by_hand import openline

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "docs/reference/cli.md"
HEAVY = {
    "numpy",
    "shapely",
    "pyproj",
    "sqlalchemy",
    "cryptography",
    "msgspec",
    "uvicorn",
    "starlette",
    "httpx",
}
VERBS = dict(verbs())


def imported_by(*arguments: str) -> set[str]:
    program = (
        "import sys; from openline.cli.run import run; run(sys.argv[1:]);"
        "print('\\n' + ' '.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    assert "Usage:" in done.stdout
    return {name.split(".")[0] for name in done.stderr.split()}


@pytest.mark.parametrize("arguments", [("--help",), ("accord", "propose", "--help"), ("journal", "--help")])
def test_help_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    modules = imported_by(*arguments)
    assert "openline" in modules
    assert modules & HEAVY == set()


def test_the_reference_is_what_the_verbs_say_today() -> None:
    assert REFERENCE.read_text() == reference(), (
        "run: python -m openline.cli.reference > docs/reference/cli.md"
    )


@pytest.mark.parametrize("path", VERBS)
def test_every_verb_and_option_is_in_the_reference(path: str) -> None:
    section = REFERENCE.read_text().split(f"\n## `{path}`\n")[1].split("\n## ")[0]
    for parameter in VERBS[path].params:
        for name in parameter.opts if parameter.name != "help" else ():
            assert name in section or not name.startswith("-"), name


@pytest.mark.parametrize("path", VERBS)
def test_help_teaches_with_a_sentence_an_example_and_where_to_read_on(path: str) -> None:
    text = VERBS[path].help or ""
    assert text.split("\n")[0].rstrip().endswith((".", "?")), "a sentence first"
    assert f"{path.split()[0]} " in text.split("Example")[1], "an example that can be typed"
    verb = " ".join(path.split()[1:])
    assert verb in text.split("Example")[1]
    assert "Read on:" in text
    for page in re.findall(r"(?:docs/[\w/-]+|README)\.md", text):
        assert (ROOT / page).exists(), page
    for parameter in VERBS[path].params:
        assert parameter.help, f"{parameter.name} has no help"


def test_every_verb_that_prints_can_print_json() -> None:
    for path, verb in VERBS.items():
        assert any("--json" in parameter.opts for parameter in verb.params), path


def test_the_words_of_options_are_the_words_of_the_domain() -> None:
    from openline.airspace.operation import State
    from openline.conflict.minima import Minima
    from openline.coordination.messages import Reason

    assert set(get_args(StateWord)) == set(State)
    assert set(get_args(ReasonWord)) == set(Reason)
    for name in get_args(MinimaName):
        Minima.named(name)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Refused, 1),
        (Invalid, 2),
        (LimitExceeded, 2),
        (Unverifiable, 3),
        (NotFound, 4),
        (Unavailable, 5),
    ],
)
def test_each_kind_of_error_has_its_exit_code_in_both_forms(kind: type[OpenlineError], code: int) -> None:
    assert exit_of(kind("some-code", "text")) == code
    assert exit_of_word(kind.word) == code
    assert f"| {code} |" in REFERENCE.read_text()


@pytest.mark.parametrize(
    "arguments",
    [
        ("nosuch",),
        ("line", "nosuch"),
        ("line", "status", "--nosuch"),
        ("journal", "prove"),
        ("coordinate", "reject", "abcd", "--reason", "nosuch"),
        ("journal", "show", "--limit", "many"),
    ],
)
def test_misuse_ends_with_2_and_says_how_to_go_on(arguments: tuple[str, ...]) -> None:
    plain = openline(*arguments)
    assert (plain.code, plain.out) == (2, "")
    assert "--help" in plain.err
    as_json = openline(*arguments, "--json")
    assert (as_json.code, as_json.out) == (2, "")
    assert as_json.fault["code"] == "usage"
    assert as_json.fault["remedy"].endswith("--help")


def test_an_error_names_its_place_and_a_remedy_as_text_and_as_json(tmp_path: Path) -> None:
    done = openline("--directory", tmp_path, "line", "status")
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert "field: directory" in done.err
    assert "remedy: openline --directory DIR init" in done.err
    fault = openline("--directory", tmp_path, "line", "status", "--json").fault
    assert (fault["error"], fault["code"], fault["field"]) == ("not-found", "no-node", "directory")


@pytest.mark.parametrize(("position", "code"), [("before", 4), ("behind", 4)])
def test_json_may_stand_before_the_verb_or_behind_it(tmp_path: Path, position: str, code: int) -> None:
    words = ["line", "status"]
    words = ["--json", *words] if position == "before" else [*words, "--json"]
    done = openline("--directory", tmp_path, *words)
    assert done.code == code
    assert json.loads(done.err)["code"] == "no-node"


def test_ctrl_c_ends_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("openline.bootstrap.open_node", interrupted)
    assert running.run(["line", "status"]) == 130
    assert capsys.readouterr().err.strip() == "interrupted"


def test_a_reader_that_has_gone_makes_no_noise_and_no_success() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "openline", "coordinate", "counter", "--help"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def test_what_others_wrote_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say("a \x1b[2J title\nwith \x07 tricks")
    assert capsys.readouterr().out == "a ?[2J title?with ? tricks\n".replace("?", "\N{REPLACEMENT CHARACTER}")


def test_bare_groups_show_their_help() -> None:
    done = openline("journal")
    assert done.code == 2
    assert "verify" in done.out + done.err
