"""Our own operations, whole: a cache of the table, read again when another process has written it."""

import msgspec

from openline.airspace.operation import Operation, State
from openline.errors import NotFound
from openline.node.ports import OperationRow, Transaction

SERIAL = "operations_serial"

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Operation)


class Own:
    def __init__(self) -> None:
        self._serial = -1
        self._by_id: dict[str, Operation] = {}
        self._by_state: dict[State, set[str]] = {state: set() for state in State}

    def refresh(self, tx: Transaction) -> None:
        serial = int(tx.setting(SERIAL) or 0)
        if serial != self._serial:
            self._by_id.clear()
            self._by_state = {state: set() for state in State}
            for row in tx.operations():
                self._put(_DECODER.decode(row.value))
            self._serial = serial

    def save(self, tx: Transaction, operation: Operation) -> None:
        value = _ENCODER.encode(operation)
        tx.save_operation(
            OperationRow(operation.id, operation.version, operation.state.value, operation.end_ms, value)
        )
        self._serial += 1
        tx.put_setting(SERIAL, str(self._serial))
        self._put(operation)

    def _put(self, operation: Operation) -> None:
        before = self._by_id.get(operation.id)
        if before is not None:
            self._by_state[before.state].discard(operation.id)
        self._by_id[operation.id] = operation
        self._by_state[operation.state].add(operation.id)

    def get(self, operation_id: str) -> Operation | None:
        return self._by_id.get(operation_id)

    def need(self, operation_id: str) -> Operation:
        operation = self._by_id.get(operation_id)
        if operation is None:
            raise NotFound(
                "no-such-operation", f"no operation {operation_id} was filed here", field="operation_id"
            )
        return operation

    def all(self) -> list[Operation]:
        return list(self._by_id.values())

    def in_state(self, state: State) -> list[Operation]:
        return [self._by_id[name] for name in sorted(self._by_state[state])]

    def over_at(self, now_ms: int) -> list[Operation]:
        """What should have ended by now. Who is off nominal is ended by a person only."""
        states = (State.PROPOSED, State.ACCEPTED, State.ACTIVATED)
        return [
            operation for state in states for operation in self.in_state(state) if operation.end_ms < now_ms
        ]
