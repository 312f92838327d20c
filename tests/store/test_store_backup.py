"""A backup is whole whatever goes on meanwhile, and a restored node knows that it was restored."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from openline.errors import Invalid, NotFound, OpenlineError, Refused, Unavailable
from openline.store import SqlStore, backup, open_store, restore, schema
from openline.store.backup import RESTORED
from store.samples import ACCORD, LANE, SENDER, append, note


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copies" / "backup #1 100%.db"


@pytest.fixture(autouse=True)
def _folder(copy: Path) -> None:
    copy.parent.mkdir()


def reached(path: Path) -> int:
    with open_store(path, create=False) as store, store.reading() as tx:
        head = tx.lane_head(ACCORD, SENDER, LANE).number
        assert (
            len(tx.entries(ACCORD, SENDER, LANE, 0, 100_000))
            == head
            == 7 * len(tx.private_records(0, 100_000))
        )
        return head


def step(store: SqlStore) -> None:
    with store.writing() as tx:
        append(tx, 7)
        note(tx)


def test_a_restored_store_is_as_it_was_and_says_that_it_was_restored(
    sqlite_store: SqlStore, copy: Path, tmp_path: Path
) -> None:
    step(sqlite_store)
    backup(sqlite_store, copy)
    step(sqlite_store)
    target = tmp_path / "restored.db"
    restore(copy, target)
    assert reached(target) == 7
    with open_store(target) as restored:
        with restored.writing() as tx:
            assert tx.setting(RESTORED) == "1"
            tx.put_setting(RESTORED, "0")
        step(restored)
    assert reached(target) == 14
    with sqlite_store.reading() as tx:
        assert tx.setting(RESTORED) is None


def test_a_backup_is_one_file_and_restoring_it_does_not_change_it(
    file_store: SqlStore, copy: Path, path: Path
) -> None:
    step(file_store)
    backup(file_store, copy)
    before = copy.read_bytes()
    restore(copy, path.with_name("restored.db"))
    assert [file.name for file in copy.parent.iterdir()] == [copy.name]
    assert copy.read_bytes() == before
    assert copy.stat().st_mode & 0o077 == 0


def test_a_backup_beside_a_writer_holds_whole_steps_only(file_store: SqlStore, copy: Path) -> None:
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            step(file_store)

    step(file_store)
    writer = threading.Thread(target=write)
    writer.start()
    try:
        lengths = []
        for _ in range(8):
            backup(file_store, copy, force=True)
            lengths.append(reached(copy))
    finally:
        done.set()
        writer.join()
    assert lengths == sorted(lengths)
    assert lengths[-1] > lengths[0]


def test_nothing_is_overwritten_without_force(file_store: SqlStore, copy: Path, path: Path) -> None:
    step(file_store)
    backup(file_store, copy)
    step(file_store)
    attempts = [
        lambda: backup(file_store, copy),
        lambda: backup(file_store, path, force=True),
        lambda: backup(file_store, copy.parent, force=True),
        lambda: restore(copy, path),
        lambda: restore(copy, copy, force=True),
    ]
    for attempt in attempts:
        with pytest.raises(Refused) as caught:
            attempt()
        assert caught.value.code == "target-exists"
    assert reached(copy) == 7
    assert reached(path) == 14


def test_a_store_in_use_is_not_replaced_even_by_force(file_store: SqlStore, copy: Path, path: Path) -> None:
    backup(file_store, copy)
    step(file_store)
    with pytest.raises(Unavailable) as caught:
        restore(copy, path, force=True)
    assert caught.value.code == "store-busy"
    step(file_store)
    file_store.close()
    assert reached(path) == 14


@pytest.mark.parametrize("left", [("", "-wal", "-shm"), ("-wal", "-shm"), ("-wal",)])
def test_a_log_left_behind_is_not_replayed_into_the_restored_store(
    path: Path, copy: Path, left: tuple[str, ...]
) -> None:
    """As a killed node leaves its files, or somebody who removed only some of them."""
    store = open_store(path)
    step(store)
    backup(store, copy)
    step(store)
    files = {Path(f"{path}{suffix}"): Path(f"{path}{suffix}").read_bytes() for suffix in left}
    store.close()
    path.unlink()
    for file, data in files.items():
        file.write_bytes(data)
    restore(copy, path, force=True)
    assert reached(path) == 7


def test_a_damaged_store_can_be_replaced(path: Path, copy: Path) -> None:
    with open_store(path) as store:
        step(store)
        backup(store, copy)
    path.write_bytes(b"\xff" * 10_000)
    Path(f"{path}-wal").write_bytes(b"left behind")
    restore(copy, path, force=True)
    assert reached(path) == 7


def damaged(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xa5" * (len(data) - 8192)
    path.write_bytes(data)


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE {schema.REVISION_TABLE} SET version_num = '9999'")


@pytest.mark.parametrize(
    ("spoil", "error", "code"),
    [
        (damaged, Unavailable, "store-corrupt"),
        (newer, Refused, "store-newer"),
        (lambda path: path.write_bytes(b""), Invalid, "not-a-store"),
        (lambda path: path.write_bytes(b"a text"), Invalid, "not-a-store"),
        (lambda path: path.unlink(), NotFound, "store-missing"),
    ],
)
def test_a_spoilt_backup_is_not_restored_and_the_store_stays(
    path: Path, copy: Path, spoil: Callable[[Path], object], error: type[OpenlineError], code: str
) -> None:
    with open_store(path) as store:
        for _ in range(20):
            step(store)
        backup(store, copy)
    spoil(copy)
    with pytest.raises(error) as caught:
        restore(copy, path, force=True)
    assert caught.value.code == code
    assert reached(path) == 140
    assert [file.name for file in path.parent.iterdir() if "partial" in file.name] == []


def test_a_copy_that_cannot_be_written_is_said_and_leaves_nothing(file_store: SqlStore, copy: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        backup(file_store, copy.parent / "nowhere" / "copy.db")
    assert caught.value.code == "store-unreachable"
    with pytest.raises(Invalid):
        backup(file_store, "sqlite://")
