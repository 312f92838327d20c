"""The tables of the USS (F3548), in the same database as the node's. Replicas share them.

uss_intents: one row a flight of ours; ``revision`` counts its changes, by which two replicas that change it
at once notice one another; ``due_ms``: when time has something to do with it. uss_log: what is kept for
people and for other USSs (user notifications, reports, planning attempts, flights that are over), newest of
each kind only.
"""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text

from openline.store.tables import metadata

intents = Table(
    "uss_intents",
    metadata,
    Column("flight_id", Text, primary_key=True),
    Column("intent_id", Text, nullable=False),
    Column("subscription_id", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("due_ms", BigInteger, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Index("ix_uss_intents_intent_id", "intent_id", unique=True),
    Index("ix_uss_intents_subscription_id", "subscription_id"),
    Index("ix_uss_intents_due_ms", "due_ms"),
)

log = Table(
    "uss_log",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Index("ix_uss_log_kind_at_ms", "kind", "at_ms"),
)
