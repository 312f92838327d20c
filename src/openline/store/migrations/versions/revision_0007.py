"""What was read over the telephone, until the sealed original has come."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=False)


def _integer(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def upgrade() -> None:
    op.create_table(
        "telephoned",
        _integer("number"),
        _text("accord_id"),
        _text("sender"),
        _text("lane"),
        _integer("place"),
        _text("kind"),
        _text("state"),
        _integer("entered_ms"),
        _text("position"),
        _text("pseudonym"),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_telephoned"),
    )
    op.create_index("ix_telephoned_state", "telephoned", ["state"])
