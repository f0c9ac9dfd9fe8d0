"""How far the limits of ERPs are used up, shared by all workers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


# fmt: off
def upgrade() -> None:
    """Add the table: an older worker does not need it."""
    op.create_table(
        "budgets",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("mark", sa.Float(), nullable=False, comment="Unix seconds from which the limit is unused again."),
        sa.PrimaryKeyConstraint("key", name="pk_budgets"),
        comment="How far each limit of an ERP is used up, shared by all workers.",
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("budgets")
