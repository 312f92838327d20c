"""The lanes of all lines: heads, entries and LAMs."""

from collections.abc import Iterator, Sequence
from string import hexdigits
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, func, insert, select, update

from openline.errors import Invalid, Unavailable
from openline.journal.entry import Entry, Lane, LaneHead
from openline.node.ports import MAX_LAMS, LamRow
from openline.store import tables
from openline.store.rows import Rows, each, made

LAMS_AT_A_TIME = 500


def _of_lane(table: Any) -> tuple[Any, ...]:
    return (
        table.c.accord_id == bindparam("accord_id"),
        table.c.sender == bindparam("sender"),
        table.c.lane == bindparam("lane"),
    )


_entry, _lane, _lam = tables.entry.c, tables.lane.c, tables.lam.c
_ENTRY_OF_LANE = select(tables.entry).where(*_of_lane(tables.entry))
_LAM_OF_LANE = select(tables.lam).where(*_of_lane(tables.lam)).order_by(_lam.number)

_HEADS = select(_lane.sender, _lane.lane, _lane.number, _lane.hash, _lane.frontier).where(
    _lane.accord_id == bindparam("accord_id")
)
_FIRST_HEAD = insert(tables.lane)
_NEXT_HEAD = (
    update(tables.lane)
    .where(
        _lane.accord_id == bindparam("of_accord"),
        _lane.sender == bindparam("of_sender"),
        _lane.lane == bindparam("of_lane"),
        _lane.number == bindparam("from_number"),
    )
    .values(number=bindparam("to_number"), hash=bindparam("to_hash"), frontier=bindparam("to_frontier"))
)
_NEW_ENTRY = insert(tables.entry)
_ENTRY = _ENTRY_OF_LANE.where(_entry.number == bindparam("number"))
_KIND = select(_entry.kind).where(_entry.hash == bindparam("hash"))
_ENTRY_BY_HASH = select(tables.entry).where(_entry.hash == bindparam("hash"))
_ENTRIES = (
    _ENTRY_OF_LANE.where(_entry.number > bindparam("after")).order_by(_entry.number).limit(bindparam("most"))
)
_RECEIPTS = select(_entry.number, _entry.at_ms).where(
    *_of_lane(tables.entry), _entry.number > bindparam("after")
)
_HASHES = (
    select(_entry.hash)
    .where(*_of_lane(tables.entry), _entry.number > bindparam("after"), _entry.number <= bindparam("up_to"))
    .order_by(_entry.number)
)
_HASHES_ALIKE = (
    select(_entry.hash)
    .where(_entry.hash >= bindparam("start"), _entry.hash < bindparam("beyond"))
    .limit(bindparam("most"))
)
_text, _count = each(str), each(int)
_made_entry, _made_head, _made_lam = made(Entry), made(LaneHead), made(LamRow)
_made_receipt = each(lambda number, at_ms: (int(number), int(at_ms)))
_unchecked = each(lambda *columns: columns)
_NEW_LAM = insert(tables.lam)
_COVERING = _LAM_OF_LANE.where(_lam.number >= bindparam("number")).limit(1)
_LAMS_AFTER = _LAM_OF_LANE.where(_lam.number > bindparam("after")).limit(bindparam("most"))
_ACKNOWLEDGED = select(func.coalesce(func.max(_lam.number), 0)).where(*_of_lane(tables.lam))


Place = tuple[str, str, Lane]
"""Of a lane: accord id, sender, lane."""


class LaneRows(Rows):
    """Entries stand in their lane from 1 without gaps: the head moves from n - 1 to n, or not at all.

    What a block appends is written together: at its end, or when somebody reads entries in it. Until then its
    heads are known here, for under the write lock nobody else moves them; where a database lets somebody, the
    compare-and-set of the head finds out, and the whole block fails.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._read: dict[str, dict[tuple[str, str], Sequence[Any]]] = {}  # by accord: all its heads
        self._moved_from: dict[Place, int] = {}  # where the table still has them
        self._waiting: list[dict[str, Any]] = []
        self._waiting_kinds: dict[str, str] = {}  # by hash

    def lane_head(self, accord_id: str, sender: str, lane: Lane) -> LaneHead:
        place = (accord_id, sender, lane)
        return self._once(("head", place), lambda: self._stored_head(place))

    def _stored_head(self, place: Place) -> LaneHead:
        accord_id, sender, lane = place
        if accord_id not in self._read:
            rows = self._all(_unchecked, _HEADS, accord_id=accord_id)
            self._read[accord_id] = {(row[0], row[1]): row[2:] for row in rows}
        row = self._read[accord_id].get((sender, lane.value))
        return self._made(_made_head, [row])[0] if row else LaneHead.empty()

    def append(self, entry: Entry, head: LaneHead) -> None:
        """Add the entry and move its lane's head to ``head``.

        Raises Unavailable ``number-taken`` where the lane does not end just before the entry (another
        process was faster; nothing was written, read the head again), or, when the block's entries are
        written, where an entry of this hash is stored already. Invalid ``head-mismatch`` where ``head`` is
        not the head after this entry.
        """
        self.check_whole()
        if (head.number, head.hash) != (entry.number, entry.hash):
            raise Invalid(
                "head-mismatch", f"number {entry.number} cannot make {head.number} the head", field="number"
            )
        place = (entry.accord, entry.sender, entry.lane)
        before = self.lane_head(*place)
        if before.number != entry.number - 1:
            raise _number_taken(entry.sender, entry.lane, entry.number)
        self._moved_from.setdefault(place, before.number)
        self._known["head", place] = head
        self._waiting.append(_entry_values(entry))
        self._waiting_kinds[entry.hash] = entry.kind
        self.changes += 1

    def finish(self) -> None:
        self._write_entries()
        super().finish()

    def _write_entries(self) -> None:
        """Heads first: an entry refers to its lane."""
        if not self._waiting:
            return
        for place, number in self._moved_from.items():
            self._move_head(place, number, self._known["head", place])
        waiting, self._waiting, self._moved_from = self._waiting, [], {}
        self._waiting_kinds = {}
        self._run_many(_NEW_ENTRY, waiting)

    def _move_head(self, place: Place, from_number: int, head: LaneHead) -> None:
        accord_id, sender, lane = place
        of = {"of_accord": accord_id, "of_sender": sender, "of_lane": lane.value, "from_number": from_number}
        to = {"to_number": head.number, "to_hash": head.hash, "to_frontier": head.frontier}
        if self._run(_NEXT_HEAD, of | to).rowcount == 1:
            return
        if from_number:
            self._failure = _number_taken(sender, lane, from_number + 1)
            raise self._failure
        row = {"accord_id": accord_id, "sender": sender, "lane": lane.value}
        self._run(_FIRST_HEAD, row | msgspec.structs.asdict(head))

    def entry(self, accord_id: str, sender: str, lane: Lane, number: int) -> Entry | None:
        self._write_entries()
        return self._one(
            _made_entry, _ENTRY, accord_id=accord_id, sender=sender, lane=lane.value, number=number
        )

    def kind_of(self, entry_hash: str) -> str | None:
        """The kind of a message that is in the journal. What waits to be written goes on waiting."""
        return self._waiting_kinds.get(entry_hash) or self._one(_text, _KIND, hash=entry_hash)

    def entry_by_hash(self, entry_hash: str) -> Entry | None:
        self._write_entries()
        return self._one(_made_entry, _ENTRY_BY_HASH, hash=entry_hash)

    def entries(self, accord_id: str, sender: str, lane: Lane, after: int, limit: int) -> list[Entry]:
        """The entries with numbers above ``after``, in order, at most ``limit``."""
        self._write_entries()
        of = {"accord_id": accord_id, "sender": sender, "lane": lane.value}
        return self._all(_made_entry, _ENTRIES, **of, after=after, most=max(limit, 0))

    def receipts(self, accord_id: str, sender: str, lane: Lane, after: int) -> dict[int, int]:
        """When each entry with a number above ``after`` came into this journal (ms), by number."""
        self._write_entries()
        of = {"accord_id": accord_id, "sender": sender, "lane": lane.value}
        return dict(self._all(_made_receipt, _RECEIPTS, **of, after=after))

    def hashes_alike(self, start: str, limit: int) -> list[str]:
        """The hashes of entries, of any line, that begin with ``start``, at most ``limit``."""
        self._write_entries()
        if not set(start) <= set(hexdigits.lower()):
            return []
        return self._all(_text, _HASHES_ALIKE, start=start, beyond=f"{start}g", most=max(limit, 0))

    def leaf_hashes(self, accord_id: str, sender: str, lane: Lane, up_to: int, after: int = 0) -> list[str]:
        """In the order of their numbers, from ``after`` + 1 to ``up_to``."""
        self._write_entries()
        of = {"accord_id": accord_id, "sender": sender, "lane": lane.value}
        return self._all(_text, _HASHES, **of, after=after, up_to=up_to)

    def save_lam(self, row: LamRow) -> None:
        """The first LAM for a number stands: it has the earliest time, and evidence is never written over."""
        of = {"accord_id": row.accord_id, "sender": row.sender, "lane": row.lane.value, "number": row.number}
        standing = self._one(_made_lam, _COVERING, **of)
        if standing is None or standing.number != row.number:
            self._run(_NEW_LAM, of | {"at_ms": row.at_ms, "sealed": row.sealed})
            self._known.pop(("acknowledged", (row.accord_id, row.sender, row.lane)), None)

    def acknowledged(self, accord_id: str, sender: str, lane: Lane) -> int:
        """The highest number that a LAM covers on that lane (0: none)."""
        of = {"accord_id": accord_id, "sender": sender, "lane": lane.value}
        place = (accord_id, sender, lane)
        return self._once(("acknowledged", place), lambda: self._all(_count, _ACKNOWLEDGED, **of)[0])

    def lam_covering(self, accord_id: str, sender: str, lane: Lane, number: int) -> LamRow | None:
        """The LAM with the lowest number that is at least ``number``."""
        return self._one(
            _made_lam, _COVERING, accord_id=accord_id, sender=sender, lane=lane.value, number=number
        )

    def lams(
        self, accord_id: str, sender: str, lane: Lane, after: int = 0, limit: int = MAX_LAMS
    ) -> Iterator[LamRow]:
        """Those with numbers above ``after``, in order, at most ``limit``; read some at a time."""
        of = {"accord_id": accord_id, "sender": sender, "lane": lane.value}
        while rows := self._all(_made_lam, _LAMS_AFTER, **of, after=after, most=min(limit, LAMS_AT_A_TIME)):
            yield from rows
            after, limit = rows[-1].number, limit - len(rows)


def _number_taken(sender: str, lane: Lane, number: int) -> Unavailable:
    return Unavailable(
        "number-taken",
        f"the {lane} lane of {sender} does not end before number {number}",
        party=sender,
        remedy="begin again from the lane's head as it is now",
    )


def _entry_values(entry: Entry) -> dict[str, Any]:
    return {
        "accord_id": entry.accord,
        "sender": entry.sender,
        "lane": entry.lane.value,
        "number": entry.number,
        "hash": entry.hash,
        "kind": entry.kind,
        "sealed": entry.sealed,
        "at_ms": entry.at_ms,
    }
