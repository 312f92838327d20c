"""Serving begins with what every node needs; what only some questions need comes in when these are asked.

How long a start takes is measured by bench/start.py; here no clock is looked at.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from e2e.large_store import told_store
from e2e.two_processes import Pair
from openline.bootstrap import Listener, Settings, init

NOT_AT_THE_START = {
    "alembic",
    "babel",
    "icalendar",
    "numba",
    "numpy",
    "prometheus_client",
    "pyproj",
    "shapely",
    "uvloop",
}

SERVING = """
import asyncio, json, sys
from pathlib import Path
from openline.bootstrap import open_node
from openline.running.reporter import log_to_stderr
from openline.running.serving import running

async def asked(port, path):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\\r\\nhost: localhost\\r\\nconnection: close\\r\\n\\r\\n".encode())
    head, _, body = (await reader.read()).decode().partition("\\r\\n\\r\\n")
    writer.close()
    return int(head.split()[1]), body

async def serve(opened, questions):
    async with running(opened) as bound:
        began, _ = await asked(bound.console, "/api/status")
        loaded = sorted({name.partition(".")[0] for name, module in sys.modules.items() if module})
        answers = await asyncio.gather(*(asked(bound.console, path) for path in questions))
    return {"began": began, "loaded": loaded, "answers": answers}

log_to_stderr()
opened = open_node(Path(sys.argv[1]))
with opened.store:
    print(json.dumps(asyncio.run(serve(opened, json.load(sys.stdin)))))
"""


def serving(directory: Path, questions: Sequence[str] = ()) -> dict[str, Any]:
    """Serve a node in a process of its own until its API has answered; what was loaded then. The questions
    come after that, all at once.
    """
    done = subprocess.run(
        [sys.executable, "-c", SERVING, str(directory)],
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["began"] == 200
    return found


def test_a_node_with_a_partner_begins_without_what_only_some_questions_need(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    for process in pair.processes.values():
        process.api.close()
    loaded = set(serving(pair["alpha"].home.directory)["loaded"])
    assert {"openline", "sqlalchemy", "httpx"} <= loaded
    assert loaded & NOT_AT_THE_START == set()


def test_a_node_that_speaks_to_nobody_loads_no_client(tmp_path: Path) -> None:
    anywhere = Listener(port=0)
    settings = Settings(party="alpha", title="Alpha", line=anywhere, console=anywhere)
    init(tmp_path / "alpha", settings, time.time_ns() // 1_000_000)
    loaded = set(serving(tmp_path / "alpha")["loaded"])
    assert loaded & (NOT_AT_THE_START | {"httpx"}) == set()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node with 400 operations told between it and its partner, two of them in conflict."""
    pair = told_store(tmp_path_factory.mktemp("told"), 400, time.time_ns() // 1_000_000)
    for process in pair.processes.values():
        process.api.close()
    return pair["alpha"].home.directory


def test_the_first_questions_are_answered_though_all_come_at_once(told: Path) -> None:
    ((status, conflicts),) = serving(told, ["/api/conflicts"])["answers"]
    assert status == 200
    conflict = json.loads(conflicts)[0]["conflict_id"]
    questions = [
        f"/api/conflicts/{conflict}/alternatives",
        "/picture.svg",
        "/metrics",
        "/api/messages?language=ru&limit=5",
        "/api/messages?language=ar&limit=5",
        f"/api/conflicts/{conflict}/alternatives?limit=1",
        "/picture.svg?width=300",
    ]
    answers = serving(told, questions)["answers"]
    assert [status for status, _ in answers] == [200] * len(questions)
    assert json.loads(answers[0][1])[0]["sentence"]
    assert answers[1][1].startswith("<svg")
    assert "openline_info{" in answers[2][1]
