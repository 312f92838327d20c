"""Where the node's state is kept: SQLAlchemy Core over SQLite (ADR 0003) or PostgreSQL (ADR 0014)."""

from openline.store import airspace_tables as airspace_tables  # its tables are part of every store
from openline.store import uss_tables as uss_tables
from openline.store.backup import backup, restore
from openline.store.store import SqlStore, open_store

__all__ = ["SqlStore", "backup", "open_store", "restore"]
