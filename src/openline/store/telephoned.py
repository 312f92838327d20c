"""What was read to us over the telephone."""

from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, insert, select

from openline.node.ports import TelephonedRow
from openline.store import tables
from openline.store.known import update_by
from openline.store.rows import Rows, made

_telephoned = tables.telephoned.c
_ALL = select(tables.telephoned).order_by(_telephoned.number)
_IN_STATE = _ALL.where(_telephoned.state == bindparam("state"))
_NEW = insert(tables.telephoned)
_CHANGED = update_by(tables.telephoned, "number")
_FORGOTTEN = delete(tables.telephoned).where(_telephoned.number == bindparam("of_number"))
_made = made(TelephonedRow)
_BY_STATE: Final = "telephoned"


class TelephonedRows(Rows):
    def save_telephoned(self, row: TelephonedRow) -> None:
        """Replaces the row of this number."""
        self._known.pop(_BY_STATE, None)
        self._put(_CHANGED, _NEW, msgspec.structs.asdict(row) | {"lane": row.lane.value}, "number")

    def telephoned(self, state: str | None = None) -> list[TelephonedRow]:
        """All, or those in this state, by number."""
        if state is None:
            return self._all(_made, _ALL)
        by_state: dict[str, list[TelephonedRow]] = self._once(_BY_STATE, dict)
        if state not in by_state:
            by_state[state] = self._all(_made, _IN_STATE, state=state)
        return list(by_state[state])

    def forget_telephoned(self, number: int) -> None:
        self._known.pop(_BY_STATE, None)
        self._run(_FORGOTTEN, {"of_number": number})
