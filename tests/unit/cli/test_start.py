"""A verb that detects nothing waits for no engine: it imports no numba, whatever lies in the store.

How long each verb takes is measured by bench/start.py; here no clock is looked at.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from e2e.large_store import told_store
from openline.cli.reference import verbs

DETECTING = {
    "compile",
    "serve",
    "demo",
    "simulate",
    "file",
    "operation activate",
    "operation nonconforming",
    "operation contingent",
    "operation end",
    "coordinate request",
    "coordinate counter",
    "coordinate accept",
    "coordinate reject",
    "coordinate standby",
    "coordinate cancel",
    "coordinate ways",
    "accord resume",
}
"""What files, moves or tells an operation, or looks for a way out."""

GUARDED = """
import json, sys

class NoNumba:
    def find_spec(self, name, path=None, target=None):
        assert name.partition(".")[0] != "numba", "numba is imported"

sys.meta_path.insert(0, NoNumba())
from openline.cli.run import run
for line in json.load(sys.stdin):
    code = run(line)
    sys.stdout.flush()
    assert code == 0, f"openline {' '.join(line)} ended with {code}"
assert "numba" not in sys.modules
"""


def run_guarded(lines: Sequence[Sequence[str]]) -> str:
    """Carry out command lines one after the other where importing numba fails; what they printed."""
    done = subprocess.run(
        [sys.executable, "-c", GUARDED],
        input=json.dumps(list(lines)),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def names_of_verbs() -> list[str]:
    return [path.removeprefix("openline ") for path, _ in verbs()]


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nodes, 400 operations told between them, two of them in conflict."""
    folder = tmp_path_factory.mktemp("start")
    told_store(folder, 400, time.time_ns() // 1_000_000)
    return folder


def detecting_nothing(folder: Path) -> dict[str, list[list[str]]]:
    """By verb: how it is called here, in this order."""
    alpha, out = ["--directory", str(folder / "alpha")], folder / "out"
    out.mkdir()
    officer = ["--position", "planner", "--pseudonym", "fox"]
    key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    return {
        "init": [["--directory", str(folder / "third"), "init", "--party", "charlie"]],
        "operations": [[*alpha, "operations"]],
        "notices": [[*alpha, "notices"]],
        "conflicts": [[*alpha, "conflicts", "--json"]],
        "alarms": [[*alpha, "alarms", "--all"]],
        "partner add": [
            [
                *alpha,
                "partner",
                "add",
                "--accord",
                "5a1d6f0e-3c7b-4b65-9b0a-6f2f3b1c9d10",
                "--url",
                "http://127.0.0.1:9",
            ]
        ],
        "partner list": [[*alpha, "partner", "list"]],
        "accord key": [[*alpha, "accord", "key"]],
        "accord propose": [
            [
                *alpha,
                "accord",
                "propose",
                "--with",
                "delta",
                "--their-key",
                key,
                "--out",
                str(out / "proposed"),
            ]
        ],
        "accord show": [[*alpha, "accord", "show"]],
        "line status": [[*alpha, "line", "status"]],
        "line check": [[*alpha, "line", "check", *officer]],
        "journal show": [[*alpha, "journal", "show"]],
        "journal verify": [[*alpha, "journal", "verify"]],
        "journal checkpoint": [[*alpha, "journal", "checkpoint", "--out", str(out / "checkpoint")]],
        **spoken(alpha, officer, out),
        "accord suspend": [[*alpha, "accord", "suspend"]],
        "accord end": [[*alpha, "accord", "end", "--yes"]],
        "token keys": [["token", "keys", str(out / "keys")]],
        "token make": [
            [
                "token",
                "make",
                "--key",
                str(out / "keys" / "token.key"),
                "--sub",
                "u",
                "--audience",
                "a",
                "--scope",
                "s",
            ]
        ],
        "key list": [[*alpha, "key", "list"]],
        "key words": [[*alpha, "key", "words"]],
        "key request": [[*alpha, "key", "request", "--out", str(out / "request")]],
        "key certify": [[*alpha, "key", "certify", str(out / "request"), "--out", str(out / "certified")]],
        "key rotate": [[*alpha, "key", "rotate", "--certificate", str(out / "certified")]],
        "key certificate": [[*alpha, "key", "certificate", "--out", str(out / "certificate")]],
        "key import": [[*alpha, "key", "import", str(out / "certificate")]],
        "key decrypt": [[*alpha, "key", "decrypt"]],
        "key succeed": [[*alpha, "key", "succeed", "--out", str(out / "succession")]],
        "key accept": [[*alpha, "key", "accept", str(out / "succession")]],
        "backup": [[*alpha, "backup", str(out / "copy.db")]],
        "restore": [[*alpha, "restore", str(out / "copy.db"), "--force"]],
    }


def spoken(alpha: list[str], officer: list[str], out: Path) -> dict[str, list[list[str]]]:
    """What people say, and what is read of it."""
    seat = ["--position", "watch", "--pseudonym"]
    return {
        "call emergency": [[*alpha, "call", "emergency", "distress", "call-us", "--at", "47,8", *officer]],
        "call assistance": [[*alpha, "call", "assistance", "search", *officer]],
        "call alert": [[*alpha, "call", "alert", "weather", *officer]],
        "call identify": [[*alpha, "call", "identify", "--at", "47,8", *officer]],
        "call list": [[*alpha, "call", "list"]],
        "duty on": [[*alpha, "duty", "on", *seat, "fox"]],
        "duty handover": [[*alpha, "duty", "handover", *seat, "owl"]],
        "duty show": [[*alpha, "duty", "show"]],
        "duty owed": [[*alpha, "duty", "owed"]],
        "talk propose": [[*alpha, "talk", "propose", "--at", "2100-01-01T12:00Z", *officer]],
        "talk list": [[*alpha, "talk", "list"]],
        "text": [[*alpha, "text", "hello", *officer]],
        "messages list": [[*alpha, "messages", "list", "--last", "2"]],
        "line scorecard": [[*alpha, "line", "scorecard"]],
        "line export": [[*alpha, "line", "export", str(out / "stick")]],
        "line paper": [[*alpha, "line", "paper", "--lane", "urgent", "--number", "1"]],
        "line telephoned": [[*alpha, "line", "telephoned"]],
    }


ANSWERS = {
    *(f"call {verb}" for verb in ("take", "assist", "identified", "readback", "close")),
    *(f"talk {verb}" for verb in ("confirm", "move", "cancel", "minutes", "agree", "export")),
    *(f"line {verb}" for verb in ("enter", "import", "set-aside")),
    "duty off",
    "messages show",
}
"""They answer something that the other side has said, or that was carried here."""

NOT_TRIED = (
    ANSWERS
    | {"accord sign", "line shown", "journal prove", "journal check", "join", "token serve"}
    | {f"key {verb}" for verb in ("revoke", "countersign", "encrypt")}
)
"""They need a message, a proof, a proposal or a database from elsewhere, or end only when they are told to:
the other tests of the command line use them.
"""


def test_help_and_version_of_every_verb_import_no_numba() -> None:
    helped = [["--version"], ["--help"], *([*name.split(), "--help"] for name in names_of_verbs())]
    assert run_guarded(helped).count("Usage: openline") == len(helped) - 1


def test_verbs_that_detect_nothing_import_no_numba_whatever_is_stored(nodes: Path) -> None:
    tried = detecting_nothing(nodes)
    printed = run_guarded([line for lines in tried.values() for line in lines])
    assert '"status": "open"' in printed  # there was something to detect, and it is shown
    assert set(names_of_verbs()) == set(tried) | DETECTING | NOT_TRIED, "say of every verb whether it detects"
