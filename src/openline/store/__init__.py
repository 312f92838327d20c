"""Where the node's state is kept: SQLAlchemy Core over SQLite (ADR 0003)."""

from openline.store.backup import backup, restore
from openline.store.store import SqlStore, open_store

__all__ = ["SqlStore", "backup", "open_store", "restore"]
