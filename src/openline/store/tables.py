"""The tables. Names are for a person with the ``sqlite3`` or ``psql`` shell; types are plain enough for
PostgreSQL, CockroachDB and YugabyteDB.

``*_ms`` are milliseconds since 1970-01-01T00:00:00Z, hashes 64 lower-case hex digits, ``sealed``, ``bundle``,
``value``, ``body`` and ``data`` bytes exactly as they came. What the database looks like after all migrations
is exactly this (a test holds it).
"""

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, LargeBinary, MetaData, Table, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key(name: str) -> Column[str]:
    return Column(name, Text, primary_key=True)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _number_key(name: str) -> Column[int]:
    """Numbers are given, never drawn from a sequence: a sequence leaves gaps where a transaction was rolled
    back.
    """
    return Column(name, BigInteger, primary_key=True, autoincrement=False)


def _integer(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _bytes(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


setting = Table("setting", metadata, _key("name"), _text("value"))

accord = Table(
    "accord", metadata, _key("accord_id"), _number_key("version"), _text("state"), _bytes("bundle")
)

lane = Table(
    "lane",
    metadata,
    _key("accord_id"),
    _key("sender"),
    _key("lane"),
    _integer("number"),
    _text("hash"),
    _bytes("frontier"),
)

entry = Table(
    "entry",
    metadata,
    _key("accord_id"),
    _key("sender"),
    _key("lane"),
    _number_key("number"),
    _text("hash"),
    _text("kind"),
    _bytes("sealed"),
    _integer("at_ms"),
    ForeignKeyConstraint(["accord_id", "sender", "lane"], ["lane.accord_id", "lane.sender", "lane.lane"]),
    Index("ix_entry_hash", "hash", unique=True),
)

lam = Table(
    "lam",
    metadata,
    _key("accord_id"),
    _key("sender"),
    _key("lane"),
    _number_key("number"),
    _integer("at_ms"),
    _bytes("sealed"),
)

picture = Table(
    "picture",
    metadata,
    _key("accord_id"),
    _key("kind"),
    _key("key"),
    _text("party"),
    _text("state"),
    _bytes("value"),
)

parts = Table(
    "parts",
    metadata,
    _key("accord_id"),
    _key("notice_id"),
    _bytes("value"),
)

operation = Table(
    "operation",
    metadata,
    _key("operation_id"),
    _integer("version"),
    _text("state"),
    _integer("end_ms"),
    _bytes("value"),
    Index("ix_operation_state", "state"),
)

operation_change = Table("operation_change", metadata, _number_key("number"), _text("operation_id"))
"""Which operation each of the last changes was of, so that another replica reads no more than that."""

notice = Table(
    "notice",
    metadata,
    _key("accord_id"),
    _key("operation_id"),
    _text("notice_id"),
    _integer("told_version"),
    Index("ix_notice_accord_id_notice_id", "accord_id", "notice_id", unique=True),
)

passed_on = Table(
    "passed_on",
    metadata,
    _key("accord_id"),
    _key("source_accord"),
    _key("source"),
    _text("notice_id"),
    _integer("version"),
    _text("said"),
    Index("ix_passed_on_accord_id_notice_id", "accord_id", "notice_id", unique=True),
)

private_journal = Table(
    "private_journal",
    metadata,
    _number_key("number"),
    _integer("at_ms"),
    _text("kind"),
    _bytes("body"),
    _text("previous"),
    _text("hash"),
)

alarm = Table(
    "alarm",
    metadata,
    _key("alarm_id"),
    _text("accord_id"),
    _text("kind"),
    _text("text"),
    _integer("raised_ms"),
    Column("cleared_ms", BigInteger),
)

quarantine = Table(
    "quarantine",
    metadata,
    _number_key("number"),
    _integer("at_ms"),
    _text("accord_id"),
    _text("code"),
    _bytes("data"),
)

telephoned = Table(
    "telephoned",
    metadata,
    _number_key("number"),
    _text("accord_id"),
    _text("sender"),
    _text("lane"),
    _integer("place"),
    _text("kind"),
    _text("state"),
    _integer("entered_ms"),
    _text("position"),
    _text("pseudonym"),
    _bytes("value"),
    Index("ix_telephoned_state", "state"),
)
"""What was read to us over the telephone; ``place`` is the number in its lane that the caller gave."""

counter = Table("counter", metadata, _key("name"), _integer("value"))

turn = Table("turn", metadata, _key("name"))
"""One row, ``node``: a writing block on PostgreSQL locks it before it reads (``store.postgres``)."""

lease = Table("lease", metadata, _key("name"), _text("holder"), _integer("beat"))
"""Who does what only one replica may do (``store.leases``); ``holder`` is empty where it was given back."""
