"""kill -9 at any moment of either node: nothing acknowledged is lost, nothing is doubled. Real processes,
at least 50 kills.
"""

import random
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from e2e.two_processes import ACCORD_ID, NAMES, Pair, Process, flight_feature, until
from openline.bootstrap import open_node
from openline.journal.entry import Lane

KILLS = 52
BREATH = 10
"""After so many kills both nodes are left alone until the line has lived: how fast a machine starts a node
does not decide whether anything crosses between the kills.
"""
HOUR_MS = 3_600_000


class Filer(threading.Thread):
    """Files at one node without a pause, and remembers what the node has confirmed. A node that is dead is
    asked again.
    """

    def __init__(self, process: Process, party: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.process = process
        self.party = party
        self.chance = random.Random(seed)
        self.confirmed: dict[str, int] = {}
        self.tried = 0
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            features = [self.feature() for _ in range(self.chance.randrange(1, 4))]
            self.tried += len(features)
            body = {"type": "FeatureCollection", "features": features}
            with suppress(httpx.HTTPError):  # dead, or dying: nothing was confirmed
                self.note(self.process.api.post("/api/operations", json=body))
            self.stopping.wait(self.chance.uniform(0.05, 0.3))

    def note(self, answer: httpx.Response) -> None:
        if answer.status_code == 200:
            for filed in answer.json()["filed"]:
                if "operation_id" in filed:
                    self.confirmed[filed["operation_id"]] = filed["version"]

    def feature(self) -> dict[str, Any]:
        """Half of them across a common point, so that conflicts, requests and dialogues are among what the
        kills may hit.
        """
        known = sorted(self.confirmed)
        identifier = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        if known and self.chance.random() < 0.2:
            identifier = self.chance.choice(known)
        lat, lon = 46 + self.chance.uniform(-2, 2), 7 + self.chance.uniform(-3, 3)
        sense = 1 if self.party == "alpha" else -1
        start_ms = time.time_ns() // 1_000_000 + HOUR_MS + self.chance.randrange(0, 20) * HOUR_MS
        path = [(lat, lon, 350), (lat + sense, lon + 1, 350)]
        return flight_feature(identifier, f"{self.party[:1].upper()}LF{self.tried % 1000}", start_ms, path)


@pytest.mark.slow
def test_fifty_kills_of_either_node_lose_nothing_acknowledged_and_double_nothing(tmp_path: Path) -> None:
    chance = random.Random(2015)
    with Pair(tmp_path) as pair:
        pair.rest()
        filers = [Filer(pair[name], name, seed) for seed, name in enumerate(NAMES)]
        for filer in filers:
            filer.start()
        for number in range(KILLS):
            if number % BREATH == BREATH - 1:
                _let_the_line_live(pair)
            victim = pair[chance.choice(NAMES)]
            time.sleep(chance.uniform(0.0, 0.35))
            victim.kill()
            victim.start()
            if chance.random() < 0.8:
                victim.wait_up()  # else it may be killed again while it starts
        for filer in filers:
            filer.stopping.set()
        for filer in filers:
            filer.join(30)
        for name in NAMES:
            pair[name].wait_up()
        pair.rest()
        print({filer.party: (len(filer.confirmed), filer.tried) for filer in filers})
        assert all(len(filer.confirmed) > 30 for filer in filers)
        assert all(_crossed(pair[name]) >= KILLS // BREATH for name in NAMES)
        for filer in filers:
            _assert_kept_once(pair, filer)
        for name in NAMES:
            verified = pair[name].cli("journal", "verify")
            assert verified.returncode == 0, verified.stdout + verified.stderr


def _let_the_line_live(pair: Pair) -> None:
    """Until each node has acknowledged more of the other's words than it had when this began."""
    before = {name: _crossed(pair[name]) for name in NAMES}
    until(
        lambda: all(_crossed(pair[name]) > before[name] for name in NAMES),
        "each side acknowledged something more of the other's",
    )


def _crossed(process: Process) -> int:
    """How often the partner's words were acknowledged."""
    opened = open_node(process.home.directory)
    partner = NAMES[1 - NAMES.index(opened.settings.party)]
    with opened.store.reading() as tx:
        lams = len(list(tx.lams(ACCORD_ID, partner, Lane.ROUTINE)))
    opened.store.close()
    return lams


def _assert_kept_once(pair: Pair, filer: Filer) -> None:
    """Everything confirmed is in its node, was said, and arrived at the partner, each version once."""
    partner = NAMES[1 - NAMES.index(filer.party)]
    mine, theirs = open_node(pair[filer.party].home.directory), open_node(pair[partner].home.directory)
    with mine.node.looking() as (tx, desks, own):
        desk = desks[ACCORD_ID]
        for operation_id, version in filer.confirmed.items():
            assert own.need(operation_id).version >= version
        told = {row.notice_id: operation_id for operation_id, row in desk.notices.items()}
        said = tx.entries(ACCORD_ID, filer.party, Lane.ROUTINE, 0, 1_000_000)
        assert set(filer.confirmed) <= set(told.values())
        assert len(told) == len(desk.notices)
    with theirs.node.looking() as (tx, desks, _own):
        heard = tx.entries(ACCORD_ID, filer.party, Lane.ROUTINE, 0, 1_000_000)
        assert [entry.sealed for entry in heard] == [entry.sealed for entry in said]
        known = {it.notice_id for it in desks[ACCORD_ID].line.picture.all_told() if it.party == filer.party}
        assert known == set(told)
    assert len({entry.hash for entry in said}) == len(said) == said[-1].number
    mine.store.close()
    theirs.store.close()
