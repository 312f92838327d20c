"""What is committed in one party's store, read with plain SQL beside the node, and only what is new.

A ledger remembers what it has read, so it also shows what is not there any more.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from openline.simulation import oracle
from openline.simulation.words import Words
from openline.store.store import SqlStore

LaneKey = tuple[str, str, str]
"""Accord id, sender, lane."""


class Row(msgspec.Struct, frozen=True):
    """One entry, as it stands in the table."""

    accord: str
    sender: str
    lane: str
    number: int
    hash: str
    kind: str
    sealed: bytes
    at_ms: int

    @property
    def lane_key(self) -> LaneKey:
        return self.accord, self.sender, self.lane


class LamRow(msgspec.Struct, frozen=True):
    accord: str
    sender: str
    lane: str
    number: int
    sealed: bytes

    @property
    def lane_key(self) -> LaneKey:
        return self.accord, self.sender, self.lane


class LaneRecord:
    """A lane as it was read: leaf hashes and roots by number, computed from the bytes."""

    def __init__(self) -> None:
        self.hashes: list[str] = []
        self.roots: list[str] = []
        self._tree = oracle.Tree()

    def append(self, sealed: bytes) -> None:
        leaf = oracle.leaf(sealed)
        self.hashes.append(leaf.hex())
        self.roots.append(self._tree.append(leaf))


class PrivateRow(msgspec.Struct, frozen=True):
    number: int
    at_ms: int
    kind: str
    body: bytes
    previous: str
    hash: str


class News(msgspec.Struct, frozen=True):
    """What one commit brought."""

    entries: tuple[Row, ...] = ()
    lams: tuple[LamRow, ...] = ()
    private: tuple[PrivateRow, ...] = ()


class Ledger:
    """Everything that a store has been seen to hold. In memory SQLite has one connection, so reading here is
    between the node's transactions.
    """

    def __init__(self, store: SqlStore) -> None:
        self._connection: Any = store.engine.raw_connection().driver_connection
        self.lanes: dict[LaneKey, LaneRecord] = {}
        self.acknowledged: dict[LaneKey, int] = {}
        self._words: dict[str, Words] = {}
        self.reigns: dict[tuple[str, str], list[oracle.Reign]] = {}  # by accord and party, as KEY said them
        self._entries = self._lams = self._private = 0  # the last row of each table that was read

    def lane(self, key: LaneKey) -> LaneRecord:
        return self.lanes.setdefault(key, LaneRecord())

    def words(self, accord: str) -> Words:
        """What was said on a line, as far as it was read."""
        return self._words.setdefault(accord, Words())

    def number(self, accord: str, sender: str, lane: str) -> int:
        record = self.lanes.get((accord, sender, lane))
        return len(record.hashes) if record else 0

    def hash_at(self, key: LaneKey, number: int) -> str | None:
        """None where the lane does not reach so far. For number 0: 64 zeros."""
        hashes = self.lane(key).hashes
        if number == 0:
            return oracle.NO_HASH
        return hashes[number - 1] if 0 < number <= len(hashes) else None

    def root_at(self, key: LaneKey, number: int) -> str | None:
        roots = self.lane(key).roots
        return roots[number - 1] if 0 < number <= len(roots) else None

    def read_news(self) -> News:
        """What was committed since this was last asked. Entries are not judged here, only kept."""
        entries = tuple(Row(*row) for row in self._after("entry", _ENTRY, self._entries))
        lams = tuple(LamRow(*row) for row in self._after("lam", _LAM, self._lams))
        private = tuple(PrivateRow(*row) for row in self.rows(_PRIVATE, self._private))
        self._entries += len(entries)
        self._lams += len(lams)
        self._private += len(private)
        for entry in entries:
            self.lane(entry.lane_key).append(entry.sealed)
            self.words(entry.accord).add(entry.hash, entry.sealed)
            if entry.kind == "KEY" and (reign := oracle.reign(entry.sealed)) is not None:
                self.reigns.setdefault((entry.accord, entry.sender), []).append(reign)
        for lam in lams:
            self.acknowledged[lam.lane_key] = max(lam.number, self.acknowledged.get(lam.lane_key, 0))
        return News(entries, lams, private)

    def _after(self, table: str, columns: str, last: int) -> list[Any]:
        return self.rows(f"SELECT {columns} FROM {table} WHERE rowid > ? ORDER BY rowid", last)

    def rows(self, statement: str, *values: object) -> list[Any]:
        return list(self._connection.execute(statement, values))

    def behind(self, notice_id: str) -> set[str]:
        """The operation that is told under this notice; none where it is another party's."""
        return {
            name for (name,) in self.rows("SELECT operation_id FROM notice WHERE notice_id = ?", notice_id)
        }

    # Which key counts

    def key_at(self, key: LaneKey, number: int, first: bytes) -> bytes:
        """Which key of a party has to have sealed this number. first: the one that its accord names."""
        for reign in reversed(self.reigns.get(key[:2], ())):
            if reign.reaches(key[2], number):
                return reign.key
        return first

    def keys_of(self, accord: str, party: str, first: bytes) -> list[bytes]:
        """Every key that has counted for a party, in their order."""
        return [first, *(reign.key for reign in self.reigns.get((accord, party), ()))]

    # What is there now

    def count(self, table: str, where: str = "1 = 1") -> int:
        return int(self.rows(f"SELECT count(*) FROM {table} WHERE {where}")[0][0])

    def counts(self) -> tuple[int, int, int]:
        """Entries, LAMs and private records that are there."""
        return self.count("entry"), self.count("lam"), self.count("private_journal")

    def expected_counts(self) -> tuple[int, int, int]:
        """The same, as they were read."""
        return self._entries, self._lams, self._private

    def standing_alarms(self) -> set[tuple[str, str]]:
        """Accord id and kind."""
        return set(self.rows("SELECT accord_id, kind FROM alarm WHERE cleared_ms IS NULL"))

    def standing_alarm_ids(self) -> set[str]:
        return {name for (name,) in self.rows("SELECT alarm_id FROM alarm WHERE cleared_ms IS NULL")}

    def head(self, key: LaneKey) -> tuple[int, str]:
        found = self.rows(
            "SELECT number, hash FROM lane WHERE accord_id = ? AND sender = ? AND lane = ?", *key
        )
        return found[0] if found else (0, oracle.NO_HASH)

    def sent_at(self, key: LaneKey, number: int) -> int | None:
        """When the entry was put into this journal, by this node's clock."""
        where = "accord_id = ? AND sender = ? AND lane = ? AND number = ?"
        found = self.rows(f"SELECT at_ms FROM entry WHERE {where}", *key, number)
        return int(found[0][0]) if found else None

    def sealed(self, key: LaneKey, number: int) -> bytes | None:
        where = "accord_id = ? AND sender = ? AND lane = ? AND number = ?"
        found = self.rows(f"SELECT sealed FROM entry WHERE {where}", *key, number)
        return bytes(found[0][0]) if found else None

    def is_kept_lam(self, key: LaneKey, number: int, sealed: bytes) -> bool:
        where = "accord_id = ? AND sender = ? AND lane = ? AND number = ? AND sealed = ?"
        return bool(self.rows(f"SELECT 1 FROM lam WHERE {where}", *key, number, sealed))

    def all_hashes(self) -> Iterator[tuple[LaneKey, list[str]]]:
        """Every lane, hashed anew from the bytes that are there now."""
        for key in self.lanes:
            where = "accord_id = ? AND sender = ? AND lane = ? ORDER BY number"
            rows = self.rows(f"SELECT sealed FROM entry WHERE {where}", *key)
            yield key, [oracle.leaf(bytes(sealed)).hex() for (sealed,) in rows]

    def operation_version(self, operation_id: str) -> int:
        found = self.rows("SELECT version FROM operation WHERE operation_id = ?", operation_id)
        return int(found[0][0]) if found else 0


_ENTRY = "accord_id, sender, lane, number, hash, kind, sealed, at_ms"
_LAM = "accord_id, sender, lane, number, sealed"
_PRIVATE = """
SELECT number, at_ms, kind, body, previous, hash FROM private_journal WHERE number > ? ORDER BY number
"""
