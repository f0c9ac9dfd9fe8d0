"""Erasures: which connections were erased, so that nothing of them that comes late is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.types import Instant, Json

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


# fmt: off
def upgrade() -> None:
    """Add a table. Older workers go on; what they bring back after an erasure is removed by the scheduler worker."""
    op.create_table(
        "erasures",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("tenant", sa.String(length=80), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False, comment="What was read in this epoch or before is erased."),
        sa.Column("credential", sa.String(length=100), nullable=False),
        sa.Column("token_epoch", sa.BigInteger(), server_default="0", nullable=False, comment="Claims of its credential so far."),
        sa.Column("last_stream", sa.Integer(), server_default="0", nullable=False, comment="Up to it no stream is numbered again."),
        sa.Column("tell", sa.Boolean(), server_default=sa.false(), nullable=False, comment="Each entity is told as deleted."),
        sa.Column("about", Json, nullable=True, comment="Its streams, messages, replays and causes: numbers, by which others point to it."),
        sa.Column("removed", Json, nullable=False, comment="How much of what."),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("touched_at", Instant(), nullable=False, comment="When somebody last worked on it."),
        sa.Column("ended_at", Instant(), nullable=True, comment="Null: under way."),
        sa.PrimaryKeyConstraint("seq", name="pk_erasures"),
        comment="Connections that were erased: names and numbers, so that nothing that comes late is kept.",
    )
    op.create_index("ix_erasures_connection", "erasures", ["connection"])
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        op.alter_column("connections", "state", comment="active, paused, needs_consent, erasing", existing_comment="active, paused, needs_consent")
        op.create_table_comment("actions", "What operators did; only an erasure changes anything here.", existing_comment="What operators did; nothing here is ever changed.")


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_erasures_connection", "erasures")
    op.drop_table("erasures")
