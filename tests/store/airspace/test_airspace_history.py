"""Thousands of filings at replicas at once: what was answered could have happened one after the other.

OPENLINE_HISTORY_BATCHES says how many batches each replica takes (100).
"""

import itertools
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from openline.errors import Unavailable
from openline.store import SqlStore, airspace_turn, open_store
from openline.store.airspace import SqlAirspaceStore
from openline.store.airspace_tables import changes
from openline.utm.dss import requests
from openline.utm.dss.conflict import AirspaceConflict
from openline.utm.dss.ports import AirspaceTurn
from openline.utm.dss.records import Kind, Ref
from openline.utm.dss.registry import Registry
from openline.utm.dss.settings import Settings
from store.airspace.entities import intent
from store.airspace.filing import Filer
from store.airspace.history import Asked, Logged, faults

BATCHES = int(os.environ.get("OPENLINE_HISTORY_BATCHES", "100"))
REPLICAS = 3
TURNS_EACH = 1_000_000_000

MakeStore = Callable[[SqlStore, Callable[[], int]], SqlAirspaceStore]


def fresh_id() -> str:
    return str(uuid.uuid4())


def replica(store: SqlStore, number: int, make: MakeStore = SqlAirspaceStore) -> Registry:
    """Its turns bear numbers of their own in the log, where otherwise the time is."""
    turns = itertools.count(number * TURNS_EACH)
    registry = Registry(make(store, lambda: next(turns)), Settings(), fresh_id)
    registry.load()
    return registry


def filed(registry: Registry, seed: int, batches: int, into: list[Asked]) -> None:
    filer = Filer(registry, seed)
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


def run(url: str, replicas: int, batches: int, make: MakeStore = SqlAirspaceStore) -> tuple[list[Asked], list[str]]:
    """A thread a replica, each with connections and memory of its own."""
    asked: list[list[Asked]] = [[] for _ in range(replicas)]
    with ExitStack() as stack:
        stores = [stack.enter_context(open_store(url)) for _ in range(replicas)]
        threads = [
            threading.Thread(target=filed, args=(replica(store, number, make), number, batches, asked[number - 1]))
            for number, store in enumerate(stores, 1)
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
    assert sum(isinstance(it.answer, AirspaceConflict) for it in asked) > least / 50
    notified = sum(bool(getattr(it.answer, "subscribers", ())) for it in done)
    assert notified > least / 20


def test_replicas_answer_as_if_there_were_one(postgres_store_url: str) -> None:
    asked, found = run(postgres_store_url, REPLICAS, BATCHES)
    assert found == []
    assert_much_was_done(asked, 2 * REPLICAS * BATCHES)


def test_one_process_on_sqlite_does_the_same(tmp_path: Path) -> None:
    asked, found = run(str(tmp_path / "node.db"), 1, BATCHES)
    assert found == []
    assert_much_was_done(asked, 2 * BATCHES)


# The checker can fail ------------------------------------------------------------------------------
class SeesTooEarly(SqlAirspaceStore):
    """What has changed is looked up before the locks are taken."""

    @contextmanager
    def changing(self, keys: Collection[int]) -> Iterator[AirspaceTurn]:
        with self.seeing() as early, super().changing(keys) as turn:
            turn.changed_since = early.changed_since  # type: ignore[method-assign]
            yield turn


def test_the_checker_finds_replicas_that_look_before_they_lock(postgres_store_url: str) -> None:
    _, found = run(postgres_store_url, REPLICAS, BATCHES, SeesTooEarly)
    assert any("did not know of" in fault for fault in found)


def test_the_checker_finds_indices_that_are_raised_without_a_lock(
    postgres_store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(airspace_turn, "_LOCK_INDICES", airspace_turn.INDICES)
    _, found = run(postgres_store_url, REPLICAS, BATCHES)
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
