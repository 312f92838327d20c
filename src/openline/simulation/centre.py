"""One party: its keys, store, clock and node, which dies and is started again on the same store."""

import sqlite3
from collections.abc import Callable
from functools import cache, partial
from typing import Any, Generic, TypeVar, cast

import msgspec

from openline.errors import OpenlineError
from openline.journal.keys import SigningKey
from openline.node.node import Node
from openline.node.ports import Signer
from openline.simulation.chances import Chances, uuid_from
from openline.simulation.faults import Crash, FaultyStore
from openline.simulation.founding import Identity
from openline.simulation.ledger import Ledger, News, Row
from openline.store.backup import mark_brought_back
from openline.store.sqlite import BUSY_TIMEOUT_MS, create_sqlite_engine
from openline.store.store import SqlStore, open_store

T = TypeVar("T")


class Outcome(msgspec.Struct, Generic[T], frozen=True):
    """What came of one call of a node: a value, or an error, or the process died in it."""

    value: T | None = None
    fault: OpenlineError | None = None
    crash: str | None = None

    @property
    def is_done(self) -> bool:
        return self.fault is None and self.crash is None

    @property
    def word(self) -> str:
        """For the trace."""
        if self.crash is not None:
            return f"dies: {self.crash}"
        return f"{self.fault.word} {self.fault.code}" if self.fault is not None else "done"


class _AtHand:
    """The party's node keys, as they are when one is asked for: another comes without a restart."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def find(self, key_id: str, /) -> Signer | None:
        return next((key for key in self._at_hand if key.id == key_id), None)

    def newest(self) -> Signer:
        return self._at_hand[-1]

    @property
    def _at_hand(self) -> list[SigningKey]:
        return [self._identity.stray_key] if self._identity.is_mislaid else self._identity.keys


class Centre:
    """clock_ms: how far its clock is off. brought: words of partners' parties that people have carried here.
    is_up: whether its process runs. is_brought_back: whether its store was ever replaced by a copy. is_liar:
    its key is in bad hands, and it may say two things under one number. ever_said: its messages by hash, also
    those that a store which was brought back has lost. acts: how often it did what.
    """

    def __init__(self, identity: Identity, chances: Chances, *, is_liar: bool = False) -> None:
        self.identity = identity
        self.name = identity.name
        self.is_liar = is_liar
        self.store = FaultyStore(_fresh_store())
        self.ledger = Ledger(self.store.store)
        self.clock_ms = 0
        self.furthest_ms = 0  # the latest moment that its clock has ever shown
        self.is_up = True
        self.is_brought_back = False
        self.brought: dict[bytes, None] = {}
        self.ever_said: set[str] = set()
        self.lives = 1
        self._ids = chances.of("ids", self.name)
        self.node = self._started()

    def _started(self) -> Node:
        return Node(self.store, _AtHand(self.identity), self.name, lambda: uuid_from(self._ids))

    def start(self) -> None:
        self.lives += 1
        self.is_up = True
        self.node = self._started()

    # Its store is replaced

    def copy_store(self) -> sqlite3.Connection:
        """All that is committed now."""
        copy = sqlite3.connect(":memory:")
        _driver(self.store.store).backup(copy)
        return copy

    def bring_back(self, copy: sqlite3.Connection) -> News:
        """Its process is dead, and its store is this copy, marked as one that was brought back. Returns all
        that is in it.
        """
        store = store_of(copy)
        mark_brought_back(store)
        self.is_brought_back = True
        commits, self.store = self.store.commits, FaultyStore(store)
        self.store.commits = commits
        self.ledger = Ledger(store)
        self.is_up = False
        return self.ledger.read_news()

    @property
    def is_recovering(self) -> bool:
        """Whether it waits, on any line, for what it has said and does not remember."""
        return bool(
            self.ledger.count("setting", "(name = 'restored' OR name LIKE 'unproved/%') AND value = '1'")
        )

    def says_now(self, entry: Row) -> bool:
        """Whether it is a new message of its own: after a restore old ones come, before what they cite."""
        return entry.sender == self.name and entry.hash not in self.ever_said

    @property
    def keys_said(self) -> int:
        return self.ledger.count("entry", f"kind = 'KEY' AND sender = '{self.name}'")

    def call(self, work: Callable[[Node, int], T], now_ms: int, *, with_tick: bool = False) -> Outcome[T]:
        """One call of the node at a moment of true time. An error that is no OpenlineError is a fault of the
        program, and passes. with_tick: a tick was due too, and shares the transaction.
        """
        own_ms = now_ms + self.clock_ms
        self.furthest_ms = max(self.furthest_ms, own_ms)
        try:
            return Outcome(value=self._done(work, own_ms, with_tick=with_tick))
        except Crash as crash:
            self.is_up = False
            return Outcome(crash=str(crash))
        except OpenlineError as fault:
            return Outcome(fault=fault)

    def _done(self, work: Callable[[Node, int], T], own_ms: int, *, with_tick: bool) -> T:
        if not with_tick:
            return work(self.node, own_ms)
        works: list[Callable[[], Any]] = [partial(self.node.tick, own_ms), partial(work, self.node, own_ms)]
        ticked, outcome = self.node.together(works, own_ms)
        for fault in filter(None, (ticked.fault, outcome.fault)):
            raise fault
        return cast(T, outcome.value)


@cache
def _blank() -> sqlite3.Connection:
    """A migrated store without anything in it: to copy it takes a hundredth of the time of making it."""
    return _driver(open_store("sqlite://"))


def _fresh_store() -> SqlStore:
    return store_of(_blank())


def store_of(copy: sqlite3.Connection) -> SqlStore:
    """A store in memory that holds what this database holds."""
    store = SqlStore(create_sqlite_engine(None, BUSY_TIMEOUT_MS), None, BUSY_TIMEOUT_MS)
    copy.backup(_driver(store))
    return store


def _driver(store: SqlStore) -> sqlite3.Connection:
    connection = store.engine.raw_connection().driver_connection
    assert isinstance(connection, sqlite3.Connection)
    return connection
