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

_FAILURES: Final = {
    sqlite3.SQLITE_BUSY: (
        "store-busy",
        "another process or thread held the store for too long",
        "try again; if it stays, see which process has the file open",
    ),
    sqlite3.SQLITE_FULL: (
        "disk-full",
        "there is no room left to store it",
        "free space on the disk of the store",
    ),
    sqlite3.SQLITE_READONLY: (
        "store-read-only",
        "the store may only be read here",
        "write inside writing(), with write permission for the file and its folder",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "store-unreachable",
        "the store cannot be opened",
        "check that the folder exists and may be written to",
    ),
    sqlite3.SQLITE_IOERR: (
        "store-io",
        "the disk failed to read or write",
        "check the disk before anything else",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "store-corrupt",
        "the store is damaged",
        "keep the file as evidence and restore the last backup: openline restore",
    ),
    sqlite3.SQLITE_CONSTRAINT: (
        "number-taken",
        "a row with this key is there already",
        "begin again from what the store holds now",
    ),
}
_SAME: Final = {
    sqlite3.SQLITE_LOCKED: sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_NOTADB: sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_PERM: sqlite3.SQLITE_CANTOPEN,
}


def busy(text: str) -> Unavailable:
    return Unavailable("store-busy", text, remedy=_FAILURES[sqlite3.SQLITE_BUSY][2])


def corrupt(detail: str) -> Unavailable:
    code, text, remedy = _FAILURES[sqlite3.SQLITE_CORRUPT]
    return Unavailable(code, f"{text}: {detail}", remedy=remedy)


def failure(error: Exception) -> OpenlineError:
    """The Openline error for a database's: by SQLite's result code, never by its English text."""
    if isinstance(error, TimeoutError):
        return busy("all connections to the store are in use")
    if isinstance(error, OverflowError | UnicodeEncodeError):
        return Invalid("not-storable", "a number is beyond 64 bits, or a text is no Unicode text")
    origin = error.orig if isinstance(error, DBAPIError) else error
    primary = getattr(origin, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & PRIMARY_CODE
    code, text, remedy = _FAILURES.get(
        _SAME.get(primary, primary), ("store-failed", "the store failed", None)
    )
    return Unavailable(code, f"{text} ({origin})", remedy=remedy)


DATABASE_ERRORS: Final = (DBAPIError, TimeoutError, sqlite3.Error, OverflowError, UnicodeEncodeError)


@contextmanager
def translated() -> Iterator[None]:
    """Database errors inside the block come out as Openline's. Never put a caller's code inside."""
    try:
        yield
    except DATABASE_ERRORS as error:
        raise failure(error) from error
