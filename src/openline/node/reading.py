"""What was said, for people to read: messages with their bodies, and what is known around each of them."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from openline.airspace.altitude import Datum
from openline.coordination.fact import Fact
from openline.errors import NotFound
from openline.journal.entry import Entry, Lane, Payload, open_line
from openline.node.desk import Desk
from openline.node.ports import Transaction
from openline.node.views import Row, entry_row

Order = tuple[int, str, str, str, int]


class Around:
    """What is known on a line around one of its messages."""

    def __init__(self, desk: Desk) -> None:
        self._picture = desk.line.picture
        self.exercise = desk.line.exercise

    @property
    def datum(self) -> Datum | None:
        return self._picture.accord.datum

    def callsign(self, notice_id: str) -> str | None:
        told = self._picture.told(notice_id) or self._picture.passed.get(notice_id)
        return told.notice.callsign if told else None

    def fact(self, message_hash: str) -> Fact | None:
        return self._picture.find(message_hash)


class Read(msgspec.Struct, frozen=True):
    """One message. fact: None where its body is none of this protocol. acknowledged: whether there is a LAM
    for it. taken_out: whether an LRM has taken it out of both pictures.
    """

    desk: Desk
    entry: Entry
    payload: Payload
    fact: Fact | None
    acknowledged: bool
    taken_out: bool

    @property
    def row(self) -> Row:
        """For JSON. at_ms is our clock, said_ms its sender's."""
        place = self.payload.place
        return {
            **entry_row(self.entry, self.entry.number if self.acknowledged else 0),
            "receiver": place.receiver,
            "said_ms": place.at_ms,
            "taken_out": self.taken_out,
            "body": self.body,
        }

    @property
    def body(self) -> Any:
        """As it was signed."""
        return msgspec.json.decode(self.payload.body)


def read(tx: Transaction, desk: Desk, entry: Entry) -> Read:
    payload = open_line(entry.sealed, None)
    return Read(
        desk=desk,
        entry=entry,
        payload=payload,
        fact=desk.fact_of(entry),
        acknowledged=entry.number <= tx.acknowledged(entry.accord, entry.sender, entry.lane),
        taken_out=desk.line.picture.is_rejected(entry.hash, entry.sender),
    )


def last_messages(tx: Transaction, desks: Iterable[Desk], limit: int, lane: Lane | None = None) -> list[Read]:
    """The last messages of both directions, the newest last."""
    found = [
        (desk, entry)
        for desk, sender, each in _lanes(desks, lane)
        for entry in _entries(tx, desk, sender, each, desk.heads[sender, each].number - limit, limit)
    ]
    return [read(tx, *pair) for pair in sorted(found, key=lambda it: _order(it[1]))[-limit:]]


def messages_after(
    tx: Transaction, desks: Iterable[Desk], limit: int, after: str, lane: Lane | None = None
) -> list[Read]:
    """Those that came here after the one of this hash, the oldest first. Raises NotFound
    ``no-such-entry``.
    """
    entry = tx.entry_by_hash(after)
    if entry is None:
        raise NotFound("no-such-entry", f"no message has the hash {after!r}", field="after")
    known = _order(entry)
    found = [
        (desk, entry)
        for desk, sender, each in _lanes(desks, lane)
        for entry in _entries(tx, desk, sender, each, _known(tx, desk, sender, each, known), limit)
    ]
    return [read(tx, *pair) for pair in sorted(found, key=lambda it: _order(it[1]))[:limit]]


def _lanes(desks: Iterable[Desk], lane: Lane | None) -> Iterator[tuple[Desk, str, Lane]]:
    for desk in desks:
        for sender, each in desk.heads:
            if lane in (None, each):
                yield desk, sender, each


def _entries(tx: Transaction, desk: Desk, sender: str, lane: Lane, after: int, limit: int) -> list[Entry]:
    return tx.entries(desk.accord_id, sender, lane, max(0, after), limit)


def _known(tx: Transaction, desk: Desk, sender: str, lane: Lane, known: Order) -> int:
    """How many of a lane's messages stand up to ``known``, by halving: a lane was journalled in its order."""
    low, high = 0, desk.heads[sender, lane].number
    while low < high:
        middle = (low + high + 1) // 2
        entry = tx.entry(desk.accord_id, sender, lane, middle)
        if entry is not None and _order(entry) <= known:
            low = middle
        else:
            high = middle - 1
    return low


def _order(entry: Entry) -> Order:
    return entry.at_ms, entry.accord, entry.sender, entry.lane.value, entry.number
