"""kill -9 while a node key is changed: whatever is left, the node speaks, and a serving one goes on without a
restart. Real processes.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from e2e.two_processes import ACCORD_ID, NAMES, Pair, Process, until
from openline.bootstrap import open_node
from openline.journal.entry import Lane
from openline.journal.envelope import open_envelope

KILLS = 4


def rotating(process: Process) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "openline", "--directory", str(process.home.directory), "key", "rotate"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def keys_of_lane(process: Process, party: str) -> list[str]:
    opened = open_node(process.home.directory)
    with opened.store, opened.store.reading() as tx:
        entries = tx.entries(ACCORD_ID, party, Lane.URGENT, 0, 10_000)
    return [open_envelope(it.sealed).signatures[0].key_id for it in entries]


def line_check(process: Process) -> None:
    done = process.cli("line", "check", "--position", "watch", "--pseudonym", "one")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_rotation_that_is_killed_at_any_moment_leaves_a_node_that_speaks(tmp_path: Path) -> None:
    chance = random.Random(5)
    with Pair(tmp_path) as pair:
        pair.rest()
        began = time.monotonic()
        assert rotating(pair["alpha"]).wait(60) == 0
        whole_s = time.monotonic() - began
        killed = 0
        for _ in range(KILLS):
            began, child = time.monotonic(), rotating(pair["alpha"])
            try:
                child.wait(whole_s * chance.uniform(0.3, 0.95))
                whole_s = time.monotonic() - began  # it goes faster now: the next is killed earlier
            except subprocess.TimeoutExpired:
                os.kill(child.pid, signal.SIGKILL)
                child.wait()
                killed += 1
            line_check(pair["alpha"])
        assert killed > 0
        assert rotating(pair["alpha"]).wait(60) == 0
        line_check(pair["alpha"])
        line_check(pair["bravo"])
        until(pair.is_at_rest, "both at rest after the killed rotations")
        seals = keys_of_lane(pair["alpha"], "alpha")
        assert seals == keys_of_lane(pair["bravo"], "alpha")
        assert seals[-1] == pair["alpha"].home.node_key().id
        assert len(set(seals)) > 1
        for name in NAMES:
            done = pair[name].cli("journal", "verify")
            assert done.returncode == 0, done.stdout + done.stderr
