"""PostgreSQL as Openline uses it: for a store that several processes or hosts share (ADR 0014).

- A writing block takes one row FOR UPDATE before it reads anything, at READ COMMITTED: whoever waited for the
  row sees what the one before committed, so heads read are heads moved.
- A reading block is REPEATABLE READ, READ ONLY: one snapshot.
- What was committed is on the server's disk: a server or role that relaxes this is refused, at each begin of
  a block that writes (behind a pooler, the next transaction may be on another connection).
- Everything that is set is set for one transaction (SET LOCAL), which any pooler keeps apart.
- SQL is plain enough for CockroachDB and YugabyteDB (tests/store/test_store_portability.py).
"""

import importlib.util
import os
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.dialects import registry
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import QueuePool

from openline.errors import Invalid, Refused, Unavailable
from openline.store.failures import corrupt
from openline.store.modes import BEGIN

BUSY_TIMEOUT_MS: Final = 5_000
"""How long a block waits for the node's turn, and for a connection, before it says ``store-busy``."""
MAX_CONNECTIONS: Final = 16
"""Connections of one process at most, idle ones included; PostgreSQL's own default limit is 100 in all."""
STATEMENT_TIMEOUT_MS: Final = 60_000
"""One statement may take no longer: it is cut off and nothing is stored."""
IDLE_TIMEOUT_MS: Final = 60_000
"""A writer that says nothing for so long in the middle of a block (its host hangs or is cut off) loses its
turn.
"""
RECYCLE_S: Final = 1_800
"""A connection older than this is replaced, so that a moved or added server is found."""
BEGIN_ATTEMPTS: Final = 5
"""Where a database refuses a begin for a conflict (nothing has been done yet), it is begun again."""

DRIVERS: Final = ("postgresql", "postgres", "postgresql+psycopg")
POOLED: Final = "pgbouncer"
"""``?pgbouncer=true``: no prepared statements, for a pooler that cannot keep them apart."""

_DIALECT = "openline+postgresql"
_CONNECTING: Final[dict[str, Any]] = {
    "connect_timeout": 5,
    "application_name": "openline",
    # A server that vanished is noticed within some ten seconds, not after the system's two hours.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_SHARE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_DURABLE = "SELECT current_setting('synchronous_commit', true), current_setting('fsync', true)"
_TURN = f"{_DURABLE} FROM turn WHERE name = 'node' FOR UPDATE"
_RELAXED = "off"
_BEGIN_AGAIN = ("40001", "40P01")

registry.register("openline.postgresql", "openline.store.dialect", "SharedDialect")


def is_postgres(url_or_path: str | os.PathLike[str]) -> bool:
    """Is it a URL of PostgreSQL, whatever the driver?"""
    scheme, separator, _ = os.fspath(url_or_path).partition("://")
    return bool(separator) and scheme.partition("+")[0] in ("postgresql", "postgres")


def postgres_url(text: str) -> URL:
    """The URL with the driver that is used here. No error repeats the text: it may hold a password.

    Raises Invalid ``store-url``, Refused ``store-not-supported`` for another driver.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise Invalid(
            "store-url",
            "this is no database URL",
            field="store",
            remedy="give postgresql://USER@HOST:PORT/DATABASE, with % and two hex digits for odd characters",
        ) from None
    if url.drivername not in DRIVERS:
        raise Refused(
            "store-not-supported",
            f"a store of kind {url.drivername!r} is not supported",
            remedy="say postgresql://",
        )
    if "\0" in text:
        raise Invalid("store-url", "the URL of the store holds a zero byte", field="store")
    return url.set(drivername=_DIALECT)


def create_postgres_engine(
    url: str, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS, connections: int = MAX_CONNECTIONS
) -> Engine:
    """An engine over at most ``connections`` connections; nothing is connected yet.

    A transaction begins by the execution options of ``openline.store.modes``. Raises Invalid ``store-url``;
    Refused ``store-not-supported``; Unavailable ``store-driver-missing``.
    """
    found = postgres_url(url)
    check_driver()
    pooled = found.query.get(POOLED) == "true"
    given = found.difference_update_query([POOLED])
    engine = create_engine(
        given,
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=busy_timeout_ms / 1000,
        pool_pre_ping=True,
        pool_recycle=RECYCLE_S,
        use_native_hstore=False,
        hide_parameters=True,  # operations do not belong in a log
        connect_args=_connecting(given, pooled),
    )
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _begins(busy_timeout_ms))
    return engine


def check_driver() -> None:
    """Raises Unavailable ``store-driver-missing``."""
    if importlib.util.find_spec("psycopg") is None:
        raise Unavailable(
            "store-driver-missing",
            "the driver for PostgreSQL is not installed",
            remedy="install it: pip install 'openline[postgresql]'",
        )


def _connecting(url: URL, pooled: bool) -> dict[str, Any]:
    """What the URL says itself stands."""
    arguments = {name: value for name, value in _CONNECTING.items() if name not in url.query}
    return arguments | ({"prepare_threshold": None} if pooled else {})


def _on_connect(connection: Any, _record: object) -> None:
    connection.autocommit = True  # _begins sends BEGIN, not psycopg


def _begins(busy_timeout_ms: int) -> Any:
    limits = (
        f"SET LOCAL lock_timeout = '{max(busy_timeout_ms, 1)}ms'",
        f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT_MS}ms'",
        f"SET LOCAL idle_in_transaction_session_timeout = '{IDLE_TIMEOUT_MS}ms'",
    )
    share = "; ".join((_SHARE, *limits))

    def begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get(BEGIN)
        if mode not in ("writing", "sharing"):
            # The snapshot is of the first question, so one is asked now.
            connection.exec_driver_sql(f"{_READ}; SELECT 1")
            return
        for attempt in range(1, BEGIN_ATTEMPTS + 1):
            try:
                if mode == "writing":
                    connection.exec_driver_sql(share)
                    _assert_durable(connection.exec_driver_sql(_TURN).first())
                else:  # one way to the database and back: others wait for what this one is about to lock
                    _assert_durable(connection.exec_driver_sql(f"{_DURABLE}; {share}").first())
                return
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _BEGIN_AGAIN or attempt == BEGIN_ATTEMPTS:
                    raise
                connection.exec_driver_sql("ROLLBACK")

    return begin


def _assert_durable(found: Sequence[Any] | None) -> None:
    """Any ``synchronous_commit`` but off waits for the local disk. A database that has no such setting (NULL)
    offers no way to relax it.
    """
    if found is None:
        raise corrupt("the row that writers take turns by is missing")
    for name, value in zip(("synchronous_commit", "fsync"), found, strict=True):
        if value == _RELAXED:
            raise Unavailable(
                "store-not-durable",
                f"the database keeps {name} off: what was answered could be lost",
                remedy=f"set {name} to on, for the server, the database and the role",
            )
