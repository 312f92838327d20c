"""A stick is imported, and a call is typed, while the node serves; then the network comes back."""

import json
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from e2e.two_processes import NAMES, Pair, Process, flight_feature, until

HOUR_MS = 3_600_000
WHO = ("--position", "watch", "--pseudonym", "owl")
FILINGS = 12


def ok(process: Process, *arguments: object) -> Any:
    done = process.cli(*map(str, arguments))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def file_some(process: Process, answers: list[int]) -> None:
    """Through the API of the node that serves, one after the other."""
    start_ms = time.time_ns() // 1_000_000 + HOUR_MS
    for number in range(FILINGS):
        path = [(40.0 + number, 5.0, 300), (40.0 + number, 5.5, 300)]
        feature = flight_feature(str(uuid.uuid4()), f"BRV{number}", start_ms, path)
        answers.append(process.api.post("/api/operations", json=feature).status_code)


@pytest.mark.slow
def test_sticks_and_calls_reach_a_node_that_serves_and_the_network_takes_over(tmp_path: Path) -> None:
    pair, stick = Pair(tmp_path), tmp_path / "stick"
    alpha, bravo = (pair[name] for name in NAMES)
    try:
        bravo.start()
        bravo.wait_up()
        ok(alpha, "accord", "suspend", "--reason", "weather")
        ok(alpha, "accord", "resume")
        (page,) = ok(alpha, "line", "paper", "--number", 1)
        lines = [f"{it['label']}|{it['value']}|{it['check']}" for it in page["lines"]] + [
            f"whole|{page['whole']}"
        ]
        ok(bravo, "line", "enter", *WHO, *(part for line in lines for part in ("--line", line)))
        until(lambda: bravo.status()["alarms"], "the page of the node that serves shows the alarm")
        answers: list[int] = []
        filer = threading.Thread(target=file_some, args=(bravo, answers))
        filer.start()
        ok(alpha, "line", "export", stick)
        assert ok(bravo, "line", "import", stick)["lines"][0]["new"] == 2
        filer.join()
        assert answers == [200] * FILINGS
        assert bravo.line()["lanes"]["urgent"]["received"] == 2
        assert [it["state"] for it in bravo.api.get("/api/telephoned").json()] == ["verified"]
        assert "TELEPHONED UNVERIFIED" not in [it["kind"] for it in bravo.status()["alarms"]]
        ok(alpha, "line", "import", stick)
        alpha.start()
        alpha.wait_up()
        pair.rest()
        assert alpha.line()["lanes"]["urgent"] == {"said": 2, "acknowledged": 2, "received": 0}
    finally:
        pair.__exit__()
