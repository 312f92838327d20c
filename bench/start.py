"""How long a verb takes, and how soon a node with many operations serves.

Run by ``make bench``. Two stores are made with every message signed (some minutes the first time) and kept in
a temporary folder for later runs: one of a node without a partner, one of a node that has told half of its
operations and heard the others. Times are from the start of a process; compiled code lies on the disk.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
from rich.console import Console
from rich.table import Table

from measuring import progress

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from e2e.large_store import own_store, told_store
from openline.airspace.operation import State
from openline.bootstrap import Listener, open_node
from openline.formats.geojson_text import feature_collection

FRESH_S = 3 * 3_600
"""The operations of a kept store begin six hours after it was made."""
PATIENCE_S = 300.0
OPENLINE = [sys.executable, "-m", "openline"]
VERBS = (
    ["--version"], ["--help"], ["file", "--help"], ["operations"], ["notices"], ["conflicts"], ["alarms"],
    ["line", "status"], ["accord", "show"], ["partner", "list"], ["journal", "show"], ["journal", "verify"],
)  # fmt: skip

Row = tuple[str, str]


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--count", type=int, default=100_000, help="operations in each store")
    arguments.add_argument("--rounds", type=int, default=5, help="how often each thing is measured")
    arguments.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "openline-bench-start"
    )
    arguments.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = arguments.parse_args()
    few = told(given.folder, 200)
    rows = list(verb_rows(few, given.rounds))
    rows += served("own operations, no partner", own(given.folder, given.count), given.rounds)
    rows += served("half own, half heard, all told", told(given.folder, given.count), given.rounds)
    show(rows, as_json=given.json)


# Stores


def own(folder: Path, count: int) -> Path:
    def make(directory: Path, advance: Callable[[int], None]) -> None:
        home = own_store(directory, count, now_ms(), advance)
        anywhere = Listener(port=0)
        home.write_settings(msgspec.structs.replace(home.settings(), line=anywhere, console=anywhere))

    return kept(folder / f"own-{count}", count, make)


def told(folder: Path, count: int) -> Path:
    def make(directory: Path, advance: Callable[[int], None]) -> None:
        told_store(directory, count, now_ms(), advance)

    return kept(folder / f"told-{count}", count, make) / "alpha"


def kept(directory: Path, count: int, make: Callable[[Path, Callable[[int], None]], None]) -> Path:
    """A store from an earlier run, or a new one; made beside, so that a run broken off leaves no half."""
    stamp = directory / "made"
    if stamp.exists() and time.time() - stamp.stat().st_mtime < FRESH_S:
        return directory
    beside = directory.with_name(directory.name + ".new")
    for old in (directory, beside):
        shutil.rmtree(old, ignore_errors=True)
    with progress() as bar:
        task = bar.add_task(f"making {directory.name}", total=count)
        make(beside, lambda done: bar.advance(task, done))
    beside.replace(directory)
    stamp.touch()
    return directory


def now_ms() -> int:
    return time.time_ns() // 1_000_000


# Verbs


def verb_rows(directory: Path, rounds: int) -> Iterator[Row]:
    for verb in VERBS:
        command = [*OPENLINE, "--directory", str(directory), *verb]
        taken = [wall_and_cpu(command) for _ in range(rounds)]
        wall, cpu = (sorted(column)[len(column) // 2] for column in zip(*taken, strict=True))
        yield f"openline {' '.join(verb)}", f"{wall:.2f} s ({cpu:.2f} s of processor)"


def wall_and_cpu(command: list[str]) -> tuple[float, float]:
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


# Serving


class Start(msgspec.Struct):
    """Seconds from the start of the process, on which everything counts; memory_mib after all of it."""

    both_listen: float
    status_is_right: float
    first_question: float | None
    memory_mib: float


def served(name: str, directory: Path, rounds: int) -> list[Row]:
    expected, filing = expectation(directory)
    served_once(
        directory, expected, None
    )  # what lies on the disk is in memory after this, as in a warm start
    starts = [served_once(directory, expected, None) for _ in range(rounds)]
    asked = served_once(directory, expected, filing) if filing is not None else None
    rows = [
        (f"{name}: both listeners answer", _median([it.both_listen for it in starts])),
        (f"{name}: status answers, and is right", _median([it.status_is_right for it in starts])),
        (f"{name}: memory then", f"{starts[-1].memory_mib:,.0f} MiB"),
    ]
    if asked is not None:
        rows.append((f"{name}: first question of a conflict answered", f"{asked.first_question:.2f} s"))
    return rows


def _median(values: list[float]) -> str:
    return f"{sorted(values)[len(values) // 2]:.2f} s"


def expectation(directory: Path) -> tuple[dict[str, Any], bytes | None]:
    """What status has to say of each line, and a filing that meets just one foreign operation."""
    opened = open_node(directory)
    with opened.store, opened.node.looking() as (_, desks, own):
        expected: dict[str, Any] = {"operations": sum(1 for _ in own.rows()), "lines": []}
        filing = None
        for desk in desks.values():
            picture = desk.line.picture
            expected["lines"].append(picture.digest())
            met = next(
                it
                for it in picture.all_told()
                if it.party != desk.me and not picture.conflicts_of(it.notice_id)
            )
            twin = msgspec.structs.replace(
                desk.line.operation_of(met.notice_id), id=str(uuid.uuid4()), state=State.ACCEPTED
            )
            filing = feature_collection([twin])
        return expected, filing


@contextmanager
def process(directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    """``openline serve``, ended afterwards."""
    with (directory / "serve.log").open("wb") as log:
        child = subprocess.Popen(
            [*OPENLINE, "--directory", str(directory), "serve"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            yield child
        finally:
            child.terminate()
            child.wait(60)


def served_once(directory: Path, expected: dict[str, Any], filing: bytes | None) -> Start:
    """One start. Something is filed in a copy only; the measured store stays as it is."""
    if filing is not None:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(shutil.copytree(directory, Path(folder) / "copy"))
            return _served_once(copy, expected, filing)
    return _served_once(directory, expected, None)


def _served_once(directory: Path, expected: dict[str, Any], filing: bytes | None) -> Start:
    (directory / "serving.json").unlink(missing_ok=True)
    begin = time.perf_counter()

    def since() -> float:
        return time.perf_counter() - begin

    with process(directory) as child, httpx.Client(trust_env=False, timeout=PATIENCE_S) as client:
        ports = announced(directory, child)
        line, console = (f"http://127.0.0.1:{ports[name]}" for name in ("line", "console"))
        client.get(line)
        client.get(f"{console}/health").raise_for_status()
        both_listen = since()
        status = client.get(f"{console}/api/status").raise_for_status().json()
        status_is_right = since()
        assert [it["digest"] for it in status["lines"]] == expected["lines"]
        assert (
            operations_in(client.get(f"{console}/metrics").raise_for_status().text) == expected["operations"]
        )
        memory_mib = memory_of(child.pid)
        return Start(both_listen, status_is_right, ask(client, console, filing) and since(), memory_mib)


def announced(directory: Path, child: subprocess.Popen[bytes]) -> dict[str, int]:
    """The ports, once the node says that it serves."""
    bound, deadline = directory / "serving.json", time.monotonic() + PATIENCE_S
    while not bound.exists():
        if child.poll() is not None or time.monotonic() > deadline:
            raise SystemExit((directory / "serve.log").read_text()[-2_000:])
        time.sleep(0.005)
    return dict(json.loads(bound.read_bytes()))


def operations_in(metrics: str) -> float:
    lines = [it for it in metrics.splitlines() if it.startswith("openline_operations{")]
    return sum(float(it.split()[-1]) for it in lines)


def ask(client: httpx.Client, console: str, filing: bytes | None) -> bool | None:
    """File it; whether it meets what it must meet. None where there is nothing to ask."""
    if filing is None:
        return None
    answer = client.post(f"{console}/api/operations", json=json.loads(filing)).raise_for_status().json()
    (filed,) = answer["filed"]
    assert (filed["state"], len(filed["conflicts"])) == ("Proposed", 1), filed
    return True


def memory_of(pid: int) -> float:
    """Resident, MiB."""
    fields = dict(it.split(":", 1) for it in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024


def show(rows: list[Row], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(dict(rows), indent=2))
        return
    table = Table("what", "median", title="Start")
    for row in rows:
        table.add_row(*row)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
