"""Our own operations: a cache of the table. What another process has written is read when it is needed:
operation by operation, or the whole table where that is too much.

What a row says beside its value is read at once, the operation itself when somebody asks for it: of 100,000
most only wait for their time. They were judged before they were stored, and are not judged again.
"""

from collections.abc import Iterator

import msgspec

from openline.airspace.judged import judged_before
from openline.airspace.operation import Operation, State
from openline.errors import NotFound
from openline.node.ports import OperationRow, Transaction

SERIAL = "operations_serial"
MOST_FOLLOWED = 1_000
"""More changes of another process than this are not followed one by one: all is read anew."""
_NEVER_MS = 2**63
_ENDS_BY_ITSELF = (State.PROPOSED, State.ACCEPTED, State.ACTIVATED)

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Operation)


class Own:
    """serial: counts what was ever saved; it stands in the store, so that processes see each other's changes.
    told_under: the circumstances under which there was nothing left to tell (`filing.tell_what_rested`).
    passed_under: those under which nothing was left to pass on (`passing`).
    """

    def __init__(self) -> None:
        self.serial = -1
        self.told_under: object = None
        self.passed_under: object = None
        self._nothing_ends_before_ms = 0  # so that not every tick looks at every row
        self._rows: dict[str, OperationRow] = {}
        self._read: dict[str, Operation] = {}  # those that were asked for one by one
        self._by_state: dict[str, set[str]] = {state.value: set() for state in State}

    def refresh(self, tx: Transaction) -> None:
        serial = int(tx.setting(SERIAL) or 0)
        if serial == self.serial or self._follow(tx, serial):
            return
        self._read_all(tx, serial)

    def _follow(self, tx: Transaction, serial: int) -> bool:
        """Take in what was saved since; False where there is too much of it, or it is not known any more."""
        if self.serial < 0 or not 0 < serial - self.serial <= MOST_FOLLOWED:
            return False
        changed = tx.operations_changed(self.serial, serial)
        if len(changed) != serial - self.serial:
            return False
        for row in filter(None, map(tx.operation, dict.fromkeys(changed))):
            self._put(row)
        self.serial = serial
        return True

    def _read_all(self, tx: Transaction, serial: int) -> None:
        self._rows = {row.operation_id: row for row in tx.operations()}
        self._read = {}
        self._by_state = {state.value: set() for state in State}
        for row in self._rows.values():
            self._by_state.setdefault(row.state, set()).add(row.operation_id)
        self.serial = serial
        self._nothing_ends_before_ms = 0

    def save(self, tx: Transaction, operation: Operation) -> None:
        value = _ENCODER.encode(operation)
        row = OperationRow(operation.id, operation.version, operation.state.value, operation.end_ms, value)
        tx.save_operation(row)
        self.serial += 1
        tx.put_setting(SERIAL, str(self.serial))
        tx.note_change(self.serial, row.operation_id)
        self._put(row)
        self._read[row.operation_id] = operation

    def _put(self, row: OperationRow) -> None:
        before = self._rows.get(row.operation_id)
        if before is not None:
            self._by_state[before.state].discard(row.operation_id)
        self._rows[row.operation_id] = row
        self._read.pop(row.operation_id, None)
        self._by_state[row.state].add(row.operation_id)
        self._nothing_ends_before_ms = min(self._nothing_ends_before_ms, row.end_ms)

    def get(self, operation_id: str) -> Operation | None:
        if operation_id not in self._read and operation_id in self._rows:
            self._read[operation_id] = _decode(self._rows[operation_id])
        return self._read.get(operation_id)

    def need(self, operation_id: str) -> Operation:
        operation = self.get(operation_id)
        if operation is None:
            raise NotFound(
                "no-such-operation", f"no operation {operation_id} was filed here", field="operation_id"
            )
        return operation

    def row(self, operation_id: str) -> OperationRow:
        """Of an operation that is here."""
        return self._rows[operation_id]

    def rows(self) -> Iterator[OperationRow]:
        """Every operation by what its row says."""
        return iter(self._rows.values())

    def all(self) -> list[Operation]:
        return [self._read.get(name) or _decode(row) for name, row in self._rows.items()]

    def in_state(self, state: State) -> list[Operation]:
        return [self.need(name) for name in sorted(self._by_state[state.value])]

    def over_at(self, now_ms: int) -> list[Operation]:
        """What should have ended by now. Who is off nominal is ended by a person only."""
        if now_ms <= self._nothing_ends_before_ms:
            return []
        names = sorted(name for state in _ENDS_BY_ITSELF for name in self._by_state[state.value])
        over = [name for name in names if self._rows[name].end_ms < now_ms]
        if not over:
            self._nothing_ends_before_ms = min((self._rows[name].end_ms for name in names), default=_NEVER_MS)
        return [self.need(name) for name in over]

    def count_by_state(self) -> dict[str, int]:
        return {state: len(names) for state, names in self._by_state.items() if names}


def _decode(row: OperationRow) -> Operation:
    with judged_before():
        return _DECODER.decode(row.value)
