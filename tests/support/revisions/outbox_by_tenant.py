"""Another revision of a release to come: an index on a table that every worker writes."""

from __future__ import annotations

from alembic import op

from tests.support.next_release import OWN

revision = f"{OWN + 2:04}"
down_revision = f"{OWN + 1:04}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.create_index("ix_outbox_tenant", "outbox", ["tenant"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_outbox_tenant", table_name="outbox")
