"""The node's own journal: local events, hash-linked, for nobody else."""

from collections.abc import Mapping

import msgspec

from openline.journal.canonical import canonical
from openline.journal.private import next_record
from openline.node.ports import Transaction


def record(tx: Transaction, at_ms: int, kind: str, body: Mapping[str, str | int]) -> None:
    tx.append_private(next_record(tx.private_head(), at_ms, kind, msgspec.Raw(canonical(dict(body)))))
