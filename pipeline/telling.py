"""What stages tell people and systems: notices, written into the outbox with the change that they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.brake import Brake
from distributor.causes import cause_of_letter
from distributor.events import OutboxMessage, outbox_message
from distributor.rows import Decision
from pipeline.store import causes, outbox
from pipeline.store.connections import ConnectionRow
from schemas.errors import NeedsConsent
from schemas.notifications import ConnectionState, DeletesHeld, Notice, RejectOpened, notification_event
from schemas.pages import PageHead


def notice(about: Notice, traceparent: str | None = None) -> OutboxMessage:
    """An outbox row for a notice. It belongs to no run: the books of a run do not wait for what is told about it."""
    return outbox_message(notification_event(about, traceparent))


async def tell(tx: AsyncConnection, about: Notice, now: datetime) -> None:
    """Write a notice for the relay to publish at its next tick."""
    await outbox.add(tx, [notice(about)], "relay", now, now)


async def connection_trouble(
    tx: AsyncConnection, row: ConnectionRow, stream: str | None, error: Exception, failures: int, now: datetime
) -> None:
    """Tell that a connection is paused, or that one of its streams keeps failing."""
    paused = isinstance(error, NeedsConsent)
    await tell(
        tx,
        ConnectionState(
            tenant=row.tenant,
            connection=row.id,
            system=row.system,
            at=now,
            state="needs_consent" if paused else "failing",
            stream=None if paused else stream,
            reason=str(error),
            failures=failures,
        ),
        now,
    )


async def connection_recovered(tx: AsyncConnection, row: ConnectionRow, stream: str | None, now: datetime) -> None:
    """Tell that a stream which had been failing, or the whole connection (None), is read again."""
    state = ConnectionState(
        tenant=row.tenant, connection=row.id, system=row.system, at=now,
        state="recovered", stream=stream, reason=None, failures=0,
    )  # fmt: skip
    await tell(tx, state, now)


async def loud(tx: AsyncConnection, decision: Decision, now: datetime) -> Decision:
    """The decision without those rejects that somebody muted: they are kept, and not told."""
    of_letters = {letter.version: cause_of_letter(letter) for letter in decision.opened}
    quiet = await causes.muted(tx, set(of_letters.values()), now) if of_letters else set()
    opened = tuple(letter for letter in decision.opened if of_letters[letter.version] not in quiet)
    return replace(decision, opened=opened) if quiet else decision


def of_decision(head: PageHead, decision: Decision, brake: Brake, now: datetime) -> Sequence[OutboxMessage]:
    """Notices of a page: one for each reject that it opened, and one if the brake holds deletes of it."""
    base = {"tenant": head.tenant, "connection": head.connection, "system": head.system, "at": now}
    notices: list[Notice] = [
        RejectOpened(
            **base,
            stream=head.stream,
            key=letter.key,
            run=head.run,
            version=str(letter.version),
            field=letter.reject.field,
            reason=letter.reject.reason,
            error=letter.reject.error,
        )
        for letter in decision.opened
    ]
    if decision.held:
        held = DeletesHeld(**base, stream=head.stream, run=head.run, held=len(decision.held), live=brake.alive)
        notices.append(held)
    return [notice(about, head.traceparent) for about in notices]
