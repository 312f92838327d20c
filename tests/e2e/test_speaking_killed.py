"""kill -9 while many speak in shared transactions: whoever was answered is in the journal, and the lane is
whole.
"""

import os
import random
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from e2e.two_processes import ACCORD_ID, Pair
from openline.bootstrap import open_node
from openline.coordination.messages import Kind
from openline.journal.entry import Lane
from openline.node.audit import audit

SCRIPT = Path(__file__).with_name("speaking_killed.py")
ROUNDS = 6
MANY = 100_000


def answered_until_killed(directory: Path, answers: int) -> list[int]:
    """The numbers that were answered before a node that has given so many answers was gone."""
    path = os.pathsep.join([str(SCRIPT.parents[1]), *filter(None, sys.path)])
    command = [sys.executable, str(SCRIPT), str(directory), ACCORD_ID]
    with subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = list(islice(process.stdout, answers))
        process.kill()
        lines += process.stdout.readlines()
    return [int(line) for line in lines if line.endswith("\n")]


@pytest.mark.slow
def test_whoever_was_answered_is_in_the_journal_though_the_node_was_killed(tmp_path: Path) -> None:
    directory, chance, head = Pair(tmp_path)["alpha"].home.directory, random.Random(5), 0
    for _ in range(ROUNDS):
        answered = answered_until_killed(directory, chance.randint(1, 400))
        assert sorted(answered) == list(range(head + 1, head + 1 + len(answered)))  # none twice, no gap
        with open_node(directory).store as store, store.reading() as tx:
            entries = tx.entries(ACCORD_ID, "alpha", Lane.ROUTINE, 0, MANY)
            assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
            assert {entry.kind for entry in entries} == {Kind.TEXT}
            assert len(entries) >= max(answered)
            head = len(entries)
            assert not audit(tx, "alpha").findings
