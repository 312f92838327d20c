"""What the database says went wrong, in Openline's words. A failure of the store is always Unavailable:
nothing was stored.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, TimeoutError

from openline.errors import Invalid, OpenlineError, Unavailable

PRIMARY_CODE: Final = 0xFF  # SQLite's extended codes carry the primary one in their low byte

_FAILURES: Final[dict[str, tuple[str, str | None]]] = {
    "store-busy": (
        "another process or thread held the store for too long",
        "try again; if it stays, see which process has the store open",
    ),
    "store-contended": (
        "another transaction came in between",
        "try again",
    ),
    "disk-full": (
        "there is no room left to store it",
        "free space on the disk of the store",
    ),
    "store-read-only": (
        "the store may only be read here",
        "write inside writing(), with write permission for the file and its folder, or for the tables",
    ),
    "store-unreachable": (
        "the store cannot be opened",
        "check that the folder exists and may be written to, or that the database server answers",
    ),
    "store-io": (
        "the disk failed to read or write",
        "check the disk before anything else",
    ),
    "store-corrupt": (
        "the store is damaged",
        "keep the file as evidence and restore the last backup: openline restore",
    ),
    "number-taken": (
        "a row with this key is there already",
        "begin again from what the store holds now",
    ),
    "store-failed": ("the store failed", None),
}
_OF_SQLITE: Final = {
    sqlite3.SQLITE_BUSY: "store-busy",
    sqlite3.SQLITE_LOCKED: "store-busy",
    sqlite3.SQLITE_FULL: "disk-full",
    sqlite3.SQLITE_READONLY: "store-read-only",
    sqlite3.SQLITE_CANTOPEN: "store-unreachable",
    sqlite3.SQLITE_PERM: "store-unreachable",
    sqlite3.SQLITE_IOERR: "store-io",
    sqlite3.SQLITE_CORRUPT: "store-corrupt",
    sqlite3.SQLITE_NOTADB: "store-corrupt",
    sqlite3.SQLITE_CONSTRAINT: "number-taken",
}
_OF_SQLSTATE: Final = {
    "55P03": "store-busy",  # lock_timeout
    "57014": "store-busy",  # statement_timeout
    "53300": "store-busy",  # too many connections
    "40": "store-contended",  # serialization failure, deadlock
    "42P07": "store-contended",  # another process has just made this table
    "53100": "disk-full",
    "25006": "store-read-only",
    "42501": "store-read-only",  # the role may not
    "08": "store-unreachable",
    "25P03": "store-unreachable",  # idle_in_transaction_session_timeout took the turn away
    "57P": "store-unreachable",  # the server is going down, or not up yet
    "58": "store-io",
    "XX001": "store-corrupt",
    "XX002": "store-corrupt",
    "23": "number-taken",
}
"""By PostgreSQL's SQLSTATE, or its class; CockroachDB and YugabyteDB use the same ones."""
_NOT_STORABLE: Final = ("22",)  # a number beyond 64 bits, a zero byte in a text


def busy(text: str) -> Unavailable:
    return _unavailable("store-busy", text)


def corrupt(detail: str) -> Unavailable:
    return _unavailable("store-corrupt", f"{_FAILURES['store-corrupt'][0]}: {detail}")


def _unavailable(code: str, text: str) -> Unavailable:
    return Unavailable(code, text, remedy=_FAILURES[code][1])


def failure(error: Exception) -> OpenlineError:
    """The Openline error for a database's: by SQLite's result code or the SQLSTATE, never by its English
    text.
    """
    if isinstance(error, TimeoutError):
        return busy("all connections to the store are in use")
    if isinstance(error, OverflowError | UnicodeEncodeError):
        return _not_storable()
    origin = error.orig if isinstance(error, DBAPIError) else error
    code = _code_of(error, origin)
    if code is None:
        return _not_storable()
    return _unavailable(code, f"{_FAILURES[code][0]} ({_first_line(origin)})")


def _not_storable() -> Invalid:
    text = "a number is beyond 64 bits, or a text is no Unicode text or holds a zero byte"
    return Invalid("not-storable", text)


def _code_of(error: Exception, origin: BaseException | None) -> str | None:
    """None for a value that no database can hold."""
    if origin is None or not hasattr(origin, "sqlstate"):
        primary = getattr(origin, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & PRIMARY_CODE
        return _OF_SQLITE.get(primary, "store-failed")
    if is_lost(error):
        return "store-unreachable"
    state = origin.sqlstate or ""
    if state.startswith(_NOT_STORABLE) or (not state and _is_of("DataError", origin)):
        return None
    if not state and _is_of("OperationalError", origin):
        return "store-unreachable"  # libpq could not connect, and gives no SQLSTATE then
    lengths = range(len(state), 1, -1)
    return next((_OF_SQLSTATE[state[:n]] for n in lengths if state[:n] in _OF_SQLSTATE), "store-failed")


def is_lost(error: BaseException | None) -> bool:
    """Did the connection itself break?"""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _is_of(kind: str, origin: BaseException | None) -> bool:
    """By name, as the driver is an extra: a node on SQLite never imports it."""
    return any(base.__name__ == kind for base in type(origin).__mro__)


def _first_line(origin: BaseException | None) -> str:
    """PostgreSQL's further lines repeat the statement and its values."""
    return str(origin).partition("\n")[0]


DATABASE_ERRORS: Final = (DBAPIError, TimeoutError, sqlite3.Error, OverflowError, UnicodeEncodeError)


@contextmanager
def translated() -> Iterator[None]:
    """Database errors inside the block come out as Openline's. Never put a caller's code inside."""
    try:
        yield
    except DATABASE_ERRORS as error:
        raise failure(error) from error


@contextmanager
def committing() -> Iterator[None]:
    """As ``translated``; but a connection that breaks during COMMIT leaves open what came of it."""
    try:
        with translated():
            yield
    except OpenlineError as fault:
        if is_lost(fault.__cause__):
            raise Unavailable(
                "store-unreachable",
                "the connection to the store broke during the commit: all of it is stored, or nothing",
                remedy="look what is there before it is done again",
            ) from fault
        raise
