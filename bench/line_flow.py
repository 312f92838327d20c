"""How much one line carries, and how soon: two real nodes on loopback, all signed, synced, acknowledged.

Run by ``make bench``. The driver sits in the nodes' own processes (bench/line_node.py) and shares the two
cores. ``--backlog 100000`` has the one side say so many while the other is away; then it comes back, and an
EMERGENCY is said while the backlog goes over.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from e2e.two_processes import ACCORD_ID, NAMES, Pair
from line_node import WHO, WORDS
from openline.bootstrap import open_node
from openline.coordination.conversation import FreeText
from openline.coordination.messages import Kind

NODE = [sys.executable, str(Path(__file__).with_name("line_node.py"))]
START_S = 4.0
"""So long the two processes have to start before they speak at the same moment."""
AT_A_TIME = 1_000
PACE_S = 0.5


def child(pair: Pair, name: str, work: str, **options: float) -> subprocess.Popen[bytes]:
    given = [text for option, value in options.items() for text in (f"--{option}", str(value))]
    return subprocess.Popen(
        [*NODE, work, str(pair[name].home.directory), *given],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def results(*processes: subprocess.Popen[bytes]) -> list[dict[str, Any]]:
    """Of each; only when all have said theirs may they end."""
    found = [
        json.loads(next(line for line in process.stdout or () if line.startswith(b"{")))
        for process in processes
    ]
    for process in processes:
        process.communicate()
    return found


def processor_time() -> tuple[int, int, int]:
    """What this machine's processors have spent since it started, in all, waiting for the disk, and taken by
    the host for others; zeros where that is not told.
    """
    try:
        spent = [int(it) for it in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    except (OSError, ValueError):
        return 0, 0, 0
    return sum(spent), spent[4], spent[7]


def pace() -> str:
    """How fast one core of this machine is just now, by what OpenSSL takes for Ed25519: a measure that can be
    taken anywhere.
    """
    key, message = Ed25519PrivateKey.generate(), bytes(200)
    public, signature = key.public_key(), key.sign(message)
    signs, verifies = rate(lambda: key.sign(message)), rate(lambda: public.verify(signature, message))
    return f"a core signs {signs:,.0f} and verifies {verifies:,.0f} messages a second (Ed25519, OpenSSL)"


def rate(work: Callable[[], object]) -> float:
    begun, done = time.perf_counter(), 0
    while (past := time.perf_counter() - begun) < PACE_S:
        work()
        done += 1
    return done / past


def flow(what: str, seconds: float, **options: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pair, at = Pair(Path(folder)), time.time() + START_S
        both = [child(pair, name, "flow", seconds=seconds, at=at, **options) for name in NAMES]
        time.sleep(START_S)
        before = processor_time()
        ended = results(*both)
        passed, disk, taken = (now - then for now, then in zip(processor_time(), before, strict=True))
        for name, found in zip(NAMES, ended, strict=True):
            print(
                f"{what}, {name}: {found['acknowledged'] / found['seconds']:,.0f} messages/s acknowledged; "
                f"to LAM p50 {found['p50_ms']:.1f} ms, p99 {found['p99_ms']:.1f} ms, "
                f"longest {found['longest_ms']:.0f} ms; "
                f"{found['cpu_s'] / found['seconds']:.2f} of a core, {found['memory_mib']:.0f} MiB at most"
            )
        print(f"    {pace()} right after it")
        share = 100 / max(passed, 1)
        print(
            f"    meanwhile the host took {taken * share:.0f} % of both processors for others; "
            f"{disk * share:.0f} % waited for the disk"
        )


def backlog(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pair = Pair(Path(folder))
        begun = time.perf_counter()
        opened = open_node(pair["alpha"].home.directory)
        with opened.store:
            for first in range(0, count, AT_A_TIME):
                numbers = range(first, min(first + AT_A_TIME, count))
                texts = [(Kind.TEXT, FreeText(text=f"Number {it}: {WORDS}", officer=WHO)) for it in numbers]
                opened.node.say_many(ACCORD_ID, texts, opened.clock.now_ms())
        taken = time.perf_counter() - begun
        print(f"say {count:,} while the other is away: {taken:.0f} s, {count / taken:,.0f} a second")
        hearing = child(pair, "bravo", "hear", until=count)
        speaking = child(pair, "alpha", "catch-up")
        said, heard = results(speaking, hearing)
        print(
            f"{said['backlog']:,} go over in {said['seconds']:.0f} s, "
            f"{said['backlog'] / said['seconds']:,.0f} a second; "
            f"an EMERGENCY said when {said['held_when_said']:,} were over is in the other picture after "
            f"{heard['shown_at_s'] - said['said_at_s']:.2f} s; at most {said['memory_mib']:.0f} MiB and "
            f"{heard['memory_mib']:.0f} MiB"
        )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=10)
    arguments.add_argument("--rate", type=float, default=1_000, help="each way, for the time to LAM")
    arguments.add_argument("--backlog", type=int, default=5_000)
    given = arguments.parse_args()
    flow("all it takes, both ways", given.seconds)
    flow(f"{given.rate:,.0f} a second each way", given.seconds, rate=given.rate)
    backlog(given.backlog)


if __name__ == "__main__":
    main()
