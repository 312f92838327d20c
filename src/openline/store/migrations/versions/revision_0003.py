"""The DSS: its records, the keys they are locked under, the log of changes, the notification indices."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEYS = 2_049


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=False)


def _integer(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def upgrade() -> None:
    op.create_table(
        "airspace_records",
        *[_text(name) for name in ("kind", "id", "manager")],
        *[_integer(name) for name in ("version", "start_ms", "end_ms")],
        _text("keys"),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name="pk_airspace_records"),
    )
    keys = op.create_table(
        "airspace_keys",
        _integer("key"),
        _integer("count"),
        sa.PrimaryKeyConstraint("key", name="pk_airspace_keys"),
    )
    op.bulk_insert(keys, [{"key": key, "count": 0} for key in range(KEYS)])
    op.create_table(
        "airspace_changes",
        *[_integer(name) for name in ("key", "count")],
        *[_text(name) for name in ("kind", "id")],
        _integer("at_ms"),
        sa.PrimaryKeyConstraint("key", "count", name="pk_airspace_changes"),
    )
    op.create_index("ix_airspace_changes_at_ms", "airspace_changes", ["at_ms"])
    op.create_table(
        "airspace_indices",
        _text("subscription_id"),
        _integer("value"),
        sa.PrimaryKeyConstraint("subscription_id", name="pk_airspace_indices"),
    )
