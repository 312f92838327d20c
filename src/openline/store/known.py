"""What the node knows: its settings, the accords, the picture, its own operations and what they are called on
each line.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import Table, Update, bindparam, delete, insert, select, update

from openline.node.ports import AccordRow, NoticeRow, OperationRow, PartsRow, PictureRow
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

_ACCORDS = select(tables.accord).order_by(tables.accord.c.accord_id, tables.accord.c.version)
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

_notice = tables.notice.c
_NOTICES = (
    select(tables.notice).where(_notice.accord_id == bindparam("accord_id")).order_by(_notice.operation_id)
)
_NEW_NOTICE = insert(tables.notice)
_CHANGED_NOTICE = update_by(tables.notice, "accord_id", "operation_id")


_text = each(str)
_made_accord, _made_picture = made(AccordRow), made(PictureRow)
_made_operation, _made_notice, _made_parts = made(OperationRow), made(NoticeRow), made(PartsRow)


class KnownRows(Rows):
    """Saving a row again replaces it; nothing is ever taken away. Rows come in the order of their keys.

    All pictures and operations are read as they lie in the file and ordered here: in the order of its keys
    SQLite would jump through the file row by row, which takes twice as long.
    """

    def setting(self, name: str) -> str | None:
        return self._one(_text, _SETTING, name=name)

    def put_setting(self, name: str, value: str) -> None:
        self._put(_CHANGED_SETTING, _NEW_SETTING, {"name": name, "value": value}, "name")

    def save_accord(self, row: AccordRow) -> None:
        self._put(_CHANGED_ACCORD, _NEW_ACCORD, msgspec.structs.asdict(row), "accord_id", "version")

    def accords(self) -> list[AccordRow]:
        return self._all(_made_accord, _ACCORDS)

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
        self._run(_OLD_PICTURE, old)
        self._run(_NEW_PICTURE, list(latest.values()))

    def picture(self, accord_id: str) -> Iterator[PictureRow]:
        rows = self._all(_made_picture, _PICTURE, accord_id=accord_id)
        return iter(sorted(rows, key=lambda row: (row.kind, row.key)))

    def save_parts(self, accord_id: str, rows: Iterable[PartsRow]) -> None:
        """As ``save_picture``."""
        latest = {row.notice_id: {"accord_id": accord_id, **msgspec.structs.asdict(row)} for row in rows}
        if latest:
            self._run(_OLD_PARTS, [{"of_accord": accord_id, "of_notice": name} for name in latest])
            self._run(_NEW_PARTS, list(latest.values()))

    def parts(self, accord_id: str, notice_ids: Iterable[str]) -> list[PartsRow]:
        """Those of them that are kept, in any order."""
        return self._all(_made_parts, _PARTS, accord_id=accord_id, notice_ids=list(notice_ids))

    def save_operation(self, row: OperationRow) -> None:
        self._put(_CHANGED_OPERATION, _NEW_OPERATION, msgspec.structs.asdict(row), "operation_id")

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
        return {row.operation_id: row for row in self._all(_made_notice, _NOTICES, accord_id=accord_id)}
