"""Two nodes driven by hand through real processes: each step is a command that a person types, and the two
serving nodes carry it. Nothing here looks into a node but through the command line.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e import nursery
from e2e.two_processes import free_port
from unit.cli.by_hand import EASTBOUND, NORTHBOUND, NOW, Centre, flight, written

PATIENCE_S = 60.0

pytestmark = pytest.mark.slow


class Typed:
    """One side. Calling it types a command and waits for its end."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.seen = Centre(
            directory
        ).ok  # the same verbs without a process for each, where that shows nothing more

    def __call__(self, *words: object) -> subprocess.CompletedProcess[str]:
        return nursery.run(["--directory", str(self.directory), *map(str, words)], PATIENCE_S)

    def ok(self, *words: object) -> Any:
        done = self(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @contextlib.contextmanager
    def serving(self) -> Iterator[dict[str, str]]:
        """`openline serve`, until SIGTERM; it has to end with 0."""
        command = [sys.executable, "-m", "openline", "--directory", str(self.directory), "serve"]
        log = (self.directory / "serve.log").open("ab")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline().split() for _ in range(2)]
            yield dict(lines)
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()
            process.wait()
            log.close()


def until(what: Callable[[], Any]) -> Any:
    """Ask until the answer is a yes; what it says is given back."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.2)
    raise AssertionError("it did not come about")


def found(root: Path) -> tuple[Typed, Typed]:
    sides = {"alpha": Typed(root / "A"), "bravo": Typed(root / "B")}
    lines = {name: f"127.0.0.1:{free_port()}" for name in sides}
    for name, side in sides.items():
        where = ("--line", lines[name], "--console", "127.0.0.1:0")
        side.seen("init", "--party", name, "--clock", "simulated", "--now", NOW, *where)
    alpha, bravo = sides.values()
    key, file = bravo.seen("accord", "key")["key"], root / "accord.bundle"
    terms = ("--exercise", "--minimum-notice-min", 0, "--heartbeat-s", 1)
    alpha.ok("accord", "propose", "--with", "bravo", "--their-key", key, "--out", file, *terms)
    bravo.ok("accord", "sign", file, "--url", f"http://{lines['alpha']}")
    alpha.ok("accord", "sign", file, "--url", f"http://{lines['bravo']}")
    return alpha, bravo


def quiet(*sides: Typed) -> bool:
    states = [side.seen("line", "status")[0] for side in sides]
    return all(state["quiet"] for state in states) and len({state["root"] for state in states}) == 1


def test_two_centres_settle_a_conflict_by_hand(tmp_path: Path) -> None:
    alpha, bravo = found(tmp_path)
    with alpha.serving() as addresses, bravo.serving():
        assert set(addresses) == {"line", "console"}
        assert addresses["line"] != addresses["console"]
        alpha.ok("file", written(tmp_path / "east.geojson", EASTBOUND))
        until(lambda: bravo.seen("notices"))
        bravo.ok("file", written(tmp_path / "north.geojson", NORTHBOUND))
        until(lambda: quiet(alpha, bravo))
        (ours,), (theirs,) = (side.seen("conflicts", "--open") for side in (alpha, bravo))
        assert ours["conflict_id"] == theirs["conflict_id"]

        alpha.ok("coordinate", "counter", ours["conflict_id"][:8], "--level", 370)
        until(lambda: "ACP" in bravo.seen("conflicts", "--open")[0]["your_moves"])
        bravo.ok("coordinate", "accept", ours["conflict_id"][:8])
        until(lambda: quiet(alpha, bravo))
        assert alpha.seen("conflicts", "--open") == bravo.seen("conflicts", "--open") == []

        alpha.seen("line", "check", "--position", "supervisor", "--pseudonym", "fox")
        until(lambda: quiet(alpha, bravo))
        assert bravo.seen("line", "check", "--position", "planner", "--pseudonym", "owl")["kind"] == "CHECKED"

        bravo.ok("accord", "suspend", "--reason", "technical")
        until(lambda: alpha.seen("line", "status")[0]["state"] == "suspended")
        bravo.seen("accord", "resume")
        until(lambda: alpha.seen("line", "status")[0]["state"] == "open")
        assert bravo.seen("backup", tmp_path / "bravo.db")["bytes"] > 0
        alpha.seen("file", written(tmp_path / "late.geojson", flight("LATE9", [(44.0, 7.0), (44.0, 9.0)])))
        until(lambda: len(bravo.seen("notices")) == 3 and quiet(alpha, bravo))
        busy = Centre(bravo.directory)("restore", tmp_path / "bravo.db", "--force")
        assert busy.code == 5, "the serving node has it open"

    _prove_and_verify(alpha, bravo, tmp_path)
    bravo.seen("restore", tmp_path / "bravo.db", "--force")
    assert len(bravo.seen("notices")) == 2
    with alpha.serving(), bravo.serving():
        until(lambda: len(bravo.seen("notices")) == 3 and quiet(alpha, bravo))
    for side in (alpha, bravo):
        assert side.seen("journal", "verify")["verified"]


def _prove_and_verify(alpha: Typed, bravo: Typed, root: Path) -> None:
    reports = [side.seen("journal", "verify") for side in (alpha, bravo)]
    assert reports[0]["root"] == reports[1]["root"]
    assert reports[0]["entries"] == reports[1]["entries"] > 0
    bravo.seen("journal", "checkpoint", "--out", root / "bravo.word")
    assert alpha.seen("journal", "verify", "--against", root / "bravo.word")["verified"]
    alpha.seen("journal", "prove", "routine:1", "--out", root / "one.proof")
    keys = [side.seen("accord", "key") for side in (alpha, bravo)]
    given = [word for it in keys for word in ("--key", f"{it['party']}={it['key']}")]
    checked = Typed(root / "nowhere").ok("journal", "check", root / "one.proof", *given)
    assert (checked["sent"], checked["acknowledged"], checked["kind"]) == (True, True, "NOTICE")


def test_a_reader_that_goes_away_and_ctrl_c_leave_no_traceback(tmp_path: Path) -> None:
    side = Typed(tmp_path / "A")
    side.seen("init", "--party", "alpha", "--line", "127.0.0.1:0", "--console", "127.0.0.1:0")
    command = [sys.executable, "-m", "openline", "--directory", str(side.directory), "serve"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("line")
    os.kill(process.pid, signal.SIGINT)
    _, written_aside = process.communicate(timeout=PATIENCE_S)
    assert process.returncode in (0, 130)
    assert "Traceback" not in written_aside
