"""docs/how-to/serve-suppliers.md, carried out as it is written, on other ports."""

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "serve-suppliers.md"
ID = "5a1d6f0e-3c7b-4b65-9b0a-6f2f3b1c9d10"
LINES = "--line 127.0.0.1:0 --console 127.0.0.1:0"

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not shutil.which("curl"), reason="it takes curl")]


def commands() -> list[str]:
    """Each block of typed lines, without its indentation."""
    text = PAGE.read_text().partition("## Go on")[0]
    blocks = re.findall(r"(?:^    .*\n)+", text, re.MULTILINE)
    return ["\n".join(line[4:] for line in block.splitlines()) for block in blocks]


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


class Terminal:
    """bash in one folder; what a command has set is there for the next."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.before = f'openline() {{ {sys.executable} -m openline "$@"; }}\n'

    def typed(self, command: str) -> str:
        return command.replace("127.0.0.1:7412", f"127.0.0.1:{self.port}").replace(
            "--party alpha", f"--party alpha {LINES}"
        )

    def run(self, command: str) -> str:
        if re.match(r"[A-Z]+=", command):
            self.before += self.typed(command) + "\n"
        done = subprocess.run(
            ["bash", "-euc", self.before + self.typed(command)],
            cwd=self.folder, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (command, done.stderr)
        return done.stdout

    def answer(self, command: str) -> tuple[int, Any]:
        """Of a curl: status and body."""
        out = self.run(command.replace("curl ", "curl -s -w '\\n%{http_code}' ", 1))
        body, _, status = out.rpartition("\n")
        return int(status), json.loads(body)


def test_the_first_operational_intent_is_filed_as_the_page_says(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    init, keys, serve, token, intent, put, get, other, refused = commands()
    for command in (init, keys):
        terminal.run(command)
    served = served_by(terminal, serve)
    try:
        terminal.run(token)
        terminal.run(intent)
        status, made = terminal.answer(put)
        assert (status, made["operational_intent_reference"]["id"]) == (201, ID)
        served.send_signal(signal.SIGKILL)
        served.wait(20)
        served = served_by(terminal, serve)  # what was answered is there after a kill -9
        status, found = terminal.answer(get)
        assert (status, found["operational_intent_reference"]) == (200, made["operational_intent_reference"])
        terminal.run(other)
        status, told = terminal.answer(refused)
        assert status == 409
        assert [it["id"] for it in told["missing_operational_intents"]] == [ID]
        assert "ovn" not in told["missing_operational_intents"][0]
    finally:
        served.terminate()
        assert served.wait(30) == 0


def served_by(terminal: Terminal, command: str) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-m", *command.split()]
    process = subprocess.Popen(
        arguments, cwd=terminal.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    deadline = time.monotonic() + 60
    while "f3548" not in (line := process.stdout.readline()):
        assert line, "it does not serve"
        assert time.monotonic() < deadline
    return process
