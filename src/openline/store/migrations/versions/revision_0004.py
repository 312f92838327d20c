"""The USS: our own operational intents, and its log."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=False)


def _integer(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def upgrade() -> None:
    op.create_table(
        "uss_intents",
        _text("flight_id"),
        _text("intent_id"),
        _text("subscription_id"),
        _integer("revision"),
        _integer("due_ms"),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("flight_id", name="pk_uss_intents"),
    )
    op.create_index("ix_uss_intents_intent_id", "uss_intents", ["intent_id"], unique=True)
    op.create_index("ix_uss_intents_subscription_id", "uss_intents", ["subscription_id"])
    op.create_index("ix_uss_intents_due_ms", "uss_intents", ["due_ms"])
    op.create_table(
        "uss_log",
        _text("kind"),
        _text("id"),
        _integer("at_ms"),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name="pk_uss_log"),
    )
    op.create_index("ix_uss_log_kind_at_ms", "uss_log", ["kind", "at_ms"])
