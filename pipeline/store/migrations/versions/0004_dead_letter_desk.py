"""The dead-letter desk: causes and edits of letters, messages, replays, actions; outcomes of records for passes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.types import Instant, Json

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_Serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")


# fmt: off
def upgrade() -> None:
    """Add columns and tables: an older worker needs none of them, and fills in none."""
    op.add_column("letters", sa.Column("cause", sa.String(length=16), nullable=True, comment="Fingerprint; null: not computed yet."))
    op.add_column("letters", sa.Column("patch", Json, nullable=True, comment="JSON Patch (RFC 6902) that an operator put on this read of the record."))
    op.add_column("letters", sa.Column("tried_by", sa.BigInteger(), nullable=True, comment="The replay that ran it last."))
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        op.alter_column("letters", "state", comment="open, closed, discarded", existing_comment="open, closed")
    op.create_index("ix_letters_cause", "letters", ["cause", "state"])
    op.create_index("ix_letters_page", "letters", ["run", "number"])
    op.add_column("accounts", sa.Column("outcomes", sa.Text(), nullable=True, comment="Where each record ended, by its index within the read."))
    op.add_column("runs", sa.Column("told", sa.Boolean(), server_default=sa.false(), nullable=False, comment="That its books do not balance."))
    _messages()
    _groups()
    op.create_table(
        "actions",
        sa.Column("seq", _Serial, autoincrement=True, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("target", sa.String(length=400), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("details", Json, nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_actions"),
        comment="What operators did; nothing here is ever changed.",
    )


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", _Serial, autoincrement=True, nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False, comment="Of queue, body and attributes."),
        sa.Column("queue", sa.String(length=80), nullable=False, comment="The queue that it goes back to."),
        sa.Column("state", sa.String(length=20), nullable=False, comment="open, sending, closed, discarded"),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("attributes", Json, nullable=False),
        sa.Column("group", sa.String(length=128), nullable=True),
        sa.Column("patch", Json, nullable=True, comment="JSON Patch (RFC 6902) that an operator put on the body."),
        *(sa.Column(name, sa.String(length=120), nullable=True) for name in ("event_id", "tenant", "connection", "system", "stream", "entity")),
        sa.Column("error", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="How often it was received, as far as anybody counted."),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("tried_by", sa.BigInteger(), nullable=True, comment="The replay that sent it last."),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("digest", name="uq_messages_digest"),
        comment="Messages out of dead-letter queues, kept past the 14 days of SQS.",
    )
    op.create_index("ix_messages_cause", "messages", ["cause", "state"])


def _groups() -> None:
    op.create_table(
        "causes",
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=True),
        sa.Column("ignored", sa.Text(), nullable=True, comment="Why nobody is to look at it; null: somebody is."),
        sa.Column("muted_until", Instant(), nullable=True, comment="Its rejects are not told before."),
        sa.PrimaryKeyConstraint("cause", name="pk_causes"),
        comment="What people noted about groups of letters with one cause.",
    )
    op.create_table(
        "replays",
        sa.Column("id", _Serial, autoincrement=True, nullable=False),
        sa.Column("filter", Json, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False, comment="rehearsed, running, paused, stopped, done"),
        sa.Column("reason", sa.Text(), nullable=True, comment="Why it stopped."),
        sa.Column("steps", Json, nullable=False, comment="Letters of each step; the last one repeats."),
        sa.Column("limit", sa.Float(), nullable=False, comment="Share of a step that may fail."),
        sa.Column("rate", sa.Float(), nullable=True, comment="Letters per second; null: as fast as it goes."),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in ("step", "step_tried", "step_failed")),
        sa.Column("predicted", Json, nullable=True, comment="What the rehearsal said."),
        sa.Column("outcomes", Json, nullable=False, comment="What became of the letters so far."),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("claim", sa.String(length=40), nullable=True),
        sa.Column("claim_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_replays"),
        comment="Letters being run once more, in growing steps.",
    )
    op.create_index("ix_replays_state", "replays", ["state"])


def downgrade() -> None:
    """Take them away."""
    for table in ("actions", "replays", "causes", "messages"):
        op.drop_table(table)
    op.drop_column("runs", "told")
    op.drop_column("accounts", "outcomes")
    op.drop_index("ix_letters_page", "letters")
    op.drop_index("ix_letters_cause", "letters")
    for column in ("tried_by", "patch", "cause"):
        op.drop_column("letters", column)
