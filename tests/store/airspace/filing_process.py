"""A replica as a process of its own.

Usage: filing_process.py URL NUMBER BATCHES FILE  (what was asked and answered, pickled; begun by a line)
"""

import itertools
import pickle
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

from openline.store import SqlStore, open_store
from openline.store.airspace import SqlAirspaceStore
from openline.utm.dss.registry import Registry
from openline.utm.dss.settings import Settings
from store.airspace.filing import Filer

TURNS_EACH = 1_000_000_000

MakeStore = Callable[[SqlStore, Callable[[], int]], SqlAirspaceStore]


def replica(store: SqlStore, number: int, make: MakeStore = SqlAirspaceStore) -> Registry:
    """Its turns bear numbers of their own in the log, where otherwise the time is."""
    turns = itertools.count(number * TURNS_EACH)
    registry = Registry(make(store, lambda: next(turns)), Settings(), lambda: str(uuid.uuid4()))
    registry.load()
    return registry


def main() -> None:
    url, number, batches, file = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    with open_store(url) as store:
        filer = Filer(replica(store, number), number)
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(batches):
            filer.file()
    file.write_bytes(pickle.dumps(filer.asked))


if __name__ == "__main__":
    main()
