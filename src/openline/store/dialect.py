"""SQLAlchemy's PostgreSQL dialect for all databases that speak PostgreSQL's protocol and SQL.

Imported by SQLAlchemy alone, by the name that ``openline.store.postgres`` registers: a node on SQLite never
loads it.
"""

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

LEAST_VERSION = (13,)
"""What a database is taken for that does not call itself PostgreSQL (CockroachDB): our SQL needs no more."""


class SharedDialect(PGDialect_psycopg):
    """As SQLAlchemy's own, but CockroachDB's name is no reason to stop."""

    supports_statement_cache = True

    def _get_server_version_info(self, connection: Connection) -> Any:
        try:
            return super()._get_server_version_info(connection)  # type: ignore[no-untyped-call]
        except AssertionError:
            return LEAST_VERSION
