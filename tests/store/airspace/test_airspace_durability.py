"""What a turn has committed is on the disk: the very connection that writes is asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event

from openline.errors import Unavailable
from openline.store import SqlStore, open_store
from openline.store.airspace import SqlAirspaceStore
from openline.store.sqlite import CHECKPOINT_BYTES
from store.airspace.entities import intent, subscription

SETTINGS = {
    "sqlite": ["PRAGMA synchronous", "PRAGMA journal_mode"],
    "postgresql": ["SHOW synchronous_commit", "SHOW fsync"],
}
DURABLE = {"sqlite": [2, "wal"], "postgresql": ["on", "on"]}


@contextmanager
def asked_at_commit(engine: Engine) -> Iterator[list[list[Any]]]:
    """How the connection is set at each commit, and what it has written."""
    found: list[list[Any]] = []
    written: dict[int, int] = {}

    def has_written(driver: Any) -> bool:
        if engine.dialect.name == "postgresql":
            return bool(driver.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL").fetchone()[0])
        before, written[id(driver)] = written.get(id(driver), 0), driver.total_changes
        return bool(driver.total_changes > before)

    def ask(connection: Any) -> None:
        driver = connection.connection.dbapi_connection
        if has_written(driver):
            asked = SETTINGS[engine.dialect.name]
            found.append([driver.execute(question).fetchone()[0] for question in asked])

    event.listen(engine, "commit", ask)
    yield found
    event.remove(engine, "commit", ask)


def test_the_connection_that_commits_a_change_syncs_it(opened: Callable[[], SqlStore]) -> None:
    store = opened()
    with asked_at_commit(store.engine) as found:
        for number in range(3):
            with SqlAirspaceStore(store).changing([1]) as turn:
                turn.put([intent(f"i{number}", 1)])
    assert found == [DURABLE[store.engine.dialect.name]] * 3


def test_a_server_that_relaxes_what_a_commit_means_is_refused(postgres_store_url: str) -> None:
    with psycopg.connect(postgres_store_url, autocommit=True) as connection:
        connection.execute(
            "DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() ||"
            " ' SET synchronous_commit = off'; END $$"
        )
    with open_store(postgres_store_url) as store:
        airspace = SqlAirspaceStore(store)
        with pytest.raises(Unavailable, match="store-not-durable"), airspace.changing([1]) as turn:
            turn.put([intent("a", 1)])
        assert airspace.load().records == ()


def test_a_database_that_goes_away_stores_nothing_and_is_said_to(postgres_store_url: str) -> None:
    with open_store(postgres_store_url) as store:
        airspace = SqlAirspaceStore(store)
        with pytest.raises(Unavailable, match="store-unreachable"), airspace.changing([1]) as turn:  # noqa: PT012
            turn.put([intent("a", 1), subscription("s", 1)])
            with psycopg.connect(postgres_store_url, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE pid <> pg_backend_pid() AND datname = current_database()"
                )
        assert airspace.load().records == ()
        with airspace.changing([1]) as turn:
            turn.put([intent("a", 1)])
        assert len(airspace.load().records) == 1


def test_the_log_of_sqlite_is_folded_under_changes_alone(tmp_path: Path) -> None:
    with open_store(tmp_path / "node.db") as store:
        airspace = SqlAirspaceStore(store)
        lengths = []
        for number in range(200):
            with airspace.changing([1]) as turn:
                turn.put([intent(f"{number} {at}" + "x" * 500, 1) for at in range(40)])
            lengths.append((tmp_path / "node.db-wal").stat().st_size)
        one_change = max(after - before for before, after in pairwise(lengths))
        assert max(lengths) <= CHECKPOINT_BYTES + one_change
        assert sum(after < before for before, after in pairwise(lengths)) > 1
