"""Tables about the way into ERPs: connections, their credentials, how far limits are used up, and who has left.

Part of ``pipeline.store.tables``, which names all of them.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from pipeline.store.metadata import metadata
from pipeline.store.types import Instant, Json

counters = Table(
    "counters",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
    comment="Store-wide sequences: the epoch of the leases.",
)

budgets = Table(
    "budgets",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("mark", Float, nullable=False, comment="Unix seconds from which the limit is unused again."),
    comment="How far each limit of an ERP is used up, shared by all workers.",
)

connections = Table(
    "connections",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("tenant", String(80), nullable=False),
    Column("system", String(40), nullable=False),
    Column("company", String(120), nullable=False),
    Column("settings", Json, nullable=False),
    Column("secrets", LargeBinary, comment="Encrypted under the data key."),
    Column("credential", String(100), comment="The one it shares with others; null: its own."),
    Column("schedule", Json, nullable=False, comment="Seconds, by stream or for all: every, deletes_every."),
    Column("rules", Json, nullable=False, comment="The tenant's field rules."),
    Column("sensitive", Json, nullable=False, comment="Sensitive fields the tenant opted in to: entity.field."),
    Column(
        "state", String(20), nullable=False, server_default="active", comment="active, paused, needs_consent, erasing"
    ),
    Column("reason", Text),
    Column("created_at", Instant, nullable=False),
    Column("lease_owner", String(120)),
    Column("lease_epoch", BigInteger),
    Column("lease_until", Instant),
    UniqueConstraint("tenant", "system", "company"),
)

credentials = Table(
    "credentials",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("tenant", String(80), nullable=False),
    Column("system", String(40), nullable=False),
    Column("secrets", LargeBinary, comment="What its connections share, encrypted under the data key."),
    Column("token", LargeBinary, comment="What the issuer gave last, encrypted under the data key."),
    Column("token_epoch", BigInteger, nullable=False, server_default="0", comment="The claim that it was issued to."),
    Column("issued_at", Instant),
    Column("expires_at", Instant),
    Column("keep_at", Instant, comment="When it is renewed even if nobody uses it."),
    Column("state", String(20), nullable=False, server_default="active", comment="active, dead"),
    Column("reason", Text),
    Column("epoch", BigInteger, nullable=False, server_default="0", comment="Claims so far."),
    Column("claim_until", Instant, comment="Until then somebody asks the issuer."),
    Column("tried_at", Instant, comment="When an attempt began whose outcome is still not known."),
    Column("try_at", Instant, comment="Not asked again before."),
    Column("failures", Integer, nullable=False, server_default="0"),
    comment="Tokens that are issued for a while, and the secrets of connections that share them.",
)

erasures = Table(
    "erasures",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("connection", String(80), nullable=False, index=True),
    Column("tenant", String(80), nullable=False),
    Column("system", String(40), nullable=False),
    Column("epoch", BigInteger, nullable=False, comment="What was read in this epoch or before is erased."),
    Column("credential", String(100), nullable=False),
    Column("token_epoch", BigInteger, nullable=False, server_default="0", comment="Claims of its credential so far."),
    Column("last_stream", Integer, nullable=False, server_default="0", comment="Up to it no stream is numbered again."),
    Column("tell", Boolean, nullable=False, server_default=false(), comment="Each entity is told as deleted."),
    Column("about", Json, comment="Its streams, messages, replays and causes: numbers, by which others point to it."),
    Column("removed", Json, nullable=False, comment="How much of what."),
    Column("began_at", Instant, nullable=False),
    Column("touched_at", Instant, nullable=False, comment="When somebody last worked on it."),
    Column("ended_at", Instant, comment="Null: under way."),
    comment="Connections that were erased: names and numbers, so that nothing that comes late is kept.",
)
