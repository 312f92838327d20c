"""What replicas on one database need: the row that writers take turns by, leases, and which operations were
changed last.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    turn = op.create_table(
        "turn",
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_turn"),
    )
    op.bulk_insert(turn, [{"name": "node"}])
    op.create_table(
        "operation_change",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("operation_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_operation_change"),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )
