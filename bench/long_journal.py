"""A journal of many entries: how long does it take to verify, and how soon does a node with it answer?

Run by hand: ``python bench/long_journal.py --count 1000000`` (some minutes to make it, once). Half of the
entries are TEXT of ours, half are SHOWN and TEXT of the partner, sealed with its key and put into the journal
as hearing does, with a LAM for every batch of 256 in both directions.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from e2e.two_processes import ACCORD_ID, NAMES, Pair
from measuring import progress
from openline.bootstrap import open_node
from openline.coordination.codec import seal_message
from openline.coordination.conversation import FreeText
from openline.coordination.messages import Kind, Officer, Shown
from openline.journal.checkpoint import Lam, seal_lam
from openline.journal.entry import Lane, Place, Seen, leaf_hash
from openline.journal.keys import SigningKey
from openline.node.desk import Desk
from openline.node.ports import LamRow
from openline.node.step import Step
from start import served_once

AT_A_TIME = 256
WHO = Officer(position="desk-1", pseudonym="north-7", automaton=False)
FOLDER = Path(tempfile.gettempdir()) / "openline-long-journal"
OPENLINE = [sys.executable, "-m", "openline"]


def make(folder: Path, count: int, advance: Callable[[int], None]) -> Path:
    """The directory of alpha, whose journal has ``count`` entries of a line."""
    pair = Pair(folder)
    keys = {name: pair[name].home.node_key() for name in NAMES}
    opened = open_node(pair["alpha"].home.directory)
    with opened.store:
        for first in range(0, count, AT_A_TIME * 8):
            now_ms = opened.clock.now_ms()
            with opened.node.step(now_ms) as step:
                for begun in range(first, min(first + AT_A_TIME * 8, count), AT_A_TIME):
                    sender = NAMES[begun // AT_A_TIME % 2]
                    batch(step, sender, keys, begun, min(AT_A_TIME, count - begun))
            advance(min(AT_A_TIME * 8, count - first))
    return pair["alpha"].home.directory


def batch(step: Step, sender: str, keys: dict[str, SigningKey], begun: int, count: int) -> None:
    """Messages of one sender, and the other side's LAM over them."""
    desk, receiver = step.desk(ACCORD_ID), NAMES[1 - NAMES.index(sender)]
    previous = desk.heads[sender, Lane.ROUTINE].number
    for number in range(begun, begun + count):
        if sender == desk.partner and number % 2:
            kind, body = Kind.SHOWN, Shown(messages=(desk.said(Lane.ROUTINE).hash,), officer=WHO)
        else:
            kind, body = (
                Kind.TEXT,
                FreeText(text=f"Number {number}: the bridge is closed at noon", officer=WHO),
            )
        sealed, payload, fact = seal_message(
            place(desk, sender, receiver, step.now_ms), kind, body, keys[sender]
        )
        desk.journal(step.tx, sealed, leaf_hash(sealed), payload, step.now_ms)
        desk.line.apply(fact)
    head = desk.heads[sender, Lane.ROUTINE]
    lam = Lam(
        accord=ACCORD_ID, exercise=desk.line.exercise, sender=sender, receiver=receiver, lane=Lane.ROUTINE,
        number=head.number, previous=previous, root=head.root, at_ms=step.now_ms,
    )  # fmt: skip
    sealed = seal_lam(lam, keys[receiver])
    step.tx.save_lam(LamRow(ACCORD_ID, sender, Lane.ROUTINE, head.number, step.now_ms, sealed))


def place(desk: Desk, sender: str, receiver: str, now_ms: int) -> Place:
    head, other = desk.heads[sender, Lane.ROUTINE], desk.heads[receiver, Lane.ROUTINE]
    return Place(
        accord=ACCORD_ID, accord_version=1, exercise=desk.line.exercise, sender=sender, receiver=receiver,
        lane=Lane.ROUTINE, number=head.number + 1, previous=head.hash, beside=0, seen=Seen(0, other.number),
        at_ms=now_ms,
    )  # fmt: skip


def verified(directory: Path) -> tuple[float, float, dict[str, object]]:
    """Seconds, the most memory in MiB, and what `openline journal verify` says."""
    begun = time.perf_counter()
    command = ["/usr/bin/env", *OPENLINE, "--directory", str(directory), "--json", "journal", "verify"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    most_mib = 0.0
    while child.poll() is None:
        most_mib = max(most_mib, peak_of(child.pid))
        time.sleep(0.2)
    output, _ = child.communicate()
    return time.perf_counter() - begun, most_mib, json.loads(output)


def peak_of(pid: int) -> float:
    try:
        fields = dict(it.split(":", 1) for it in Path(f"/proc/{pid}/status").read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) / 1024
    except (OSError, KeyError, ValueError):
        return 0.0  # it has just ended


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, default=1_000_000)
    arguments.add_argument("--folder", type=Path, default=FOLDER)
    given = arguments.parse_args()
    folder = given.folder / str(given.count)
    if not (folder / "made").exists():
        begun = time.perf_counter()
        with progress() as bar:
            task = bar.add_task(f"making {given.count:,} entries", total=given.count)
            make(folder, given.count, lambda done: bar.advance(task, done))
        (folder / "made").touch()
        print(f"made in {time.perf_counter() - begun:.0f} s")
    directory = folder / "alpha"
    opened = open_node(directory)
    with opened.store, opened.node.looking() as (_, desks, own):
        lines = [desk.line.picture.digest() for desk in desks.values()]
        expected = {"operations": sum(1 for _ in own.rows()), "lines": lines}
    start = served_once(directory, expected, None)
    print(f"listeners answer {start.both_listen:.2f} s, status {start.status_is_right:.2f} s, "
          f"memory {start.memory_mib:.0f} MiB")  # fmt: skip
    seconds, most_mib, said = verified(directory)
    print(f"verified {said['entries']:,} entries: {said['verified']}, in {seconds:.0f} s, "
          f"{said['entries'] / seconds:,.0f} a second, at most {most_mib:.0f} MiB")  # fmt: skip


if __name__ == "__main__":
    main()
