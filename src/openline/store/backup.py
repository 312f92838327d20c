"""Copies of a store: made while the node works, and brought back so that the node knows what it is.

A copy appears under its name only when it is whole, checked and synced; what breaks off leaves the name as it
was.
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, cast

from sqlalchemy.pool import PoolProxiedConnection

from openline.errors import Invalid, Refused, Unavailable
from openline.store.failures import PRIMARY_CODE, busy, corrupt, translated
from openline.store.postgres import is_postgres
from openline.store.schema import revision_of
from openline.store.sqlite import check_file, database_path, pragma, read_only
from openline.store.store import SqlStore

RESTORED: Final = "restored"
"""The setting that tells a node to recover its lanes from its partners before it speaks: "1" until it has
done so.
"""

_SIDE_FILES = ("-wal", "-shm", "-journal")


def backup(store: SqlStore, target_path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Copy the store as it is at this moment; the node goes on reading and writing.

    force: replace what is at ``target_path``. Raises Refused ``target-exists``, ``backup-by-server`` for a
    store on PostgreSQL; Unavailable ``disk-full``,
    ``store-corrupt`` (the copy was checked and is damaged), ``store-unreachable``.
    """
    if store.is_shared:
        raise _by_server()
    target = _file_path(target_path)
    if store.path is not None:
        _refuse_same(store.path, target)
    _refuse_existing(target, force)
    with (
        _appearing_at(target) as copy,
        store.turn(),
        translated(),
        closing(store.engine.raw_connection()) as source,
    ):
        _copy(_driver(source), copy)


def mark_brought_back(store: SqlStore) -> None:
    """Where other tools than ``restore`` have put an older state in place (pg_restore, a snapshot of a disk):
    the node must ask its partners before it speaks, as after ``restore``.
    """
    with store.writing() as tx:
        tx.put_setting(RESTORED, "1")
        for row in tx.accords():
            tx.put_setting(f"recovered/{row.accord_id}", "0")
            tx.put_setting(f"recovered/{row.accord_id}/asked", "[]")


def restore(
    backup_path: str | os.PathLike[str], target_path: str | os.PathLike[str], *, force: bool = False
) -> None:
    """Put a backup in a store's place and mark it ``restored``: the partner may know more than it, so the
    node must ask first.

    No node may have ``target_path`` open. force: replace what is there. Raises Invalid ``not-a-store``,
    NotFound ``store-missing``, Refused ``store-newer``, ``target-exists``; Unavailable ``store-busy`` where
    the target is in use, ``store-corrupt`` where the backup is damaged.
    """
    if is_postgres(target_path):
        raise _by_server()
    source, target = _file_path(backup_path), _file_path(target_path)
    _refuse_same(source, target)
    check_file(source, create=False)
    _refuse_existing(target, force)
    with read_only(source) as connection:
        if revision_of(connection) is None:
            raise Invalid("not-a-store", f"{source} is empty", remedy="give the path of a backup")
        with _appearing_at(target) as copy, translated():
            _copy(_driver(connection.connection), copy)
            _mark_restored(copy)
            _retire(target)


def _by_server() -> Refused:
    return Refused(
        "backup-by-server",
        "this node's store is on PostgreSQL, whose own tools copy it and bring it back",
        remedy="pg_dump and pg_restore, then openline restore --brought-back; docs/how-to/scale.md says how",
    )


def _file_path(path: str | os.PathLike[str]) -> Path:
    found = database_path(path)
    if found is None:
        raise Invalid("store-url", "a copy needs a file", field="path", remedy="give a path")
    return found


def _refuse_same(source: Path, target: Path) -> None:
    if source.resolve() == target.resolve():
        raise Refused("target-exists", f"{target} is the store itself", remedy="give another path")


def _refuse_existing(target: Path, force: bool) -> None:
    if target.is_dir():
        raise Refused("target-exists", f"{target} is a folder", remedy="give the path of a file in it")
    if target.exists() and not force:
        raise Refused(
            "target-exists",
            f"{target} exists already",
            remedy="give another path, or force it to be replaced",
        )


@contextmanager
def _appearing_at(target: Path) -> Iterator[Path]:
    """A file beside ``target``, readable by its owner alone, that takes its name when the block ends well."""
    try:
        handle, name = tempfile.mkstemp(prefix=f"{target.name}.", suffix=".partial", dir=target.parent)
        os.close(handle)
        partial = Path(name)
        try:
            yield partial
            _sync(partial)
            os.replace(partial, target)
            _sync(target.parent)
        finally:
            for suffix in ("", *_SIDE_FILES):
                Path(f"{partial}{suffix}").unlink(missing_ok=True)
    except OSError as error:
        raise Unavailable(
            "store-unreachable", f"{target} cannot be written ({error})", remedy="check its folder"
        ) from error


def _driver(connection: PoolProxiedConnection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.driver_connection)


def _copy(source: sqlite3.Connection, target: Path) -> None:
    """SQLite's backup in one step is one read transaction: a consistent copy that no writer waits for."""
    with closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, whole without a log beside it
        found = pragma(copy, "integrity_check")
        if found != "ok":
            raise corrupt(str(found))


def _mark_restored(path: Path) -> None:
    """In plain SQL: ``setting`` is the same table in every revision, and the copy may be of an older one."""
    with closing(sqlite3.connect(path)) as copy, copy:
        copy.execute("PRAGMA synchronous = FULL")
        copy.execute("DELETE FROM setting WHERE name = ? OR name LIKE 'recovered/%'", (RESTORED,))
        copy.execute("INSERT INTO setting (name, value) VALUES (?, '1')", (RESTORED,))


def _retire(target: Path) -> None:
    """Make way for the restored store. Leaving WAL needs the file alone, which shows whether a node still has
    it open; a damaged store cannot say, and is just replaced.
    """
    try:
        if target.exists():
            with closing(sqlite3.connect(target, timeout=0)) as old:
                old.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & PRIMARY_CODE == sqlite3.SQLITE_BUSY:
            raise busy(f"{target} is open in another process: stop the node first") from error
    except sqlite3.DatabaseError:
        pass
    for suffix in _SIDE_FILES:
        # A log left behind by the old store would be replayed into the restored one.
        Path(f"{target}{suffix}").unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
