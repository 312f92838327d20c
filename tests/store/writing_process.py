"""A process that writes to a store and says what was committed. It can be told to die by SIGKILL at its n-th
statement.

Usage: writing_process.py STORE TRANSACTIONS ENTRIES_IN_EACH DIE_AT  (0: never)
After each commit it prints the number that its lane had reached.
"""

import os
import signal
import sys
from itertools import count

from sqlalchemy import event

from openline.node.ports import PictureRow
from openline.store import SqlStore, open_store, sqlite
from store.samples import ACCORD, LANE, SENDER, append, note


def main() -> None:
    path, transactions, entries, die_at = sys.argv[1], *map(int, sys.argv[2:])
    sqlite.CHECKPOINT_BYTES = 100_000  # so that checkpoints happen here, too
    store = open_store(path, busy_timeout_ms=60_000)
    if die_at:
        die_at_statement(store, die_at)
    for _ in range(transactions):
        write(store, entries)


def write(store: SqlStore, entries: int) -> None:
    """One step as a node takes it: head, entries, picture, private journal, counter."""
    with store.writing() as tx:
        append(tx, entries)
        reached = tx.lane_head(ACCORD, SENDER, LANE).number
        tx.save_picture(ACCORD, [PictureRow("line", "head", SENDER, "open", str(reached).encode())])
        note(tx, b'{"reached":%d}' % reached)
        tx.count("entries", entries)
    print(reached, flush=True)


def die_at_statement(store: SqlStore, die_at: int) -> None:
    statements = count(1)

    def next_statement(*_: object) -> None:
        if next(statements) == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    if store.is_shared:
        event.listen(store.engine, "after_cursor_execute", next_statement)
        event.listen(store.engine, "commit", next_statement)
    else:  # what goes to SQLite passes SQLAlchemy by
        event.listen(store.engine, "checkout", lambda driver, *_: driver.set_trace_callback(next_statement))


if __name__ == "__main__":
    main()
