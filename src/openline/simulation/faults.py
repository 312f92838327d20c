"""What befalls a store: the process dies around a commit, or the disk is full at any statement.

The faults are planted under the real store: at the database driver's cursor, where a real disk would fail.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from openline.node.ports import Transaction
from openline.store.store import SqlStore


class Crash(BaseException):
    """The process is gone. No code of the node may catch this and go on."""


class _Struck(Exception):
    """A crash on its way out of the database library, which would take it for the end of a connection."""


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
        self._is_watching = False

    def arm(self, fate: Fate | None, at_statement: int = 1) -> None:
        """at_statement: counted from 1; a block with fewer is struck at its commit. Where the disk is full,
        SQLite may roll the transaction back by itself: here it does at every second statement.
        """
        self._fate, self._at_statement = fate, at_statement
        self._rolls_back = at_statement % 2 == 0
        self._watch_statements(fate is not None)

    def _watch_statements(self, watch: bool) -> None:
        """Only while something is to befall the store: each statement costs more then."""
        if watch != self._is_watching:
            change = event.listen if watch else event.remove
            change(self.store.engine, "before_cursor_execute", self._before_statement)
            change(self.store.engine, "commit", self._before_commit)
            self._is_watching = watch

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        try:
            with self.store.writing() as transaction:
                self._is_writing = True
                yield transaction
            self.commits += 1
            if self._fate is Fate.CRASH_AFTER:
                self._strike("")
        except _Struck as struck:
            raise Crash(str(struck)) from None
        finally:
            self._is_writing = False
            self._watch_statements(self._fate is not None)

    def reading(self) -> AbstractContextManager[Transaction]:
        return self.store.reading()

    def _before_statement(self, connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if not self._is_writing or self._fate not in (Fate.CRASH_WITHIN, Fate.DISK_FULL):
            return
        self._at_statement -= 1
        if self._at_statement <= 0:
            if self._rolls_back:
                _roll_back(connection)
            self._strike(statement)

    def _before_commit(self, connection: Connection) -> None:
        if self._is_writing and self._fate is not None and self._fate is not Fate.CRASH_AFTER:
            _roll_back(connection)  # as SQLite does where a commit cannot be written
            self._strike("COMMIT")

    def _strike(self, statement: str) -> None:
        fate, self._fate = self._fate, None
        if fate is not Fate.DISK_FULL:
            raise _Struck(fate)
        full = sqlite3.OperationalError("database or disk is full")
        full.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise OperationalError(statement, None, full)


def _roll_back(connection: Connection) -> None:
    driver: Any = connection.connection.driver_connection
    driver.rollback()
