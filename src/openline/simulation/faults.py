"""What befalls a store: the process dies around a commit, or the disk is full at any statement.

The faults are planted under the real store, where a real disk would fail: at a statement, or at the commit.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from openline.node.ports import Transaction
from openline.store.store import SqlStore


class Crash(BaseException):
    """The process is gone. No code of the node may catch this and go on."""


class Fate(StrEnum):
    """What befalls the next writing block. DISK_FULL and CRASH_WITHIN strike at a statement."""

    CRASH_WITHIN = "crash within a transaction"
    CRASH_BEFORE = "crash before the commit"
    CRASH_AFTER = "crash after the commit, before anything is said"
    DISK_FULL = "disk full"


class FaultyStore:
    """The node's store. ``arm`` says what befalls the next writing block; ``commits`` counts those that
    ended well.
    """

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.commits = 0
        self._fate: Fate | None = None
        self._at_statement = 0
        self._rolls_back = False
        self._is_writing = False
        event.listen(store.engine, "commit", self._before_commit)

    def arm(self, fate: Fate | None, at_statement: int = 1) -> None:
        """at_statement: counted from 1; a block with fewer is struck at its commit. Where the disk is full,
        SQLite may roll the transaction back by itself: here it does at every second statement.
        """
        self._fate, self._at_statement = fate, at_statement
        self._rolls_back = at_statement % 2 == 0

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        try:
            with self.store.writing() as transaction:
                self._is_writing = True
                if self._fate in (Fate.CRASH_WITHIN, Fate.DISK_FULL):
                    rows: Any = transaction
                    self._watch(rows)
                yield transaction
            self.commits += 1
            if self._fate is Fate.CRASH_AFTER:
                self._strike("")
        finally:
            self._is_writing = False

    def reading(self) -> AbstractContextManager[Transaction]:
        return self.store.reading()

    def _watch(self, rows: Any) -> None:
        before = partial(self._before_statement, rows._connection)
        rows._connection = _Watched(rows._connection, before)
        rows._driver = _Watched(rows._driver, before)

    def _before_statement(self, connection: Connection, statement: object) -> None:
        self._at_statement -= 1
        if self._fate is not None and self._at_statement <= 0:
            if self._rolls_back:
                _roll_back(connection)
            self._strike(str(statement))

    def _before_commit(self, connection: Connection) -> None:
        if self._is_writing and self._fate is not None and self._fate is not Fate.CRASH_AFTER:
            _roll_back(connection)  # as SQLite does where a commit cannot be written
            self._strike("COMMIT")

    def _strike(self, statement: str) -> None:
        fate, self._fate = self._fate, None
        if fate is not Fate.DISK_FULL:
            raise Crash(fate)
        full = sqlite3.OperationalError("database or disk is full")
        full.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise OperationalError(statement, None, full)


class _Watched:
    """A connection, or the driver's own, whose every statement is asked about first. A crash is raised out
    here: within SQLAlchemy it would be taken for the end of the connection, and with it of a store in memory.
    """

    def __init__(self, connection: Any, before: Callable[[object], None]) -> None:
        self._watched = connection
        self._before = before

    def __getattr__(self, name: str) -> Any:
        return getattr(self._watched, name)

    def execute(self, statement: Any, *given: Any) -> Any:
        self._before(statement)
        return self._watched.execute(statement, *given)

    def executemany(self, statement: str, *given: Any) -> Any:
        self._before(statement)
        return self._watched.executemany(statement, *given)


def _roll_back(connection: Connection) -> None:
    driver: Any = connection.connection.driver_connection
    driver.rollback()
