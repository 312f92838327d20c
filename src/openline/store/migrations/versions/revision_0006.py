"""What was passed on: under which id, from one line to another."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "passed_on",
        sa.Column("accord_id", sa.Text(), nullable=False),
        sa.Column("source_accord", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("accord_id", "source_accord", "source", name="pk_passed_on"),
    )
    op.create_index("ix_passed_on_accord_id_notice_id", "passed_on", ["accord_id", "notice_id"], unique=True)
