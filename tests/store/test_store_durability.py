"""What is committed stays, whatever dies, fills up or is written beside it."""

# ruff: noqa: PT012 (what must raise here is a whole block: its steps, or its end)

import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from openline.errors import Unavailable
from openline.journal.entry import LaneHead
from openline.journal.private import verify_chain
from openline.node.ports import Transaction
from openline.store import SqlStore, open_store, sqlite
from openline.store import store as store_module
from store.samples import ACCORD, LANE, SENDER, append, note, sealed, start_process

ENTRIES_EACH = 3
# One transaction is some 20 statements; the points fall on its first and last, on COMMIT, and on ones in
# between.
DEATHS = (1, 6, 11, 17, 19, 20, 21, 22, 23, 25, 38, 61)
FEWER_DEATHS = (2, 13, 22, 23, 24, 47)


def check_whole(tx: Transaction, entries_each: int) -> int:
    """Nothing is half there: lane, head, picture, private journal and counter tell one story. Returns its
    length.
    """
    records = tx.private_records(0, 10_000)
    reached = len(records) * entries_each
    head = LaneHead.empty()
    for number in range(1, reached + 1):
        head = head.extend(sealed(number))
    entries = tx.entries(ACCORD, SENDER, LANE, 0, 100_000)
    assert [entry.sealed for entry in entries] == [sealed(number) for number in range(1, reached + 1)]
    assert [entry.number for entry in entries] == list(range(1, reached + 1))
    assert tx.lane_head(ACCORD, SENDER, LANE) == head
    assert tx.counters().get("entries", 0) == reached
    assert [row.value for row in tx.picture(ACCORD)] == [str(reached).encode()] * bool(reached)
    assert verify_chain(records) == []
    return reached


@pytest.fixture(params=["file", "postgres"])
def url(request: pytest.FixtureRequest, path: Path) -> str:
    return f"sqlite:///{path}" if request.param == "file" else str(request.getfixturevalue("postgres_url"))


@pytest.mark.slow
def test_kill_9_at_any_statement_loses_nothing_committed_and_halves_nothing(url: str) -> None:
    acknowledged = 0
    for die_at in DEATHS if url.startswith("sqlite") else FEWER_DEATHS:
        with start_process(url, 100, ENTRIES_EACH, die_at) as process:
            said, _ = process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
        acknowledged = max([acknowledged, *map(int, said.split())])
        with open_store(url) as store, store.reading() as tx:
            reached = check_whole(tx, ENTRIES_EACH)
        # It may have died after the commit and before it could say so; nothing more than that one step.
        assert reached in (acknowledged, acknowledged + ENTRIES_EACH)
        acknowledged = reached
    assert acknowledged > 0


@pytest.mark.slow
def test_processes_number_one_lane_without_gaps_and_readers_see_whole_steps(
    url: str,
) -> None:
    """They also create the store together: nothing is there when they start."""
    processes = [start_process(url, 60, 2, 0) for _ in range(2)]
    with open_store(url, busy_timeout_ms=60_000) as store:
        while any(process.poll() is None for process in processes):
            with store.reading() as tx:
                check_whole(tx, 2)
        with store.reading() as tx:
            assert check_whole(tx, 2) == 2 * 60 * 2
    said = [int(line) for process in processes for line in process.communicate()[0].split()]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(said) == list(range(2, 2 * 60 * 2 + 1, 2))


def test_every_connection_is_durable_and_keeps_foreign_keys(file_store: SqlStore) -> None:
    connections = [file_store.engine.raw_connection() for _ in range(3)]
    for connection in connections:
        driver = connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        found = {
            name: sqlite.pragma(driver, name) for name in ("synchronous", "journal_mode", "foreign_keys")
        }
        assert found == {"synchronous": 2, "journal_mode": "wal", "foreign_keys": 1}
        assert sqlite.pragma(driver, "busy_timeout") == 100
        assert sqlite.pragma(driver, "wal_autocheckpoint") == 0
        connection.close()


def test_a_store_that_sqlite_cannot_make_durable_is_not_opened(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_SETTINGS", (*sqlite._SETTINGS, "PRAGMA synchronous = NORMAL"))
    with pytest.raises(Unavailable) as caught:
        open_store(path)
    assert caught.value.code == "store-not-durable"


def test_a_writer_waits_for_its_turn_and_then_says_busy(path: Path) -> None:
    with open_store(path) as first, open_store(path, busy_timeout_ms=50) as second, first.writing() as tx:
        append(tx)
        with pytest.raises(Unavailable) as caught, second.writing():
            pytest.fail("two writers at once")
        with second.reading() as reading:
            assert reading.lane_head(ACCORD, SENDER, LANE).number == 0
    assert caught.value.code == "store-busy"
    assert caught.value.remedy


def test_a_reader_sees_the_moment_at_which_it_began(path: Path) -> None:
    with open_store(path) as first, open_store(path) as second:
        with first.writing() as tx:
            append(tx)
        with second.reading() as reading:
            with first.writing() as tx:
                append(tx, 5)
                tx.put_setting("party", "north")
            assert reading.lane_head(ACCORD, SENDER, LANE).number == 1
            assert reading.setting("party") is None
        with second.reading() as reading:
            assert reading.lane_head(ACCORD, SENDER, LANE).number == 6


def fill_up(store: SqlStore) -> None:
    """No page more than there are: what SQLite answers is what it answers on a full disk."""

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {sqlite.pragma(connection, 'page_count')}")

    event.listen(store.engine, "connect", limit)
    store.close()


def test_a_full_disk_is_said_and_nothing_of_the_step_is_stored(path: Path) -> None:
    with open_store(path) as store:
        with store.writing() as tx:
            append(tx)
            note(tx)
        fill_up(store)
        with pytest.raises(Unavailable) as caught, store.writing() as tx:
            tx.put_setting("party", "north")
            append(tx, 1_000)
        assert caught.value.code == "disk-full"
        with pytest.raises(Unavailable), store.writing() as tx:
            append(tx, 1_000)
            with pytest.raises(Unavailable):
                tx.entry(ACCORD, SENDER, LANE, 1)  # whoever reads entries has them written first
            # SQLite has rolled back by itself: this must not slip in on its own.
            tx.put_setting("party", "north")
        with store.reading() as tx:
            assert tx.setting("party") is None
            assert tx.lane_head(ACCORD, SENDER, LANE).number == 1
    with open_store(path) as store, store.writing() as tx:
        append(tx, 1_000)
        assert tx.lane_head(ACCORD, SENDER, LANE).number == 1_001


def test_a_damaged_store_says_so(path: Path) -> None:
    with open_store(path) as store, store.writing() as tx:
        append(tx, 200)
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(Unavailable) as caught, open_store(path) as store, store.reading() as tx:
        tx.entries(ACCORD, SENDER, LANE, 0, 1_000)
    assert caught.value.code == "store-corrupt"


@pytest.mark.parametrize(
    "change",
    ["UPDATE entry SET lane = 'sideways', sealed = 'text'", "UPDATE entry SET sealed = 'text'"],
)
def test_a_row_that_somebody_wrote_into_the_file_is_named_not_believed(path: Path, change: str) -> None:
    with open_store(path) as store:
        with store.writing() as tx:
            entry = append(tx)[0]
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(change)
        with pytest.raises(Unavailable) as caught, store.reading() as tx:
            tx.entry_by_hash(entry.hash)
    assert caught.value.code == "store-corrupt"


def test_the_log_is_folded_into_the_database_as_it_grows_and_after_a_long_reader_has_left(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "CHECKPOINT_BYTES", 200_000)
    log, lengths = Path(f"{path}-wal"), []

    def write(store: SqlStore, steps: int) -> None:
        for _ in range(steps):
            with store.writing() as tx:
                append(tx, 20)
            lengths.append(log.stat().st_size)

    with open_store(path) as store:
        write(store, 20)
        assert max(lengths) < 400_000
        with store.reading() as tx:
            write(store, 20)
            assert tx.lane_head(ACCORD, SENDER, LANE).number == 400
        assert max(lengths) > 400_000
        write(store, 20)
        assert lengths[-1] < 400_000
        with store.reading() as tx:
            assert len(tx.leaf_hashes(ACCORD, SENDER, LANE, 10**6)) == 1_200
    assert not log.exists()


def test_a_checkpoint_that_fails_is_not_told_as_a_failure_of_the_step(
    file_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(engine: Engine) -> None:
        raise Unavailable("store-io", "the disk failed")

    monkeypatch.setattr(sqlite, "CHECKPOINT_BYTES", 0)
    monkeypatch.setattr(store_module, "checkpoint", fails)
    with file_store.writing() as tx:
        append(tx)
    with file_store.reading() as tx:
        assert tx.lane_head(ACCORD, SENDER, LANE).number == 1
