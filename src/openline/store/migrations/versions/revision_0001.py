"""The first schema: everything.

A migration is history: it names its tables itself and never imports them, so that it does the same in ten
years. There is no way down: a store is never taken back to an older schema, a backup is restored instead. The
table ``setting`` (name, value) stays in every revision: ``restore`` marks a copy there whatever its revision
is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=False)


def _integer(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _bytes(name: str) -> "sa.Column[bytes]":
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _table(name: str, keys: tuple[str, ...], *parts: sa.schema.SchemaItem) -> None:
    op.create_table(name, *parts, sa.PrimaryKeyConstraint(*keys, name=f"pk_{name}"))


_LANE = ("accord_id", "sender", "lane")


def upgrade() -> None:
    _journal()
    _accords_and_picture()
    _watch()


def _journal() -> None:
    lane_of = [_text(name) for name in _LANE]
    _table("lane", _LANE, *lane_of, _integer("number"), _text("hash"), _bytes("frontier"))
    _table(
        "entry",
        (*_LANE, "number"),
        *[_text(name) for name in _LANE],
        _integer("number"),
        _text("hash"),
        _text("kind"),
        _bytes("sealed"),
        _integer("at_ms"),
        sa.ForeignKeyConstraint(_LANE, [f"lane.{name}" for name in _LANE], name="fk_entry_lane"),
    )
    op.create_index("ix_entry_hash", "entry", ["hash"], unique=True)
    columns = [_text(name) for name in _LANE]
    _table("lam", (*_LANE, "number"), *columns, _integer("number"), _integer("at_ms"), _bytes("sealed"))
    _table(
        "private_journal",
        ("number",),
        _integer("number"),
        _integer("at_ms"),
        _text("kind"),
        _bytes("body"),
        _text("previous"),
        _text("hash"),
    )


def _accords_and_picture() -> None:
    _table("setting", ("name",), _text("name"), _text("value"))
    _table(
        "accord",
        ("accord_id", "version"),
        _text("accord_id"),
        _integer("version"),
        _text("state"),
        _bytes("bundle"),
    )
    _table(
        "picture",
        ("accord_id", "kind", "key"),
        *[_text(name) for name in ("accord_id", "kind", "key", "party", "state")],
        _bytes("value"),
    )
    _table(
        "operation",
        ("operation_id",),
        _text("operation_id"),
        _integer("version"),
        _text("state"),
        _integer("end_ms"),
        _bytes("value"),
    )
    op.create_index("ix_operation_state", "operation", ["state"])
    _table(
        "notice",
        ("accord_id", "operation_id"),
        *[_text(name) for name in ("accord_id", "operation_id", "notice_id")],
        _integer("told_version"),
    )
    op.create_index("ix_notice_accord_id_notice_id", "notice", ["accord_id", "notice_id"], unique=True)


def _watch() -> None:
    _table(
        "alarm",
        ("alarm_id",),
        *[_text(name) for name in ("alarm_id", "accord_id", "kind", "text")],
        _integer("raised_ms"),
        sa.Column("cleared_ms", sa.BigInteger(), nullable=True),
    )
    _table(
        "quarantine",
        ("number",),
        _integer("number"),
        _integer("at_ms"),
        _text("accord_id"),
        _text("code"),
        _bytes("data"),
    )
    _table("counter", ("name",), _text("name"), _integer("value"))
