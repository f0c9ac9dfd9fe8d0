"""A revision of a release to come, as the rule of docs/adr/0011 allows it: it only adds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tests.support.next_release import OWN

revision = f"{OWN + 1:04}"
down_revision = f"{OWN:04}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A nullable column and a new table."""
    op.add_column("journal", sa.Column("note", sa.Text(), nullable=True))
    op.create_table(
        "notes",
        sa.Column("stream_id", sa.Integer(), sa.ForeignKey("streams.id", name="fk_notes_stream_id"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stream_id", name="pk_notes"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("notes")
    op.drop_column("journal", "note")
