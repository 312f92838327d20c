"""The lanes of all lines: heads, entries and LAMs."""

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, insert, select, update

from openline.errors import Invalid, Unavailable
from openline.journal.entry import Entry, Lane, LaneHead
from openline.node.ports import LamRow
from openline.store import tables
from openline.store.rows import Rows, each, made


def _of_lane(table: Any) -> tuple[Any, ...]:
    return (
        table.c.accord_id == bindparam("accord_id"),
        table.c.sender == bindparam("sender"),
        table.c.lane == bindparam("lane"),
    )


_entry, _lane, _lam = tables.entry.c, tables.lane.c, tables.lam.c
_ENTRY_OF_LANE = select(tables.entry).where(*_of_lane(tables.entry))
_LAM_OF_LANE = select(tables.lam).where(*_of_lane(tables.lam)).order_by(_lam.number)

_HEAD = select(_lane.number, _lane.hash, _lane.frontier).where(*_of_lane(tables.lane))
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
_ENTRY_BY_HASH = select(tables.entry).where(_entry.hash == bindparam("hash"))
_ENTRIES = (
    _ENTRY_OF_LANE.where(_entry.number > bindparam("after")).order_by(_entry.number).limit(bindparam("most"))
)
_RECEIPTS = select(_entry.number, _entry.at_ms).where(
    *_of_lane(tables.entry), _entry.number > bindparam("after")
)
_HASHES = (
    select(_entry.hash)
    .where(*_of_lane(tables.entry), _entry.number <= bindparam("up_to"))
    .order_by(_entry.number)
)
_text, _count = each(str), each(int)
_made_entry, _made_head, _made_lam = made(Entry), made(LaneHead), made(LamRow)
_made_receipt = each(lambda number, at_ms: (int(number), int(at_ms)))
_NEW_LAM = insert(tables.lam)
_COVERING = _LAM_OF_LANE.where(_lam.number >= bindparam("number")).limit(1)
_ACKNOWLEDGED = select(func.coalesce(func.max(_lam.number), 0)).where(*_of_lane(tables.lam))


class LaneRows(Rows):
    """Entries stand in their lane from 1 without gaps: the head moves from n - 1 to n in one statement, or
    not at all.
    """

    def lane_head(self, accord_id: str, sender: str, lane: Lane) -> LaneHead:
        head = self._one(_made_head, _HEAD, accord_id=accord_id, sender=sender, lane=lane.value)
        return head or LaneHead.empty()

    def append(self, entry: Entry, head: LaneHead) -> None:
        """Add the entry and move its lane's head to ``head``.

        Raises Unavailable ``number-taken`` where the lane does not end just before the entry (another process
        was faster; nothing was written, read the head again), or where an entry of this hash is stored
        already. Invalid ``head-mismatch`` where ``head`` is not the head after this entry.
        """
        if (head.number, head.hash) != (entry.number, entry.hash):
            raise Invalid(
                "head-mismatch", f"number {entry.number} cannot make {head.number} the head", field="number"
            )
        self._move_head(entry, head)
        self._run(_NEW_ENTRY, _entry_values(entry))

    def _move_head(self, entry: Entry, head: LaneHead) -> None:
        lane = entry.lane.value
        of = {
            "of_accord": entry.accord,
            "of_sender": entry.sender,
            "of_lane": lane,
            "from_number": head.number - 1,
        }
        to = {"to_number": head.number, "to_hash": head.hash, "to_frontier": head.frontier}
        if self._run(_NEXT_HEAD, of | to).rowcount == 1:
            return
        if head.number != 1 or self.lane_head(entry.accord, entry.sender, entry.lane).number != 0:
            raise Unavailable(
                "number-taken",
                f"the {lane} lane of {entry.sender} does not end before number {entry.number}",
                party=entry.sender,
                remedy="begin again from the lane's head as it is now",
            )
        place = {"accord_id": entry.accord, "sender": entry.sender, "lane": lane}
        self._run(_FIRST_HEAD, place | msgspec.structs.asdict(head))

    def entry(self, accord_id: str, sender: str, lane: Lane, number: int) -> Entry | None:
        return self._one(
            _made_entry, _ENTRY, accord_id=accord_id, sender=sender, lane=lane.value, number=number
        )

    def entry_by_hash(self, entry_hash: str) -> Entry | None:
        return self._one(_made_entry, _ENTRY_BY_HASH, hash=entry_hash)

    def entries(self, accord_id: str, sender: str, lane: Lane, after: int, limit: int) -> list[Entry]:
        """The entries with numbers above ``after``, in order, at most ``limit``."""
        of = {"accord_id": accord_id, "sender": sender, "lane": lane.value}
        return self._all(_made_entry, _ENTRIES, **of, after=after, most=max(limit, 0))

    def receipts(self, accord_id: str, sender: str, lane: Lane, after: int) -> dict[int, int]:
        """When each entry with a number above ``after`` came into this journal (ms), by number."""
        of = {"accord_id": accord_id, "sender": sender, "lane": lane.value}
        return dict(self._all(_made_receipt, _RECEIPTS, **of, after=after))

    def leaf_hashes(self, accord_id: str, sender: str, lane: Lane, up_to: int) -> list[str]:
        """In the order of their numbers, 1 to ``up_to``."""
        return self._all(_text, _HASHES, accord_id=accord_id, sender=sender, lane=lane.value, up_to=up_to)

    def save_lam(self, row: LamRow) -> None:
        """The first LAM for a number stands: it has the earliest time, and evidence is never written over."""
        of = {"accord_id": row.accord_id, "sender": row.sender, "lane": row.lane.value, "number": row.number}
        standing = self._one(_made_lam, _COVERING, **of)
        if standing is None or standing.number != row.number:
            self._run(_NEW_LAM, of | {"at_ms": row.at_ms, "sealed": row.sealed})

    def acknowledged(self, accord_id: str, sender: str, lane: Lane) -> int:
        """The highest number that a LAM covers on that lane (0: none)."""
        return self._all(_count, _ACKNOWLEDGED, accord_id=accord_id, sender=sender, lane=lane.value)[0]

    def lam_covering(self, accord_id: str, sender: str, lane: Lane, number: int) -> LamRow | None:
        """The LAM with the lowest number that is at least ``number``."""
        return self._one(
            _made_lam, _COVERING, accord_id=accord_id, sender=sender, lane=lane.value, number=number
        )

    def lams(self, accord_id: str, sender: str, lane: Lane) -> Iterator[LamRow]:
        """In the order of their numbers."""
        return iter(self._all(_made_lam, _LAM_OF_LANE, accord_id=accord_id, sender=sender, lane=lane.value))


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
