"""Notification events: what people and systems must hear about the synchronisation itself.

Type ``erpflow.notification.<name>.v1``. Each says in one plain sentence, ``text``, what its fields say. The
same notice always gives the same event id, so that a subscriber can leave out what it has seen.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, computed_field

from schemas.entities.value import Instant
from schemas.envelope import Envelope, Origin
from schemas.ids import derived_id
from schemas.topics import Notification, notification_topic

EVERY: Final = "*"
"""The tenant and connection of what concerns all users of a system."""

Count = Field(ge=0)


class Notice(BaseModel, ABC):
    """What all notices have. ``at`` is when it came about; ``kind`` names the topic, ``name`` the type."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    kind: ClassVar[Notification]
    name: ClassVar[str]

    tenant: str
    connection: str
    system: str
    at: Instant

    @computed_field(description="One plain sentence: what happened, where, and the next step.")  # type: ignore[prop-decorator]
    @property
    def text(self) -> str:
        """One plain sentence: what happened, where, and the next step."""
        return self.sentence()

    @abstractmethod
    def sentence(self) -> str:
        """The text."""

    @abstractmethod
    def identity(self) -> tuple[str, ...]:
        """What makes this notice another one than the last of its name, for the same connection."""


class RecordBooks(BaseModel):
    """Where the records of a run ended: read = mapped + skipped + rejected + held."""

    model_config = ConfigDict(frozen=True)

    read: int = Count
    mapped: int = Count
    skipped: int = Count
    rejected: int = Count
    held: int = Count


class EntityBooks(BaseModel):
    """What became of the entities of a run: produced = created + updated + unchanged + stale + deleted.

    ``swept`` counts the deletes found by absence, apart from that line.
    """

    model_config = ConfigDict(frozen=True)

    produced: int = Count
    created: int = Count
    updated: int = Count
    unchanged: int = Count
    stale: int = Count
    deleted: int = Count
    swept: int = Count


class SyncCompleted(Notice):
    """A run is closed: every page is accounted for and every event is sent."""

    kind = "sync"
    name = "sync-completed"

    stream: str
    run: str
    origin: Origin
    started_at: Instant | None
    pages: int = Count
    records: RecordBooks
    entities: EntityBooks

    def sentence(self) -> str:
        """The text."""
        books, found = self.records, self.entities
        return (
            f"Stream {self.stream} of connection {self.connection} is read: {books.read} records "
            f"({books.mapped} mapped, {books.skipped} skipped, {books.rejected} rejected, {books.held} held) "
            f"brought {found.created} created, {found.updated} updated and "
            f"{found.deleted + found.swept} deleted entities, and the books balance; "
            f"erpflow runs show {self.run} has the details."
        )

    def identity(self) -> tuple[str, ...]:
        """A run completes once."""
        return (self.run,)


class ConnectionState(Notice):
    """A connection, or one of its streams, needs a person, fails for longer, or works again."""

    kind = "connection"
    name = "connection-state"

    state: Literal["needs_consent", "failing", "recovered"]
    stream: str | None
    reason: str | None = Field(description="The error as one sentence; null when recovered.")
    failures: int = Field(ge=0, description="Failures in a row.")

    def sentence(self) -> str:
        """The text."""
        stream = f"Stream {self.stream} of connection" if self.stream else "Connection"
        where = f"{stream} {self.connection} to {self.system}"
        if self.state == "recovered":
            return f"{where} works again; nothing is to be done."
        if self.state == "needs_consent":
            return f"{where} is paused until a person authorises it again: {self.reason}"
        return f"{where} has failed {self.failures} times in a row and is tried again: {self.reason}"

    def identity(self) -> tuple[str, ...]:
        """Each time that it comes about is one."""
        return self.stream or "", self.state, self.at.isoformat()


class ConnectionErased(Notice):
    """A connection was erased here: what it told is to be erased by those who hear this, too, where they must."""

    kind = "connection"
    name = "connection-erased"

    version: str = Field(description="What the connection told with a smaller version is erased.")

    def sentence(self) -> str:
        """The text."""
        return (
            f"Connection {self.connection} of tenant {self.tenant} to {self.system} is erased; erase what it told "
            f"before version {self.version} where you have it."
        )

    def identity(self) -> tuple[str, ...]:
        """A connection of one name is erased once before it is made anew."""
        return (self.version,)


class RejectOpened(Notice):
    """A record could not be mapped; it is kept, and waits among the dead letters."""

    kind = "rejects"
    name = "reject-opened"

    stream: str
    key: str | None = Field(description="Source key; null when the record has none.")
    run: str
    version: str = Field(description="The version of the record that was rejected.")
    field: str | None
    reason: str
    error: str = Field(description="Class of the error; letters are grouped by it.")

    def sentence(self) -> str:
        """The text."""
        record = f"Record {self.key}" if self.key is not None else "A record without a key"
        at = f" at {self.field}" if self.field else ""
        where = f"stream {self.stream} of connection {self.connection}"
        return f"{record} of {where} was rejected{at}: {self.reason}"

    def identity(self) -> tuple[str, ...]:
        """One for each rejected state of a record."""
        return self.stream, self.version


class DeletesHeld(Notice):
    """More records vanished than the brake lets through; they are held and not deleted."""

    kind = "sync"
    name = "deletes-held"

    stream: str
    run: str
    held: int = Count
    live: int = Field(ge=0, description="Records of the stream before.")

    def sentence(self) -> str:
        """The text."""
        return (
            f"Stream {self.stream} of connection {self.connection} lacks {self.held} of the {self.live} records "
            f"that it had, and their deletes are held; look in {self.system}, then release them or scan again."
        )

    def identity(self) -> tuple[str, ...]:
        """One for each run, and again when it holds another number."""
        return self.stream, self.run, str(self.held)


class RunUnbalanced(Notice):
    """The books of a run do not balance, or have not balanced for long: somebody must look where records are."""

    kind = "sync"
    name = "run-unbalanced"

    stream: str
    run: str
    read: int = Field(ge=0, description="Records in the run's journal.")
    accounted: int = Field(ge=0, description="Records that the accounts show.")
    reasons: list[str] = Field(description="One sentence each.")

    def sentence(self) -> str:
        """The text."""
        where = f"stream {self.stream} of connection {self.connection}"
        why = " ".join(self.reasons)
        return f"The books of run {self.run} of {where} do not balance: {why} Look with erpflow runs show {self.run}."

    def identity(self) -> tuple[str, ...]:
        """Told once for each run."""
        return (self.run,)


class ApiChange(Notice):
    """The API of a system answers in another shape than before, judged over all its connections."""

    kind = "api-change"
    name = "api-change"

    stream: str
    fingerprint: str = Field(description="Digest of the new shape.")
    paths: list[str] = Field(description="Where it differs, as dotted paths.")
    tenants: int = Field(ge=0, description="How many tenants show it.")
    dangerous: bool
    holding: bool = Field(description="Whether the stream is held until a person accepts the change.")

    def sentence(self) -> str:
        """The text."""
        places = ", ".join(self.paths[:5]) + (" and more" if len(self.paths) > 5 else "")
        step = "it is held until the change is accepted" if self.holding else "it goes on"
        where = f"Stream {self.stream} of {self.system}"
        return f"{where} changed shape for {self.tenants} tenants at {places}; {step}."

    def identity(self) -> tuple[str, ...]:
        """One for each new shape of a stream."""
        return self.stream, self.fingerprint


NOTICES: Mapping[str, type[Notice]] = MappingProxyType(
    {
        notice.name: notice
        for notice in (
            SyncCompleted,
            ConnectionState,
            ConnectionErased,
            RejectOpened,
            DeletesHeld,
            RunUnbalanced,
            ApiChange,
        )
    }
)
"""Every kind of notice by its name."""


def notification_type(name: str) -> str:
    """The CloudEvents type: ``erpflow.notification.sync-completed.v1``."""
    return f"erpflow.notification.{name}.v1"


def notification_event(notice: Notice, traceparent: str | None = None) -> Envelope:
    """The event of a notice; it goes to ``topic_of(notice)``. The same notice gives the same event."""
    return Envelope(
        id=derived_id("notification", notice.name, notice.tenant, notice.connection, *notice.identity()),
        source=f"/erpflow/{notice.tenant}/{notice.connection}",
        type=notification_type(notice.name),
        time=notice.at,
        tenant=notice.tenant,
        connection=notice.connection,
        system=notice.system,
        stream=getattr(notice, "stream", None),
        traceparent=traceparent,
        data=notice.model_dump(mode="json"),
    )


def topic_of(notice: Notice) -> str:
    """The topic that a notice goes to."""
    return notification_topic(notice.kind)
