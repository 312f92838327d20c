"""Two replicas of one node over one PostgreSQL: one drains the line at a time, and another goes on where it
dies. Real processes, kill -9.
"""

import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from e2e.two_processes import ACCORD_ID, YEAR_MS, Process, flight_feature, free_port, until
from openline.accord.clauses import Party
from openline.accord.document import countersign_bundle, pack_bundle, propose
from openline.accord.terms import draft
from openline.bootstrap import Home, Listener, Settings, init, join, open_node
from openline.bootstrap import Partner as PartnerSettings
from openline.journal.entry import Lane

HOUR_MS = 3_600_000
TAKEN_OVER_WITHIN_S = 10.0


class Sky:
    """alpha as two replicas, bravo on SQLite. alpha-1 speaks to bravo, and bravo to alpha-2."""

    def __init__(self, folder: Path, database: str) -> None:
        now_ms = time.time_ns() // 1_000_000
        line = {name: Listener(port=free_port()) for name in ("alpha-1", "alpha-2", "bravo")}
        console = {name: Listener(port=free_port()) for name in line}

        def made(name: str, party: str, partner: str, store: str) -> Home:
            settings = Settings(
                party=party,
                title=party.title(),
                database=store,
                line=line[name],
                console=console[name],
                partners=(PartnerSettings(accord=ACCORD_ID, url=f"http://127.0.0.1:{line[partner].port}"),),
            )
            return init(folder / name, settings, now_ms)

        homes = {
            "alpha-1": made("alpha-1", "alpha", "bravo", database),
            "bravo": made("bravo", "bravo", "alpha-2", "openline.db"),
        }
        bundle = agreed(homes["alpha-1"], homes["bravo"], now_ms)
        for home in homes.values():
            opened = open_node(home.directory)
            opened.node.install_accord(bundle, now_ms)
            opened.store.close()
        homes["alpha-2"] = join(
            folder / "alpha-2", homes["alpha-1"], line=line["alpha-2"], console=console["alpha-2"]
        )
        self.processes = {name: Process(home, console[name].port) for name, home in homes.items()}

    def __getitem__(self, name: str) -> Process:
        return self.processes[name]

    def is_quiet(self, name: str) -> bool:
        """All that alpha has said, bravo holds, and alpha (as this replica sees it) knows that."""
        ours, theirs = self[name].line(), self["bravo"].line()
        return bool(ours["quiet"] and theirs["quiet"] and ours["root"] == theirs["root"])


def agreed(first: Home, second: Home, now_ms: int) -> bytes:
    keys = {home.settings().party: home.party_key() for home in (first, second)}
    parties = [Party(name, name.title(), key.public.hex) for name, key in keys.items()]
    terms = draft(
        ACCORD_ID,
        *parties,
        valid_from_ms=now_ms - YEAR_MS // 2,
        valid_until_ms=now_ms + YEAR_MS,
        heartbeat_ms=1_000,
        exercise=True,
        minimum_notice_ms=0,
    )
    proposed = pack_bundle(propose(terms, keys["alpha"]), {"alpha": first.certificate()})
    return countersign_bundle(proposed, keys["bravo"], second.certificate(), at_ms=now_ms)


@pytest.fixture
def sky(tmp_path: Path, postgres_url: str) -> Iterator[Sky]:
    sky = Sky(tmp_path, postgres_url)
    try:
        for name in ("bravo", "alpha-1"):
            sky[name].start()
            sky[name].wait_up()
        until(lambda: drains(sky["alpha-1"]), "the first replica drains")
        sky["alpha-2"].start()
        sky["alpha-2"].wait_up()
        yield sky
    finally:
        for process in sky.processes.values():
            process.stop()


def drains(process: Process) -> bool:
    """By its own log: the last word on this duty."""
    log = (process.home.directory / "serve.log").read_text()
    words = [line for line in log.splitlines() if f"duty=line/{ACCORD_ID}" in line]
    return bool(words) and "begun" in words[-1]


class Filer(threading.Thread):
    """Files at one replica until it is told to stop or the replica dies; remembers what was confirmed."""

    def __init__(self, process: Process, number: int) -> None:
        super().__init__(daemon=True)
        self.process = process
        self.number = number
        self.confirmed: set[str] = set()
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                self.file()
            except httpx.HTTPError:
                return  # it is dead: nothing was confirmed
            self.stopping.wait(0.1)

    def file(self) -> str:
        identifier = str(uuid.uuid4())
        lane = len(self.confirmed)
        lat, lon = 40 + self.number + lane % 10 / 20, 5 + lane / 20
        start_ms = time.time_ns() // 1_000_000 + HOUR_MS
        path = [(lat, lon, 300 + 10 * self.number), (lat, lon + 0.02, 300 + 10 * self.number)]
        feature = flight_feature(identifier, f"A{self.number}{lane}", start_ms, path)
        body = {"type": "FeatureCollection", "features": [feature]}
        answer = self.process.api.post("/api/operations", json=body).raise_for_status()
        assert answer.json()["filed"][0]["operation_id"] == identifier
        self.confirmed.add(identifier)
        return identifier


@pytest.mark.slow
def test_a_replica_killed_while_it_drains_loses_nothing_and_the_other_delivers_within_ten_seconds(
    sky: Sky,
) -> None:
    filers = [Filer(sky["alpha-1"], 1), Filer(sky["alpha-2"], 2)]
    partner = Filer(sky["bravo"], 3)
    partner.file()
    for filer in filers:
        filer.start()
    until(lambda: all(len(filer.confirmed) > 5 for filer in filers), "both replicas take filings")
    assert drains(sky["alpha-1"])
    assert not drains(sky["alpha-2"])
    sky["alpha-1"].kill()
    dead_s = time.monotonic()
    filers[1].stopping.set()
    for filer in filers:
        filer.join(30)
    filers[1].file()
    partner.file()
    left_s = TAKEN_OVER_WITHIN_S - (time.monotonic() - dead_s)
    until(lambda: sky.is_quiet("alpha-2"), "the other replica delivers", patience_s=left_s)
    assert drains(sky["alpha-2"])
    assert_nothing_lost(sky, "alpha-2", filers)

    # A replica that ends in order gives its lease back: the one that came back takes it.
    sky["alpha-1"].start()
    sky["alpha-1"].wait_up()
    assert not drains_again(sky["alpha-1"])
    assert sky["alpha-2"].child is not None
    sky["alpha-2"].child.terminate()
    sky["alpha-2"].child.wait(20)
    filers[0].file()
    until(lambda: sky.is_quiet("alpha-1"), "the first replica delivers again")
    assert_nothing_lost(sky, "alpha-1", filers)


def drains_again(process: Process) -> bool:
    log = (process.home.directory / "serve.log").read_text()
    return log.count("duty begun") > 1


def assert_nothing_lost(sky: Sky, name: str, filers: list[Filer]) -> None:
    """All that was confirmed by either replica was said once, without gaps, and is with bravo."""
    ours, theirs = open_node(sky[name].home.directory), open_node(sky["bravo"].home.directory)
    with ours.node.looking() as (tx, desks, _):
        said = {lane: tx.entries(ACCORD_ID, "alpha", lane, 0, 1_000_000) for lane in Lane}
        told = {desks[ACCORD_ID].notices[it].notice_id for filer in filers for it in filer.confirmed}
    with theirs.node.looking() as (tx, desks, _):
        for lane, entries in said.items():
            heard = tx.entries(ACCORD_ID, "alpha", lane, 0, 1_000_000)
            assert [it.sealed for it in heard] == [it.sealed for it in entries]
            assert [it.number for it in heard] == list(range(1, len(heard) + 1))
        known = {it.notice_id for it in desks[ACCORD_ID].line.picture.all_told() if it.party == "alpha"}
        assert told <= known
        assert len(known) <= len(told) + len(filers)  # each may have died before it was confirmed
    ours.store.close()
    theirs.store.close()
    for process in (sky[name], sky["bravo"]):
        verified = process.cli("journal", "verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr
