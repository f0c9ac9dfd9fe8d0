"""Tables of the dead-letter desk: what failed, who looks after it, what was run again, and what operators did."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from pipeline.store.metadata import metadata
from pipeline.store.types import Instant, Json

Serial = BigInteger().with_variant(Integer, "sqlite")

letters = Table(
    "letters",
    metadata,
    Column("stream_id", ForeignKey("streams.id"), nullable=False),
    Column("key", String(400), nullable=False),
    Column("state", String(20), nullable=False, comment="open, closed, discarded"),
    Column("version", String(50), nullable=False),
    Column("run", String(40), nullable=False),
    Column("number", Integer, nullable=False),
    Column("index", Integer, nullable=False),
    Column("field", String(120)),
    Column("reason", Text, nullable=False),
    Column("error", String(40), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="1"),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("cause", String(16), comment="Fingerprint; null: not computed yet."),
    Column("patch", Json, comment="JSON Patch (RFC 6902) that an operator put on this read of the record."),
    Column("tried_by", BigInteger, comment="The replay that ran it last."),
    PrimaryKeyConstraint("stream_id", "key"),
    comment="Rejected records, one letter each; closed by a later good read or a delete.",
)
Index("ix_letters_cause", letters.c.cause, letters.c.state)
Index("ix_letters_page", letters.c.run, letters.c.number)

messages = Table(
    "messages",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("digest", String(32), nullable=False, unique=True, comment="Of queue, body and attributes."),
    Column("queue", String(80), nullable=False, comment="The queue that it goes back to."),
    Column("state", String(20), nullable=False, comment="open, sending, closed, discarded"),
    Column("body", Text, nullable=False),
    Column("attributes", Json, nullable=False),
    Column("group", String(128)),
    Column("patch", Json, comment="JSON Patch (RFC 6902) that an operator put on the body."),
    *(Column(name, String(120)) for name in ("event_id", "tenant", "connection", "system", "stream", "entity")),
    Column("error", String(40), nullable=False),
    Column("reason", Text, nullable=False),
    Column("cause", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, comment="How often it was received, as far as anybody counted."),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("tried_by", BigInteger, comment="The replay that sent it last."),
    Index("ix_messages_cause", "cause", "state"),
    comment="Messages out of dead-letter queues, kept past the 14 days of SQS.",
)

causes = Table(
    "causes",
    metadata,
    Column("cause", String(16), primary_key=True),
    Column("owner", String(120)),
    Column("ignored", Text, comment="Why nobody is to look at it; null: somebody is."),
    Column("muted_until", Instant, comment="Its rejects are not told before."),
    comment="What people noted about groups of letters with one cause.",
)

replays = Table(
    "replays",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("filter", Json, nullable=False),
    Column("state", String(20), nullable=False, comment="rehearsed, running, paused, stopped, done", index=True),
    Column("reason", Text, comment="Why it stopped."),
    Column("steps", Json, nullable=False, comment="Letters of each step; the last one repeats."),
    Column("limit", Float, nullable=False, comment="Share of a step that may fail."),
    Column("rate", Float, comment="Letters per second; null: as fast as it goes."),
    Column("step", Integer, nullable=False, server_default="0"),
    Column("step_tried", Integer, nullable=False, server_default="0"),
    Column("step_failed", Integer, nullable=False, server_default="0"),
    Column("predicted", Json, comment="What the rehearsal said."),
    Column("outcomes", Json, nullable=False, comment="What became of the letters so far."),
    Column("made_by", String(120), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("claim", String(40)),
    Column("claim_until", Instant),
    comment="Letters being run once more, in growing steps.",
)

actions = Table(
    "actions",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("who", String(120), nullable=False),
    Column("what", String(60), nullable=False),
    Column("target", String(400), nullable=False),
    Column("why", Text),
    Column("details", Json),
    comment="What operators did; only an erasure changes anything here.",
)
