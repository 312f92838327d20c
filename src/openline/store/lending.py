"""Which connection does a block get, and what is known on it already?

To take a connection from the pool and give it back takes SQLAlchemy longer than SQLite takes for a small
step. So of a file one stays at hand from block to block, beside the pool; whoever finds it lent takes one of
the pool's.
"""

from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from threading import Lock
from typing import Any, Final

from sqlalchemy import Connection, Engine

from openline.node.ports import Moment
from openline.store.failures import translated
from openline.store.sqlite import driver_of, pragma

MAX_KNOWN: Final = 1_000
"""What a block has read goes on to the next one on its connection up to so many answers."""

_KNOWN_AS: Final = "openline_serial"
_KNOWN: Final = "openline_known"
_serials = count()

Known = dict[Hashable, Any]


class Lender:
    """Lends connections of an engine. keeps: whether one stays at hand (SQLite's). apart: whether that one is
    no part of the pool any more, which is in memory the only one.
    """

    def __init__(self, engine: Engine, *, keeps: bool, apart: bool) -> None:
        self._engine = engine
        self._keeps = keeps
        self._apart = apart
        self._lock = Lock()
        self._kept: Connection | None = None
        self._is_to_close = False

    @contextmanager
    def lent(self, mode: Mapping[str, str]) -> Iterator[Connection]:
        """A connection on which a transaction has begun as ``mode`` says. It is rolled back where the block
        has not committed it.
        """
        if not (self._keeps and self._lock.acquire(blocking=False)):
            with self._of_pool(mode) as connection:
                yield connection
            return
        try:
            connection = self._begun(mode)
            try:
                yield connection
            except BaseException:
                self._clear(connection)
                raise
            if connection.in_transaction():
                self._clear(connection)
        finally:
            if self._is_to_close:
                self._drop()
            self._lock.release()

    @contextmanager
    def _of_pool(self, mode: Mapping[str, str]) -> Iterator[Connection]:
        with translated():
            connection = self._engine.connect().execution_options(**mode)
        with connection:
            with translated():
                connection.begin()
            yield connection

    def _begun(self, mode: Mapping[str, str]) -> Connection:
        with translated():
            if self._kept is None:
                self._kept = self._engine.connect()
                if self._apart:
                    self._kept.detach()
            connection = self._kept
            if any(connection.get_execution_options().get(name) != value for name, value in mode.items()):
                connection.execution_options(**mode)
            try:
                connection.begin()
            except BaseException:
                self._drop()
                raise
        return connection

    def _clear(self, connection: Connection) -> None:
        """Where not even that can be done, the next block gets another one."""
        try:
            connection.rollback()
        except Exception:
            self._drop()

    def _drop(self) -> None:
        kept, self._kept, self._is_to_close = self._kept, None, False
        if kept is not None:
            kept.close()

    def close(self) -> None:
        """The one at hand; where it is lent, when it is given back."""
        self._is_to_close = True
        if self._lock.acquire(blocking=False):
            try:
                self._drop()
            finally:
                self._lock.release()


def moment(connection: Connection, commits: int) -> Moment | None:
    """Which state of the store a transaction that has just begun finds; commits: how many blocks of this
    store have committed before it. Only SQLite counts what other connections commit.
    """
    driver = driver_of(connection)
    if driver is None:
        return None
    known_as = connection.info.setdefault(_KNOWN_AS, next(_serials))
    with translated():
        return Moment(known_as, pragma(driver, "data_version"), commits)


def take_known(connection: Connection, now: Moment | None) -> Known:
    """What the last block on this connection has read, where nobody has committed since. It is given once: a
    block that fails passes nothing on.
    """
    as_of, known = connection.info.pop(_KNOWN, (None, {}))
    return known if as_of is not None and as_of == now and len(known) <= MAX_KNOWN else {}


def leave_known(connection: Connection, as_of: Moment | None, known: Known) -> None:
    """As it is true at that moment."""
    if as_of is not None:
        connection.info[_KNOWN] = (as_of, known)
