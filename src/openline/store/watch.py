"""What the node watches for itself: its private journal, alarms, quarantine and counters."""

from collections.abc import Mapping
from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from openline.errors import Unavailable
from openline.journal.bounds import NO_HASH
from openline.journal.private import PrivateRecord
from openline.node.ports import (
    EVIDENCE,
    MAX_EVIDENCE_ROWS,
    MAX_QUARANTINE_BYTES,
    MAX_QUARANTINE_ROWS,
    AlarmRow,
    QuarantineRow,
)
from openline.store import tables
from openline.store.known import update_by
from openline.store.rows import Rows, each, made

MAX_QUARANTINE_NAME_BYTES = 256
"""Even the accord that quarantined bytes name is nobody's word: it is cut, too."""

_NO_RECORD = (0, NO_HASH)

_private = tables.private_journal.c
_PRIVATE_HEAD = select(tables.private_journal).order_by(_private.number.desc()).limit(1)
_PRIVATE_END = select(_private.number, _private.hash).order_by(_private.number.desc()).limit(1)
_PRIVATE_RECORDS = (
    select(tables.private_journal)
    .where(_private.number > bindparam("after"))
    .order_by(_private.number)
    .limit(bindparam("most"))
)
_NEW_PRIVATE = insert(tables.private_journal)

_alarm = tables.alarm.c
_ALARM = select(tables.alarm).where(_alarm.alarm_id == bindparam("alarm_id"))
_ALARMS = select(tables.alarm)
_STANDING = _ALARMS.where(_alarm.cleared_ms.is_(None))
_NEW_ALARM = insert(tables.alarm)
_CHANGED_ALARM = update_by(tables.alarm, "alarm_id")
_CLEARED_ALARM = (
    update(tables.alarm)
    .where(_alarm.alarm_id == bindparam("of_alarm_id"), _alarm.cleared_ms.is_(None))
    .values(cleared_ms=bindparam("at_ms"))
)

_quarantine = tables.quarantine.c
_LAST_QUARANTINED = select(func.coalesce(func.max(_quarantine.number), 0))
_QUARANTINED = select(_quarantine.at_ms, _quarantine.accord_id, _quarantine.code, _quarantine.data).order_by(
    _quarantine.number
)
_NEW_QUARANTINE = insert(tables.quarantine)
_OLD_QUARANTINE = delete(tables.quarantine).where(
    _quarantine.number <= bindparam("up_to"), _quarantine.code.not_in(sorted(EVIDENCE))
)
_EVIDENCE_ROWS = select(func.count()).where(_quarantine.code.in_(sorted(EVIDENCE)))

_counter = tables.counter.c
_COUNTERS = select(tables.counter)
_NEW_COUNTER = insert(tables.counter)
_COUNTED = (
    update(tables.counter)
    .where(_counter.name == bindparam("of_name"))
    .values(value=_counter.value + bindparam("by"))
)


_STANDING_NOW: Final = "alarms"
_made_alarm, _made_quarantine = made(AlarmRow), made(QuarantineRow)
_count = each(int)
_made_end = each(lambda number, last_hash: (int(number), str(last_hash)))
_named_count = each(lambda name, value: (str(name), int(value)))


@each
def _made_record(number: int, at_ms: int, kind: str, body: bytes, previous: str, hash: str) -> PrivateRecord:
    return PrivateRecord(
        number=number, at_ms=at_ms, kind=kind, body=msgspec.Raw(bytes(body)), previous=previous, hash=hash
    )


class WatchRows(Rows):
    """Records of the node's own journal are written together, as entries are (``LaneRows``)."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._recorded: list[PrivateRecord] = []
        self._end: tuple[int, str] | None = None  # number and hash of the last record, once it is known

    def private_head(self) -> PrivateRecord | None:
        """The last record of the node's own journal."""
        if self._recorded:
            return self._recorded[-1]
        head = self._one(_made_record, _PRIVATE_HEAD)
        self._end = (head.number, head.hash) if head else _NO_RECORD
        return head

    def append_private(self, record: PrivateRecord) -> None:
        """Raises Unavailable ``number-taken`` where the record does not follow the last one; nothing was
        written then.
        """
        self.check_whole()
        if self._end is None:
            self._end = self._one(_made_end, _PRIVATE_END) or _NO_RECORD
        number, last_hash = self._end
        if (record.number, record.previous) != (number + 1, last_hash):
            raise Unavailable(
                "number-taken",
                f"record {record.number} of the node's own journal does not follow number {number}",
                remedy="begin again from the journal's head as it is now",
            )
        self._recorded.append(record)
        self.changes += 1
        self._end = (record.number, record.hash)

    def finish(self) -> None:
        self._write_records()
        super().finish()

    def _write_records(self) -> None:
        recorded, self._recorded = self._recorded, []
        rows = [msgspec.structs.asdict(record) | {"body": bytes(record.body)} for record in recorded]
        self._run_many(_NEW_PRIVATE, rows)

    def private_records(self, after: int, limit: int) -> list[PrivateRecord]:
        """The records with numbers above ``after``, in order, at most ``limit``."""
        self._write_records()
        return self._all(_made_record, _PRIVATE_RECORDS, after=after, most=max(limit, 0))

    def raise_alarm(self, row: AlarmRow) -> bool:
        """True if this alarm was not standing already. A standing one stays as it was first raised."""
        known = self._one(_made_alarm, _ALARM, alarm_id=row.alarm_id)
        if known is not None and known.cleared_ms is None:
            return False
        values = msgspec.structs.asdict(row) | {"cleared_ms": None}
        self._known.pop(_STANDING_NOW, None)
        self._put(_CHANGED_ALARM, _NEW_ALARM, values, "alarm_id")
        return True

    def clear_alarm(self, alarm_id: str, at_ms: int) -> bool:
        """True if the alarm was standing."""
        self._known.pop(_STANDING_NOW, None)
        return self._run(_CLEARED_ALARM, {"of_alarm_id": alarm_id, "at_ms": at_ms}).rowcount == 1

    def alarms(self, standing_only: bool = True) -> list[AlarmRow]:
        """In the order in which they were raised."""
        rows = (
            self._once(_STANDING_NOW, lambda: self._all(_made_alarm, _STANDING))
            if standing_only
            else self._all(_made_alarm, _ALARMS)
        )
        return sorted(rows, key=lambda row: (row.raised_ms, row.alarm_id))

    def quarantine(self, row: QuarantineRow) -> None:
        """Keep at most MAX_QUARANTINE_ROWS, the oldest go; data is cut at MAX_QUARANTINE_BYTES. EVIDENCE
        stays, whole, up to MAX_EVIDENCE_ROWS.
        """
        is_evidence = row.code in EVIDENCE
        if is_evidence and self._all(_count, _EVIDENCE_ROWS)[0] >= MAX_EVIDENCE_ROWS:
            return
        number = self._all(_count, _LAST_QUARANTINED)[0] + 1
        values = {
            "number": number,
            "at_ms": row.at_ms,
            "accord_id": _cut(row.accord_id),
            "code": _cut(row.code),
            "data": row.data if is_evidence else row.data[:MAX_QUARANTINE_BYTES],
        }
        self._run(_NEW_QUARANTINE, values)
        self._run(_OLD_QUARANTINE, {"up_to": number - MAX_QUARANTINE_ROWS})

    def quarantined(self) -> list[QuarantineRow]:
        """The oldest first."""
        return self._all(_made_quarantine, _QUARANTINED)

    def count(self, name: str, by: int = 1) -> None:
        if self._run(_COUNTED, {"of_name": name, "by": by}).rowcount == 0:
            self._run(_NEW_COUNTER, {"name": name, "value": by})

    def counters(self) -> Mapping[str, int]:
        return dict(sorted(self._all(_named_count, _COUNTERS)))


def _cut(text: str) -> str:
    """Any text at all, storable everywhere: without half characters and zero bytes, and bounded."""
    whole = text.encode("utf-8", "replace").replace(b"\0", b"?")
    return whole[:MAX_QUARANTINE_NAME_BYTES].decode("utf-8", "ignore")
