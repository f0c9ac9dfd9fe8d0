"""Every table that may hold something of a connection, and which of its rows do.

A test holds this against all tables of the store: a new one has to be named here, in the order in which it must be
emptied (who refers to a row goes before it), or to say why nothing of a tenant is in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Table, and_, exists, false, or_

from pipeline.erasing.scope import Scope
from pipeline.store import connections as stored
from pipeline.store.tables import (
    accounts,
    budgets,
    causes,
    connections,
    credentials,
    deletes,
    entities,
    held_deletes,
    journal,
    letters,
    manifest,
    messages,
    outbox,
    records,
    requests,
    runs,
    streams,
)

Condition = Callable[[Scope], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Place:
    """A table, and the condition on its rows."""

    table: Table
    of: Condition

    @property
    def name(self) -> str:
        """As operators read it."""
        return str(self.table.name)  # SQLAlchemy's own kind of text is no key of a JSON document


def _of_streams(table: Table, column: str = "stream_id") -> Place:
    return Place(table, lambda scope: table.c[column].in_(scope.about.streams))


def unsent(scope: Scope) -> ColumnElement[bool]:
    """Events that wait to be published."""
    return _outbox(scope) & outbox.c.sent_at.is_(None)


def _outbox(scope: Scope) -> ColumnElement[bool]:
    of_connection: ColumnElement[bool] = outbox.c.attributes["connection"].as_string() == scope.connection
    mine = (outbox.c.tenant == scope.tenant) & of_connection
    return mine if scope.since is None else mine & (outbox.c.created_at <= scope.since)


def _messages(scope: Scope) -> ColumnElement[bool]:
    """Also those that nobody could decode and that name the connection; of a new one of that name, none is old."""
    if scope.since is not None:
        return and_(messages.c.connection == scope.connection, messages.c.first_at <= scope.since)
    nameless = messages.c.connection.is_(None)
    named = messages.c.body.contains(f'"{scope.connection}"', autoescape=True)
    of_tenant = (messages.c.tenant == scope.tenant) if scope.alone else false()
    return or_(messages.c.connection == scope.connection, nameless & (named | of_tenant))


def _causes(scope: Scope) -> ColumnElement[bool]:
    return causes.c.cause.in_(scope.about.causes)


def _streams(scope: Scope) -> ColumnElement[bool]:
    return streams.c.id.in_(scope.about.streams)


def _connections(scope: Scope) -> ColumnElement[bool]:
    same = connections.c.id == scope.connection
    return same if scope.epoch is None else same & (connections.c.state == stored.ERASING)


def _credentials(scope: Scope) -> ColumnElement[bool]:
    return (credentials.c.name == scope.credential) & _unused(scope)


def _unused(scope: Scope) -> ColumnElement[bool]:
    """Whether no other connection has the credential, by sharing it or by being the new one of that name."""
    shared = (connections.c.credential == scope.credential) & (connections.c.id != scope.connection)
    again = (connections.c.id == scope.connection) & (connections.c.state != stored.ERASING)
    others = shared if scope.epoch is None else shared | again
    return ~exists().where(others)


def _budgets(scope: Scope) -> ColumnElement[bool]:
    def begins(kind: str, name: str) -> ColumnElement[bool]:
        return budgets.c.key.startswith(f"{scope.system}/{kind}/{name}/", autoescape=True)

    again = (connections.c.id == scope.connection) & (connections.c.state != stored.ERASING)
    own = begins("connection", scope.connection)
    own = own if scope.epoch is None else own & ~exists().where(again)
    return or_(own, begins("credential", scope.credential) & _unused(scope))


PLACES: Final = (
    _of_streams(letters),
    Place(causes, _causes),
    _of_streams(entities),
    _of_streams(records),
    _of_streams(requests),
    _of_streams(held_deletes),
    _of_streams(deletes),
    _of_streams(manifest),
    _of_streams(accounts),
    _of_streams(journal),
    _of_streams(runs),
    Place(outbox, _outbox),
    Place(messages, _messages),
)
"""Emptied step by step. The order also keeps what is decided at the moment from coming back: who writes into a table
has its own rows taken before."""

LAST: Final = (
    Place(streams, _streams),
    Place(connections, _connections),
    Place(credentials, _credentials),
    Place(budgets, _budgets),
)
"""What the others hang on, taken in one transaction."""

HANGING: Final = tuple(place for place in PLACES if "stream_id" in place.table.c)
"""What hangs on a stream, and must be gone before it."""

LATE: Final = tuple(place for place in (*PLACES, *LAST) if place.table in (outbox, messages, credentials))
"""Where something may still come after the end: what hangs on a stream has nowhere to be."""

CLEARED: Final = ("actions", "replays")
"""Tables whose rows stay, with what they held of the connection cleared."""

KEPT: Final = {
    "counters": "sequences of the whole store; later versions must be above all that were told",
    "erasures": "that it was erased: names and numbers",
}
"""Tables with nothing to take, and why."""
