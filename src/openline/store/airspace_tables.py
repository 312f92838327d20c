"""The tables of the DSS (F3548), in the same database as the node's. Replicas share them.

airspace_records: one row an entity, as `utm.dss.records` has it; ``keys`` are numbers in decimal, rising,
with a space between. airspace_keys: one row a key, put there by the migration, so that it can be locked;
``count`` counts its changes. airspace_changes: which entity the count-th change of a key was about, by which
a replica catches up; cut after a while. airspace_indices: how often a subscription has prompted a
notification.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text

from openline.store.tables import metadata

MAX_KEY: Final = 2_048
"""The migration has filled airspace_keys with 0 to this number."""

records = Table(
    "airspace_records",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("manager", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger, nullable=False),
    Column("keys", Text, nullable=False),
    Column("value", LargeBinary, nullable=False),
)

keys = Table(
    "airspace_keys",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("count", BigInteger, nullable=False),
)

changes = Table(
    "airspace_changes",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("count", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Index("ix_airspace_changes_at_ms", "at_ms"),
)

indices = Table(
    "airspace_indices",
    metadata,
    Column("subscription_id", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
