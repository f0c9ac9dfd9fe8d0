"""Credentials with their tokens, which several connections may share."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.types import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


# fmt: off
def upgrade() -> None:
    """Add the table, and the column that refers to it: an older worker needs neither."""
    op.create_table(
        "credentials",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("tenant", sa.String(length=80), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=True, comment="What its connections share, encrypted under the data key."),
        sa.Column("token", sa.LargeBinary(), nullable=True, comment="What the issuer gave last, encrypted under the data key."),
        sa.Column("token_epoch", sa.BigInteger(), server_default="0", nullable=False, comment="The claim that it was issued to."),
        sa.Column("issued_at", Instant(), nullable=True),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("keep_at", Instant(), nullable=True, comment="When it is renewed even if nobody uses it."),
        sa.Column("state", sa.String(length=20), server_default="active", nullable=False, comment="active, dead"),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("epoch", sa.BigInteger(), server_default="0", nullable=False, comment="Claims so far."),
        sa.Column("claim_until", Instant(), nullable=True, comment="Until then somebody asks the issuer."),
        sa.Column("tried_at", Instant(), nullable=True, comment="When an attempt began whose outcome is still not known."),
        sa.Column("try_at", Instant(), nullable=True, comment="Not asked again before."),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_credentials"),
        comment="Tokens that are issued for a while, and the secrets of connections that share them.",
    )
    op.add_column("connections", sa.Column("credential", sa.String(length=100), nullable=True, comment="The one it shares with others; null: its own."))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("connections", "credential")
    op.drop_table("credentials")
