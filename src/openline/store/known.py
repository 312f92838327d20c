"""What the node knows: its settings, the accords, the picture, its own operations and what they are called on
each line.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import Table, Update, bindparam, delete, insert, select, update

from openline.node.ports import AccordRow, NoticeRow, OperationRow, PartsRow, PassedRow, PictureRow
from openline.store import tables
from openline.store.rows import Rows, each, made


def update_by(table: Table, *keys: str) -> Update:
    """UPDATE of all columns but the keys. A row's own values are its parameters; its keys are bound as
    ``of_<key>``.
    """
    values: dict[str, Any] = {
        column.name: bindparam(column.name) for column in table.c if column.name not in keys
    }
    return update(table).where(*[table.c[key] == bindparam(f"of_{key}") for key in keys]).values(values)


_SETTING = select(tables.setting.c.value).where(tables.setting.c.name == bindparam("name"))
_NEW_SETTING = insert(tables.setting)
_CHANGED_SETTING = update_by(tables.setting, "name")

_ACCORDS = select(tables.accord)
_ACCORD_VERSIONS = select(tables.accord.c.accord_id, tables.accord.c.version)
_NEW_ACCORD = insert(tables.accord)
_CHANGED_ACCORD = update_by(tables.accord, "accord_id", "version")

_picture = tables.picture.c
_PICTURE = select(_picture.kind, _picture.key, _picture.party, _picture.state, _picture.value).where(
    _picture.accord_id == bindparam("accord_id")
)
_NEW_PICTURE = insert(tables.picture)
_OLD_PICTURE = delete(tables.picture).where(
    _picture.accord_id == bindparam("of_accord"),
    _picture.kind == bindparam("of_kind"),
    _picture.key == bindparam("of_key"),
)

_parts = tables.parts.c
_PARTS = select(_parts.notice_id, _parts.value).where(
    _parts.accord_id == bindparam("accord_id"), _parts.notice_id.in_(bindparam("notice_ids", expanding=True))
)
_NEW_PARTS = insert(tables.parts)
_OLD_PARTS = delete(tables.parts).where(
    _parts.accord_id == bindparam("of_accord"), _parts.notice_id == bindparam("of_notice")
)

_operation = tables.operation.c
_OPERATION = select(tables.operation).where(_operation.operation_id == bindparam("operation_id"))
_OPERATIONS = select(tables.operation)
_OPERATIONS_IN = _OPERATIONS.where(_operation.state.in_(bindparam("states", expanding=True)))
_NEW_OPERATION = insert(tables.operation)
_CHANGED_OPERATION = update_by(tables.operation, "operation_id")

_change = tables.operation_change.c
_CHANGED = (
    select(_change.operation_id)
    .where(_change.number > bindparam("after"), _change.number <= bindparam("up_to"))
    .order_by(_change.number)
)
_NEW_CHANGE = insert(tables.operation_change)
_OLD_CHANGES = delete(tables.operation_change).where(_change.number <= bindparam("up_to"))

_notice = tables.notice.c
_NOTICES = select(tables.notice).where(_notice.accord_id == bindparam("accord_id"))
_NEW_NOTICE = insert(tables.notice)
_CHANGED_NOTICE = update_by(tables.notice, "accord_id", "operation_id")

_PASSED = select(tables.passed_on).where(tables.passed_on.c.accord_id == bindparam("accord_id"))
_NEW_PASSED = insert(tables.passed_on)
_CHANGED_PASSED = update_by(tables.passed_on, "accord_id", "source_accord", "source")


CHANGES_KEPT = 2_000
"""Another process that missed more changes of operations than this reads them all anew."""

_text = each(str)
_accord_version = each(lambda accord_id, version: (str(accord_id), int(version)))
_made_accord, _made_picture = made(AccordRow), made(PictureRow)
_made_operation, _made_notice, _made_parts = made(OperationRow), made(NoticeRow), made(PartsRow)
_made_passed = made(PassedRow)


class KnownRows(Rows):
    """Saving a row again replaces it; nothing is ever taken away. Rows come in the order of their keys.

    That order is made here: a database orders texts by its own collation, and SQLite, reading pictures and
    operations in the order of their keys, would jump through the file row by row.
    """

    def setting(self, name: str) -> str | None:
        return self._once(("setting", name), lambda: self._one(_text, _SETTING, name=name))

    def put_setting(self, name: str, value: str) -> None:
        self._put(_CHANGED_SETTING, _NEW_SETTING, {"name": name, "value": value}, "name")
        self._known["setting", name] = value

    def save_accord(self, row: AccordRow) -> None:
        self._put(_CHANGED_ACCORD, _NEW_ACCORD, msgspec.structs.asdict(row), "accord_id", "version")

    def accords(self) -> list[AccordRow]:
        return sorted(self._all(_made_accord, _ACCORDS), key=lambda row: (row.accord_id, row.version))

    def accord_versions(self) -> list[tuple[str, int]]:
        """Accord id and version of each, in any order."""
        return self._all(_accord_version, _ACCORD_VERSIONS)

    def save_picture(self, accord_id: str, rows: Iterable[PictureRow]) -> None:
        """In two statements however many rows: out with the old, in with the new. Of two rows for one entity
        the last counts.
        """
        latest = {
            (row.kind, row.key): {"accord_id": accord_id, **msgspec.structs.asdict(row)} for row in rows
        }
        if not latest:
            return
        old = [{"of_accord": accord_id, "of_kind": kind, "of_key": key} for kind, key in latest]
        self._run_many(_OLD_PICTURE, old)
        self._run_many(_NEW_PICTURE, list(latest.values()))

    def picture(self, accord_id: str) -> Iterator[PictureRow]:
        rows = self._all(_made_picture, _PICTURE, accord_id=accord_id)
        return iter(sorted(rows, key=lambda row: (row.kind, row.key)))

    def save_parts(self, accord_id: str, rows: Iterable[PartsRow]) -> None:
        """As ``save_picture``."""
        latest = {row.notice_id: {"accord_id": accord_id, **msgspec.structs.asdict(row)} for row in rows}
        if latest:
            self._run_many(_OLD_PARTS, [{"of_accord": accord_id, "of_notice": name} for name in latest])
            self._run_many(_NEW_PARTS, list(latest.values()))

    def parts(self, accord_id: str, notice_ids: Iterable[str]) -> list[PartsRow]:
        """Those of them that are kept, in any order."""
        return self._all(_made_parts, _PARTS, accord_id=accord_id, notice_ids=list(notice_ids))

    def save_operation(self, row: OperationRow) -> None:
        self._put(_CHANGED_OPERATION, _NEW_OPERATION, msgspec.structs.asdict(row), "operation_id")

    def note_change(self, serial: int, operation_id: str) -> None:
        """Remember which operation the change ``serial`` was of: the last CHANGES_KEPT at least."""
        self._run(_NEW_CHANGE, {"number": serial, "operation_id": operation_id})
        if serial % CHANGES_KEPT == 0:
            self._run(_OLD_CHANGES, {"up_to": serial - CHANGES_KEPT})

    def operations_changed(self, after: int, up_to: int) -> list[str]:
        """The operations of the changes above ``after`` and up to ``up_to`` that are remembered, in order."""
        return self._all(_text, _CHANGED, after=after, up_to=up_to)

    def operation(self, operation_id: str) -> OperationRow | None:
        return self._one(_made_operation, _OPERATION, operation_id=operation_id)

    def operations(self, states: Iterable[str] | None = None) -> Iterator[OperationRow]:
        """All, or those in one of ``states`` (in none of them, where it is empty)."""
        if states is None:
            rows = self._all(_made_operation, _OPERATIONS)
        else:
            rows = self._all(_made_operation, _OPERATIONS_IN, states=list(states))
        return iter(sorted(rows, key=lambda row: row.operation_id))

    def save_notice_row(self, row: NoticeRow) -> None:
        """Raises Unavailable ``number-taken`` where another operation bears that notice id on the line."""
        self._put(_CHANGED_NOTICE, _NEW_NOTICE, msgspec.structs.asdict(row), "accord_id", "operation_id")

    def notice_rows(self, accord_id: str) -> Mapping[str, NoticeRow]:
        """By operation id."""
        rows = self._all(_made_notice, _NOTICES, accord_id=accord_id)
        return {row.operation_id: row for row in sorted(rows, key=lambda row: row.operation_id)}

    def save_passed_row(self, row: PassedRow) -> None:
        """Raises Unavailable ``number-taken`` where something else bears that notice id on the line."""
        values = msgspec.structs.asdict(row)
        self._put(_CHANGED_PASSED, _NEW_PASSED, values, "accord_id", "source_accord", "source")

    def passed_rows(self, accord_id: str) -> list[PassedRow]:
        rows = self._all(_made_passed, _PASSED, accord_id=accord_id)
        return sorted(rows, key=lambda row: (row.source_accord, row.source))
