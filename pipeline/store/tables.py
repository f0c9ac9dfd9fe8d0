"""All tables of the store in the order in which a record meets them; those of the way in and of the desk are beside.

Read numbers and versions are kept in their text form (``schemas.version``): comparing texts compares them. Whoever
changes a table adds a migration; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from pipeline.store.access_tables import budgets, connections, counters, credentials, erasures
from pipeline.store.desk_tables import Serial, actions, causes, letters, messages, replays
from pipeline.store.metadata import metadata
from pipeline.store.types import Instant, Json

__all__ = [
    "accounts",
    "actions",
    "budgets",
    "causes",
    "connections",
    "counters",
    "credentials",
    "deletes",
    "entities",
    "erasures",
    "held_deletes",
    "journal",
    "letters",
    "manifest",
    "messages",
    "metadata",
    "outbox",
    "records",
    "replays",
    "requests",
    "runs",
    "streams",
]

streams = Table(
    "streams",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("connection", ForeignKey("connections.id"), nullable=False, index=True),
    Column("tenant", String(80), nullable=False),
    Column("system", String(40), nullable=False),
    Column("company", String(120), nullable=False),
    Column("name", String(40), nullable=False),
    Column("cursor", Json),
    Column("loaded", Boolean, nullable=False, server_default=false(), comment="The first load is complete."),
    Column("next_due_at", Instant, nullable=False, index=True),
    Column("next_deletes_at", Instant, comment="Null: not loaded, or deletes are found by the polls."),
    Column("full_due", Boolean, nullable=False, server_default=false(), comment="A full scan was asked for."),
    Column("since", Instant, comment="Changes since then are to be read again."),
    Column("last_scan", String(30), comment="Read number at which the last complete scan began."),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("last_error", Text),
    Column("told", Boolean, nullable=False, server_default=false(), comment="That it fails; so recovery is told, too."),
    Column("release_limit", Integer, comment="Deletes that an operator allowed beyond the brake."),
    Column("release_until", Instant),
    UniqueConstraint("tenant", "system", "company", "name"),
)

requests = Table(
    "requests",
    metadata,
    Column("stream_id", ForeignKey("streams.id"), nullable=False),
    Column("key", String(400), nullable=False),
    Column(
        "asked",
        Integer,
        nullable=False,
        server_default="1",
        comment="How often; a later ask survives a read.",
    ),
    Column("asked_at", Instant, nullable=False),
    PrimaryKeyConstraint("stream_id", "key"),
    comment="Records to be read by key: follow-ups, absent ones to confirm.",
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("stream_id", ForeignKey("streams.id"), nullable=False, index=True),
    Column("mode", String(20), nullable=False),
    Column("state", String(20), nullable=False, comment="reading, read, closed", index=True),
    Column("started", String(30), nullable=False, comment="Read number drawn before the first request."),
    Column("ended", String(30), comment="Read number of the last request."),
    Column("position", Json, comment="Where the next page starts."),
    Column("high", Json, comment="The cursor as it will be when the run is read."),
    Column("pages", Integer, nullable=False, server_default="0"),
    Column("records", Integer, nullable=False, server_default="0", comment="Records in the journal."),
    Column("sighted", Integer, nullable=False, server_default="0", comment="Records that the ERP showed."),
    Column("keyless", Integer, nullable=False, server_default="0", comment="Records without a key: no sweep."),
    Column("opened_at", Instant, nullable=False),
    Column("read_at", Instant),
    Column("closed_at", Instant),
    Column("previous", String(30), comment="Read number at which the complete scan before this one began."),
    Column("sweep", String(20), comment="due, done, held, cancelled; null where there is nothing to sweep"),
    Column("swept", Integer, nullable=False, server_default="0", comment="Records deleted by the sweep."),
    Column("balanced", Boolean),
    Column("told", Boolean, nullable=False, server_default=false(), comment="That its books do not balance."),
)

journal = Table(
    "journal",
    metadata,
    Column("run", ForeignKey("runs.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("stream_id", ForeignKey("streams.id"), nullable=False, index=True),
    Column("read", String(30), nullable=False),
    Column("head", Json, nullable=False, comment="The page's head as it travels."),
    Column("payload", LargeBinary, comment="Encoded records; null when they are in the archive."),
    Column("archive_key", Text),
    Column("digest", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("published_at", Instant),
    Column("claim", String(40)),
    PrimaryKeyConstraint("run", "number"),
    comment="Pages. Inserting one is the checkpoint.",
)
Index("ix_journal_unpublished", journal.c.stream_id, sqlite_where=journal.c.published_at.is_(None),
      postgresql_where=journal.c.published_at.is_(None))  # fmt: skip

manifest = Table(
    "manifest",
    metadata,
    Column("stream_id", ForeignKey("streams.id"), nullable=False),
    Column("key", String(400), nullable=False),
    Column("seen", String(30), nullable=False, comment="Read number of the scan that saw it last."),
    Column("digest", String(32), comment="Of the raw record, where the stream has no change filter."),
    PrimaryKeyConstraint("stream_id", "key"),
    comment="What scans saw in the ERP.",
)

records = Table(
    "records",
    metadata,
    Column("stream_id", ForeignKey("streams.id"), nullable=False),
    Column("key", String(400), nullable=False),
    Column("version", String(50), nullable=False),
    Column("entities", Json, nullable=False, comment="Ids of what it gave."),
    Column("live", Boolean, nullable=False, comment="At least one of its entities is not deleted."),
    Column("read_at", Instant, nullable=False, comment="When the row was last written."),
    PrimaryKeyConstraint("stream_id", "key"),
    comment="One row per raw record: versions are compared here.",
)

entities = Table(
    "entities",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("stream_id", ForeignKey("streams.id"), nullable=False),
    Column("key", String(400), nullable=False, comment="Source key of the record it came from."),
    Column("entity", String(40), nullable=False),
    Column("tenant", String(80), nullable=False),
    Column("version", String(50), nullable=False),
    Column("digest", String(32), nullable=False),
    Column("body", Json, nullable=False),
    Column("deleted", Boolean, nullable=False, server_default=false()),
    Column("changed_at", Instant, nullable=False, comment="When the ledger last changed it."),
    Index("ix_entities_entity_tenant", "entity", "tenant"),
    Index("ix_entities_stream_deleted", "stream_id", "deleted"),
    comment="The ledger: the truth of what was delivered; deleted ones stay as tombstones.",
)

accounts = Table(
    "accounts",
    metadata,
    Column("run", String(40), nullable=False),
    Column("number", Integer, nullable=False),
    Column("pass_number", Integer, nullable=False),
    Column("stream_id", ForeignKey("streams.id"), nullable=False, index=True),
    *(
        Column(name, Integer, nullable=False, server_default="0")
        for name in ("read", "mapped", "skipped", "rejected", "held")
    ),
    *(
        Column(name, Integer, nullable=False, server_default="0")
        for name in ("produced", "created", "updated", "unchanged", "stale", "deleted")
    ),
    Column("entities", Json, nullable=False, comment="The second line by kind of entity."),
    Column("outcomes", Text, comment="Where each record ended, by its index within the read."),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("run", "number", "pass_number"),
    comment="Where each record and entity of a page ended; a page with a row here is never decided again.",
)

deletes = Table(
    "deletes",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("stream_id", ForeignKey("streams.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("records", Integer, nullable=False, comment="Raw records that lost an entity."),
    Index("ix_deletes_stream_at", "stream_id", "at"),
    comment="What the brake counts over a rolling day.",
)

held_deletes = Table(
    "held_deletes",
    metadata,
    Column("stream_id", ForeignKey("streams.id"), nullable=False),
    Column("key", String(400), nullable=False),
    Column("version", String(50), nullable=False),
    Column("run", String(40), nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("stream_id", "key"),
    comment="Deletes that the brake holds until an operator releases them.",
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, comment="Event id."),
    Column("run", String(40)),
    Column("topic", String(120), nullable=False),
    Column("body", Text, nullable=False),
    Column("attributes", Json, nullable=False),
    Column("tenant", String(80), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("claim", String(40)),
    Column("claim_until", Instant),
    Column("sent_at", Instant),
    comment="Events decided; sent ones stay for the queues' retention.",
)
Index("ix_records_live", records.c.stream_id, sqlite_where=text("live"), postgresql_where=text("live"))
Index("ix_outbox_run_unsent", outbox.c.run, sqlite_where=outbox.c.sent_at.is_(None),
      postgresql_where=outbox.c.sent_at.is_(None))  # fmt: skip
Index("ix_outbox_unsent", outbox.c.claim_until, sqlite_where=outbox.c.sent_at.is_(None),
      postgresql_where=outbox.c.sent_at.is_(None))  # fmt: skip
