"""SQLite as Openline uses it: where the file is, how each connection is set, how a transaction begins.

- WAL, so that readers never wait for the writer, and ``synchronous=FULL``, so that what was committed
  survives power loss (in WAL mode FULL syncs the log at every commit; NORMAL does not). Both are asserted on
  each connection.
- SQLAlchemy sends BEGIN itself (its documented recipe): ``BEGIN IMMEDIATE`` takes the write lock before
  anything is read, so a transaction that reads a head and moves it can never find that another process moved
  it in between.
- Checkpoints are taken under the write lock, never automatically. SQLite before 3.51.3 can damage a
  database when one connection commits into a restarted log while another runs a second checkpoint ("WAL-reset
  bug", sqlite.org/wal.html); where nobody can write during a checkpoint, that cannot happen.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool, QueuePool, StaticPool

from openline.errors import Invalid, NotFound, Refused, Unavailable
from openline.store.failures import translated
from openline.store.modes import BEGIN

BUSY_TIMEOUT_MS: Final = 5_000
"""How long a transaction waits for the write lock of another process before it says ``store-busy``."""
MAX_CONNECTIONS: Final = 16
CHECKPOINT_BYTES: Final = 8 * 1024 * 1024
"""A log longer than this is copied into the database after the step that made it so."""
KEPT_SHARE: Final = 7 / 8
"""Of that, a log begun anew stays so long: to write over what is there takes half the time of making the
file longer, and the last eighth still shows when it is full.
"""
FULL_SYNC: Final = 2
FILE_HEADER: Final = b"SQLite format 3\x00"

_PAUSE_S = 0.01
_SETTINGS = (
    f"PRAGMA synchronous = {FULL_SYNC}",
    "PRAGMA fullfsync = ON",  # macOS: its plain fsync leaves data in the drive's cache
    "PRAGMA checkpoint_fullfsync = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA wal_autocheckpoint = 0",
)


def database_path(url_or_path: str | os.PathLike[str]) -> Path | None:
    """The file that a path or SQLAlchemy URL names; None for the in-memory store (``sqlite://``).

    Raises Invalid ``store-url`` for a malformed URL and Refused ``store-not-supported`` for another database.
    """
    text = os.fspath(url_or_path)
    if "://" not in text:
        return _file(text)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise Invalid("store-url", "this is no database URL", field="store", remedy="give a path") from error
    if url.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise Refused(
            "store-not-supported",
            f"a store of kind {url.drivername!r} is not supported",
            remedy="give a path",
        )
    if url.query or url.host:
        raise Invalid(
            "store-url", "a SQLite URL takes a path and nothing else", field="store", remedy="give a path"
        )
    return _file(url.database or ":memory:")


def _file(database: str) -> Path | None:
    if not database or "\0" in database:
        raise Invalid("store-url", "the path of the store is empty or holds a zero byte", field="store")
    return None if database == ":memory:" else Path(database).absolute()


def check_file(path: Path, create: bool) -> None:
    """Look before opening: SQLite would happily write into a stranger's file, or create one where a path was
    mistyped.

    Raises NotFound ``store-missing``, Invalid ``not-a-store`` and Unavailable ``store-unreachable``.
    """
    try:
        if path.is_file():
            with path.open("rb") as file:
                header = file.read(len(FILE_HEADER))
            if header not in (b"", FILE_HEADER):
                raise not_a_store(path)
        elif path.exists():
            raise not_a_store(path)
        elif not create:
            raise NotFound(
                "store-missing", f"there is no store at {path}", remedy="create one: openline init"
            )
        else:
            # Operations are kept whole in here: the file is its owner's alone, and SQLite gives its log the
            # same mode.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise Unavailable(
            "store-unreachable",
            f"the store cannot be opened ({error})",
            remedy="check that the folder exists and that you may write to it",
        ) from error


def not_a_store(path: Path | None) -> Invalid:
    where = path or "the database"
    return Invalid(
        "not-a-store", f"{where} is no Openline store", remedy="give the path of a store, or of a new file"
    )


@contextmanager
def read_only(path: Path) -> Iterator[Connection]:
    """The database at ``path`` without changing a byte of it: before it is known whose it is, and for a
    backup, which may be evidence or lie on a read-only disk.
    """
    uri = f"{path.as_uri()}?mode=ro"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(uri, uri=True), poolclass=NullPool)
    with ExitStack() as opened:
        with translated():
            connection = opened.enter_context(engine.connect())
        yield connection


def create_sqlite_engine(path: Path | None, busy_timeout_ms: int) -> Engine:
    """An engine over the file, or over one shared in-memory connection where ``path`` is None."""
    arguments = {"timeout": busy_timeout_ms / 1000, "check_same_thread": False}
    if path is None:
        engine = create_engine("sqlite://", poolclass=StaticPool, connect_args=arguments)
    else:
        engine = create_engine(
            URL.create("sqlite", database=str(path)),
            poolclass=QueuePool,
            pool_size=MAX_CONNECTIONS,
            pool_use_lifo=True,  # the last one used still has its pages; another has to read them anew
            max_overflow=0,
            pool_timeout=busy_timeout_ms / 1000,
            connect_args=arguments,
        )

    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy begins, not sqlite3
        for statement in _SETTINGS:
            connection.execute(statement)
        connection.execute(f"PRAGMA journal_size_limit = {int(CHECKPOINT_BYTES * KEPT_SHARE)}")
        mode = "memory" if path is None else _write_ahead_log(connection, busy_timeout_ms)
        _assert_durable(connection, mode)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", _begin)
    return engine


def _write_ahead_log(connection: sqlite3.Connection, busy_timeout_ms: int) -> str:
    """Switch to WAL. On a new file this needs the file alone and ignores the busy timeout, so it is tried
    again here.
    """
    deadline_s = time.monotonic() + busy_timeout_ms / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return "wal"
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline_s:
                raise
        time.sleep(_PAUSE_S)


def _assert_durable(connection: sqlite3.Connection, mode: str) -> None:
    """SQLite ignores a setting that it cannot follow; this node does not run on such a one."""
    for name, wanted in (("synchronous", FULL_SYNC), ("foreign_keys", 1), ("journal_mode", mode)):
        found = pragma(connection, name)
        if found != wanted:
            raise Unavailable(
                "store-not-durable",
                f"SQLite keeps {name} at {found!r} where {wanted!r} is needed",
                remedy="keep the store on a local disk: a network file system cannot hold its log",
            )


def pragma(connection: sqlite3.Connection, name: str) -> Any:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def driver_of(connection: Connection) -> sqlite3.Connection | None:
    """What SQLAlchemy drives; None where that is no SQLite."""
    driver = connection.connection.dbapi_connection  # also of one that its pool has let go
    return driver if isinstance(driver, sqlite3.Connection) else None


def _begin(connection: Connection) -> None:
    """Writers lock first. Readers may not write, and their snapshot is of this moment, not of their first
    question.
    """
    driver = driver_of(connection)
    assert driver is not None
    if connection.get_execution_options().get(BEGIN) in ("writing", "sharing"):
        driver.execute("PRAGMA query_only = OFF")
        driver.execute("BEGIN IMMEDIATE")
    else:
        driver.execute("PRAGMA query_only = ON")
        driver.execute("BEGIN")
        driver.execute("PRAGMA schema_version").fetchone()


def log_is_long(path: Path | None) -> bool:
    if path is None:
        return False
    try:
        return os.stat(f"{path}-wal").st_size > CHECKPOINT_BYTES
    except OSError:
        return False


def checkpoint(engine: Engine) -> None:
    """Copy the log into the database. The caller holds the write lock on another connection (see above) and
    writes nothing itself, so that all of the log is copied and the next writer begins it anew.

    PASSIVE waits for no reader; what a reader still needs stays in the log for the next time. A crash in here
    loses nothing: the log is whole until the database is synced.
    """
    with translated():
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
        finally:
            connection.close()
