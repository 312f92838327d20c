"""Is every table what the journal folds to? Each difference is a finding that names the row.

A picture is compared with the fold of the messages themselves, row by row and column by column.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from openline.airspace.operation import Operation
from openline.coordination.fact import Fact, encode_facts
from openline.coordination.picture import PASSING, Entity, Picture
from openline.coordination.session import Heads
from openline.errors import OpenlineError
from openline.journal.entry import Lane
from openline.journal.verify import Finding
from openline.node.desk import Desk
from openline.node.ports import PictureRow, Transaction

EMPTY_FACTS = b"[]"
_SHOWN = Entity.SHOWN.value


def compare_heads(tx: Transaction, desk: Desk, heads: Heads, fresh: Picture) -> Iterator[Finding]:
    """What was received must be here; what the partner only says to have said may still be on its way."""
    whole = True
    for lane in Lane:
        for party, claim, may_lack in (
            (heads.sender, heads.said.on(lane), heads.sender == desk.partner),
            (heads.receiver, heads.received.on(lane), False),
        ):
            where = f"{desk.accord_id}/{party}/{lane}"
            ours = desk.heads[party, lane].number
            whole = whole and ours == claim.number
            entry = tx.entry(desk.accord_id, party, lane, claim.number) if claim.number else None
            if claim.number and entry is None and not may_lack:
                text = (
                    f"{heads.sender} signed that it holds number {claim.number}, the journal ends at {ours}"
                )
                yield Finding("cut-off", where, ours + 1, text)
            elif entry is not None and entry.hash != claim.hash:
                text = f"{heads.sender} signed that it holds {claim.hash}, here it is {entry.hash}"
                yield Finding("forked", where, claim.number, text)
    if whole and heads.digest != fresh.digest():
        text = f"{heads.sender} folds the same messages to {heads.digest}, here they give {fresh.digest()}"
        yield Finding("pictures-differ", f"{desk.accord_id}/picture", 0, text)


# The picture tables


class Passing:
    """Rows of what passes by (``coordination.picture.PASSING``): a picture need not have them, so nothing is
    missing where one is not there; but those that are there must be what the journal says.
    """

    def __init__(self, accord_id: str, stored: Iterable[PictureRow]) -> None:
        self._where = f"{accord_id}/picture"
        self._rows = {row.key: row for row in stored if row.kind == _SHOWN and row.value != EMPTY_FACTS}
        self._found: list[Fact] = []

    def compare(self, fact: Fact) -> Iterator[Finding]:
        """A message of the journal, as it is read."""
        row = self._rows.pop(fact.hash, None) if fact.kind in PASSING else None
        if row is None:
            return
        self._found.append(fact)
        if (row.party, row.state, row.value) != ("", "", encode_facts([fact])):
            yield self._finding("picture-row-wrong", row.key, "it is not what the journal says")

    def left(self, fresh: Picture) -> Iterator[Finding]:
        """When all is read: rows of what nobody said, or of what was rejected."""
        rejected = (it.hash for it in self._found if fresh.is_rejected(it.hash, it.stamp.sender))
        for key in sorted({*self._rows, *rejected}):
            yield self._finding("picture-row-extra", key, "the table has it, the journal does not")

    def _finding(self, code: str, key: str, text: str) -> Finding:
        return Finding(code, self._where, 0, f"{_SHOWN} {key}: {text}")


def compare_picture(accord_id: str, fresh: Picture, stored: Sequence[PictureRow] | None) -> Iterator[Finding]:
    """Every row must be what the journal folds to. A row without facts (all rejected) is as good as none."""
    if stored is None:
        return
    where = f"{accord_id}/picture"
    expected = {(kind.value, key): fresh.row((kind, key)) for kind, key in fresh.all_keys()}
    expected = {key: row for key, row in expected.items() if row[2] != EMPTY_FACTS}
    held = {(row.kind, row.key): (row.party, row.state, row.value) for row in stored if row.kind != _SHOWN}
    held = {key: row for key, row in held.items() if row[2] != EMPTY_FACTS}
    for key in sorted(expected.keys() | held.keys()):
        name = f"{key[0]} {key[1]}"
        if key not in held:
            yield Finding("picture-row-missing", where, 0, f"{name}: the journal has it, the table does not")
        elif key not in expected:
            yield Finding("picture-row-extra", where, 0, f"{name}: the table has it, the journal does not")
        elif expected[key] != held[key]:
            columns = zip(("party", "state", "value"), expected[key], held[key], strict=True)
            wrong = ", ".join(column for column, one, other in columns if one != other)
            yield Finding("picture-row-wrong", where, 0, f"{name}: {wrong} is not what the journal says")


def compare_notices(tx: Transaction, desk: Desk, fresh: Picture, rejected: set[str]) -> Iterator[Finding]:
    """What the table says that we have told must have been said, and as the operation now stands."""
    where = f"{desk.accord_id}/notice"
    for row in tx.notice_rows(desk.accord_id).values():
        told = fresh.told(row.notice_id)
        if row.told_version == 0 or row.notice_id in rejected:
            continue
        if told is None or told.party != desk.me:
            text = f"{row.notice_id}: the table says that it was told, the journal does not"
            yield Finding("notice-row-extra", where, 0, text)
            continue
        operation = tx.operation(row.operation_id)
        if operation is None:
            text = f"{row.notice_id}: its operation {row.operation_id} is gone"
            yield Finding("operation-missing", where, 0, text)
        elif operation.version == row.told_version and operation.state != str(told.state):
            text = f"{row.operation_id}: the table says {operation.state}, told was {told.state}"
            yield Finding("operation-row-wrong", where, 0, text)


def compare_operations(tx: Transaction) -> Iterator[Finding]:
    """Each row's columns must be what its value says."""
    try:
        rows = list(tx.operations())
    except OpenlineError as fault:
        yield Finding("operation-unreadable", "operation", 0, fault.text)
        return
    for row in rows:
        try:
            operation = msgspec.json.decode(row.value, type=Operation)
        except (OpenlineError, msgspec.MsgspecError, UnicodeDecodeError, ValueError) as fault:
            yield Finding("operation-row-wrong", "operation", 0, f"{row.operation_id}: {fault}")
            continue
        columns = (row.operation_id, row.version, row.state, row.end_ms)
        if columns != (operation.id, operation.version, operation.state.value, operation.end_ms):
            text = f"{row.operation_id}: its columns are not what its value says"
            yield Finding("operation-row-wrong", "operation", 0, text)
