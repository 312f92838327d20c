"""Three real nodes made by hand, two lines between them: what alpha tells bravo is seen by charlie as
alpha's, and goes when alpha takes its leave back.
"""

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from e2e.two_processes import Process, flight_feature, free_port, until
from openline.bootstrap import Home

pytestmark = pytest.mark.slow


class Centre(Process):
    """One node that is made, told what to do and read by the verbs."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.port, console = free_port(), free_port()
        super().__init__(Home(folder / name), console)
        self.ok(
            "init", "--party", name, "--line", f"127.0.0.1:{self.port}", "--console", f"127.0.0.1:{console}"
        )

    def ok(self, *arguments: Any) -> Any:
        done = self.cli(*map(str, arguments))
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def notices(self) -> list[dict[str, Any]]:
        return list(self.api.get("/api/notices?geometry=no").raise_for_status().json())

    def passed_on(self) -> list[tuple[str, str, str]]:
        return [(it["party"], it["origin"], it["callsign"]) for it in self.notices() if it["origin"]]


def agree(folder: Path, one: Centre, other: Centre, *terms: str) -> str:
    """A new line between the two, or with --revise the next version of one. Returns the accord's id."""
    first, both = folder / "first.bundle", folder / "both.bundle"
    whom = (
        () if "--revise" in terms else ("--with", other.name, "--their-key", other.ok("accord", "key")["key"])
    )
    one.ok("accord", "propose", *whom, *terms, "--out", first)
    other.ok("accord", "sign", first, "--out", both, "--url", f"http://127.0.0.1:{one.port}")
    signed = one.ok("accord", "sign", both, "--url", f"http://127.0.0.1:{other.port}")
    return str(signed["accord_id"])


@contextmanager
def serving(*centres: Centre) -> Iterator[None]:
    with ExitStack() as stack:
        for centre in centres:
            centre.start()
            stack.callback(centre.stop)
        for centre in centres:
            centre.wait_up()
        yield


def test_three_centres_by_hand(tmp_path: Path) -> None:
    alpha, bravo, charlie = (Centre(tmp_path, name) for name in ("alpha", "bravo", "charlie"))
    terms = ("--minimum-notice-min", "0", "--heartbeat-s", "1")
    shared = agree(tmp_path, alpha, bravo, *terms, "--pass-on", "alpha")
    other = agree(tmp_path, bravo, charlie, *terms)
    start_ms = time.time_ns() // 1_000_000 + 3_600_000
    path = [(47.0, 7.0, 350), (47.0, 8.5, 350)]
    across = [(46.5, 7.75, 350), (47.5, 7.75, 350)]
    with serving(alpha, bravo, charlie):
        alpha.api.post("/api/operations", json=flight_feature(str(uuid.uuid4()), "ALF1", start_ms, path))
        until(
            lambda: charlie.passed_on() == [("bravo", "alpha", "ALF1")], "charlie hears of alpha's by bravo"
        )
        assert "ALF1 (alpha, told by bravo)" in charlie.api.get("/picture.svg").text
        charlie.api.post("/api/operations", json=flight_feature(str(uuid.uuid4()), "CHA1", start_ms, across))
        until(
            lambda: "TRAFFIC PASSED ON" in {it["kind"] for it in charlie.status()["alarms"]},
            "charlie is warned",
        )
        assert {it["partner"] for it in bravo.ok("notices")} == {"alpha", "charlie"}
        assert {it["partner"] for it in bravo.ok("notices", "--accord", other)} == {"charlie"}
        assert [it["partner"] for it in bravo.ok("line", "status", "--accord", shared[:8])] == ["alpha"]
        assert bravo.cli("line", "check", "--position", "watch", "--pseudonym", "fox").returncode == 2
        agree(tmp_path, alpha, bravo, "--revise", shared, "--no-pass-on")
        until(lambda: charlie.passed_on() == [], "alpha's word is withdrawn at charlie")
        until(lambda: charlie.status()["alarms"] == [], "and charlie is warned no more")
