"""The DSS under load, killed with -9: what was answered is there, and the other replica goes on. And the disk
is synced before the answer goes out. Real processes over HTTP.
"""

import random
import re
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e.dss_filing import (
    REFERENCES,
    SUPPLIERS_EACH,
    Issuer,
    Serving,
    confirmed_by,
    ended,
    intent,
    joined,
    lost,
    made,
    started,
)
from e2e.two_processes import until

pytestmark = pytest.mark.slow


@contextmanager
def at_work(*processes: Serving) -> Iterator[None]:
    try:
        for process in processes:
            process.start()
        for process in processes:
            process.wait_up()
        yield
    finally:
        for process in processes:
            process.stop()


def test_a_replica_that_is_killed_loses_nothing_and_the_other_goes_on(
    tmp_path: Path, postgres_url: str
) -> None:
    issuer = Issuer(tmp_path)
    first = made(tmp_path / "alpha-1", issuer, postgres_url)
    second = joined(tmp_path / "alpha-2", first, issuer)
    with at_work(first, second):
        at_first, at_second = started(first, 0), started(second, SUPPLIERS_EACH)
        until(confirmed_by(at_first, 50), "the first replica confirms")
        until(confirmed_by(at_second, 50), "the second replica confirms")
        first.kill()
        for filer in at_first:
            filer.join(40)
        after = sum(len(filer.confirmed) for filer in at_second)
        until(confirmed_by(at_second, after + 50), "the second replica goes on")
        confirmed = ended(at_first) | ended(at_second)
        assert lost(second, confirmed) == []
        first.start()
        first.wait_up()
        assert lost(first, confirmed) == []


def test_the_single_process_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    issuer, chance = Issuer(tmp_path), random.Random(3548)
    process = made(tmp_path / "alpha", issuer)
    confirmed: dict[str, str] = {}
    with at_work(process):
        for kill in range(2):
            filers = started(process, kill * SUPPLIERS_EACH)
            until(confirmed_by(filers, 30), "it confirms")
            time.sleep(chance.uniform(0, 0.3))
            process.kill()
            confirmed |= ended(filers)
            process.start()
            process.wait_up()
            assert lost(process, confirmed) == []


# Synced, then said ----------------------------------------------------------------------------------
def may_trace() -> str:
    """Why not; empty where it may."""
    if not shutil.which("strace"):
        return "strace is not installed"
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "this system permits no ptrace"


CALLS = "fsync,fdatasync,pwrite64,write,writev,sendto,sendmsg"


class Traced(Serving):
    """Its system calls are written down; the tracer is its grandchild, so that the child is the node."""

    def start(self) -> None:
        self.calls = self.home.directory / "calls.txt"
        trace = ["strace", "-D", "-f", "-y", "-s", "6000", "-e", f"trace={CALLS}", "-o", str(self.calls)]
        node = [sys.executable, "-m", "openline", "--directory", str(self.home.directory), "serve"]
        with (self.home.directory / "serve.log").open("ab") as log:
            self.child = subprocess.Popen([*trace, *node], stdin=subprocess.DEVNULL, stdout=log, stderr=log)


@dataclass(frozen=True)
class Call:
    """begun, ended: lines of the trace, which are in the order of time."""

    name: str
    text: str
    begun: int
    ended: int


def calls_in(trace: str) -> list[Call]:
    """A call that others came in between of is on two lines."""
    begun: dict[str, tuple[int, str]] = {}
    found = []
    for number, line in enumerate(trace.splitlines()):
        thread, _, text = line.partition(" ")
        text = text.strip()
        if text.endswith("<unfinished ...>"):
            begun[thread] = (number, text.removesuffix("<unfinished ...>"))
            continue
        first = number
        if text.startswith("<... "):
            first, head = begun.pop(thread, (number, ""))
            text = head + text.partition(" resumed>")[2]
        name = re.match(r"(\w+)\(", text)
        if name:
            found.append(Call(name[1], text, first, number))
    return found


@pytest.mark.skipif(bool(may_trace()), reason=may_trace())
def test_the_disk_has_it_before_the_answer_goes_out(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path)
    plain = made(tmp_path / "alpha", issuer)
    process = Traced(plain.home, issuer)
    names = [str(uuid.uuid4()) for _ in range(10)]
    with at_work(process), process.client() as client:
        for column, name in enumerate(names):
            assert client.put(f"{REFERENCES}/{name}", json=intent(0, column)).status_code == 201
    calls = calls_in(process.calls.read_text(errors="replace"))
    pages = [it for it in calls if it.name == "pwrite64" and "-wal>" in it.text]
    synced = [
        it for it in calls if it.name in ("fsync", "fdatasync") and "-wal>" in it.text and "= 0" in it.text
    ]
    answers = [it for it in calls if "HTTP/1.1 201" in it.text and "<socket:" in it.text]
    for name, said in zip(names, answers, strict=True):
        written = [it for it in pages if name in it.text and it.begun < said.begun]
        assert written, "it is in the log of the database"
        assert any(written[-1].ended < it.begun and it.ended < said.begun for it in synced)
