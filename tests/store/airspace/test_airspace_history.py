"""Thousands of filings at replicas at once: what was answered could have happened one after the other.

OPENLINE_HISTORY_BATCHES says how many batches each replica takes (100).
"""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from openline.errors import Unavailable
from openline.store import SqlStore, airspace_turn, open_store
from openline.store.airspace import SqlAirspaceStore
from openline.store.airspace_tables import changes
from openline.utm.dss import requests
from openline.utm.dss.ports import AirspaceTurn
from openline.utm.dss.records import Kind, Ref
from openline.utm.wire.references import AirspaceConflictResponse
from store.airspace.entities import intent
from store.airspace.filing import Filer
from store.airspace.filing_process import MakeStore, replica
from store.airspace.history import Asked, Logged, faults

BATCHES = int(os.environ.get("OPENLINE_HISTORY_BATCHES", "100"))
REPLICAS = 3


def filed(filer: Filer, batches: int, into: list[Asked]) -> None:
    for _ in range(batches):
        filer.file()
    into += filer.asked


def log_of(store: SqlStore) -> list[Logged]:
    with store.engine.connect() as connection:
        rows = connection.execute(select(changes)).all()
    return [Logged(row.key, row.count, Ref(Kind(row.kind), row.id), row.at_ms) for row in rows]


def faults_of(store: SqlStore, asked: Sequence[Asked]) -> list[str]:
    standing = {record.ref: record.version for record in SqlAirspaceStore(store).load().records}
    return faults(asked, log_of(store), standing)


def run(
    url: str, replicas: int, make: MakeStore = SqlAirspaceStore, *, only_creates: bool = False
) -> tuple[list[Asked], list[str]]:
    """A thread a replica, each with connections and memory of its own."""
    asked: list[list[Asked]] = [[] for _ in range(replicas)]
    with ExitStack() as stack:
        stores = [stack.enter_context(open_store(url)) for _ in range(replicas)]
        filers = [
            Filer(replica(store, number, make), number, only_creates=only_creates)
            for number, store in enumerate(stores, 1)
        ]
        threads = [
            threading.Thread(target=filed, args=(filer, BATCHES, into))
            for filer, into in zip(filers, asked, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        everything = [it for of_one in asked for it in of_one]
        return everything, faults_of(stores[0], everything)


def assert_much_was_done(asked: Sequence[Asked], least: int) -> None:
    done = [it for it in asked if it.is_done]
    assert len(asked) >= least
    assert sum(isinstance(it.request, requests.PutOperationalIntent) for it in done) > least / 8
    assert sum(isinstance(it.answer, AirspaceConflictResponse) for it in asked) > least / 50
    notified = sum(bool(getattr(it.answer, "subscribers", ())) for it in done)
    assert notified > least / 20


def test_replicas_answer_as_if_there_were_one(postgres_store_url: str) -> None:
    asked, found = run(postgres_store_url, REPLICAS)
    assert found == []
    assert_much_was_done(asked, 2 * REPLICAS * BATCHES)


def test_one_process_on_sqlite_does_the_same(tmp_path: Path) -> None:
    asked, found = run(str(tmp_path / "node.db"), 1)
    assert found == []
    assert_much_was_done(asked, 2 * BATCHES)


@pytest.mark.slow
def test_so_do_replicas_that_are_processes(postgres_store_url: str, tmp_path: Path) -> None:
    files = [tmp_path / str(number) for number in range(1, REPLICAS + 1)]
    with ExitStack() as stack:
        processes = [
            stack.enter_context(start_process(postgres_store_url, number, file))
            for number, file in enumerate(files, 1)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.communicate("go\n", timeout=300)
            assert process.returncode == 0
    asked = [it for file in files for it in pickle.loads(file.read_bytes())]
    with open_store(postgres_store_url) as store:
        assert faults_of(store, asked) == []
    assert_much_was_done(asked, 2 * REPLICAS * BATCHES)


def start_process(url: str, number: int, file: Path) -> "subprocess.Popen[str]":
    script = Path(__file__).parent / "filing_process.py"
    return subprocess.Popen(
        [sys.executable, str(script), url, str(number), str(BATCHES), str(file)],
        env=os.environ | {"PYTHONPATH": str(script.parents[2])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


# The checker can fail ------------------------------------------------------------------------------
class SeesTooEarly(SqlAirspaceStore):
    """What has changed is looked up before the locks are taken."""

    @contextmanager
    def changing(self, keys: Collection[int]) -> Iterator[AirspaceTurn]:
        with self.seeing() as early, super().changing(keys) as turn:
            turn.changed_since = early.changed_since  # type: ignore[method-assign]
            yield turn


def test_the_checker_finds_replicas_that_look_before_they_lock(postgres_store_url: str) -> None:
    _, found = run(postgres_store_url, 2, SeesTooEarly, only_creates=True)
    assert any("did not know of" in fault for fault in found)


def test_the_checker_finds_indices_that_are_raised_without_a_lock(
    postgres_store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(airspace_turn, "_LOCK_INDICES", airspace_turn.INDICES)
    _, found = run(postgres_store_url, REPLICAS, only_creates=True)
    assert any("indices of" in fault for fault in found)


def test_without_locks_the_log_itself_refuses_the_second(
    postgres_store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two who counted on from the same number cannot both be stored: so this fault cannot be answered with
    2xx, and shows as ``number-taken``.
    """
    unlocked = airspace_turn._LOCK_KEYS.with_only_columns(*airspace_turn._LOCK_KEYS.selected_columns)
    unlocked._for_update_arg = None
    monkeypatch.setattr(airspace_turn, "_LOCK_KEYS", unlocked)
    with open_store(postgres_store_url) as first, open_store(postgres_store_url) as second:
        one, other = SqlAirspaceStore(first), SqlAirspaceStore(second)
        with pytest.raises(Unavailable, match="number-taken"), one.changing([1]) as turn:  # noqa: PT012
            with other.changing([1]) as beside:
                beside.put([intent("b", 1)])
            turn.put([intent("a", 1)])
        assert [record.id for record in one.load().records] == ["b"]
