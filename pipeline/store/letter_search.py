"""Finding letters of records: by cause, tenant, connection, system, stream, time and text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from dataclasses import field as attribute
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, distinct, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.causes import RECORD
from pipeline.store import bulk, erasures
from pipeline.store.letters import stored_key
from pipeline.store.sql import chunks
from pipeline.store.tables import letters, streams
from schemas.version import Version


@dataclass(frozen=True, slots=True)
class Filter:
    """Which letters; what is None or empty does not narrow. ``text`` is looked for in keys and reasons.

    ``names`` are letters themselves, as ``Letter.name`` says them. ``share`` (2, 3) is the second of three parts of the
    streams, or of the messages, so that three processes can work side by side.
    """

    cause: str | None = None
    tenant: str | None = None
    connection: str | None = None
    system: str | None = None
    streams: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None
    names: tuple[str, ...] = ()
    share: tuple[int, int] | None = None

    def as_json(self) -> dict[str, Any]:
        """For the store: what narrows."""
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in given.items() if value
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Filter:
        """The inverse of ``as_json``."""
        read: dict[str, Any] = dict(stored)
        read |= {name: datetime.fromisoformat(stored[name]) for name in ("since", "until") if name in stored}
        read |= {name: tuple(stored[name]) for name in ("streams", "names", "share") if name in stored}
        return cls(**read)


@dataclass(frozen=True, slots=True)
class Letter:
    """The letter of one record: where it is from, which read of it was rejected, and why."""

    stream_id: int
    key: str
    tenant: str
    connection: str
    system: str
    stream: str
    state: str
    version: str
    run: str
    number: int
    index: int
    field: str | None
    reason: str
    error: str
    cause: str | None
    attempts: int
    first_at: datetime
    last_at: datetime
    tried_by: int | None
    patch: list[dict[str, Any]] | None = attribute(default=None, repr=False)

    @property
    def name(self) -> str:
        """What operators call it: the stream's number and the key of the record."""
        return f"{self.stream_id}:{self.key}"

    @property
    def page(self) -> tuple[str, int]:
        """Run and number of the page that it came from."""
        return self.run, self.number

    @property
    def source_key(self) -> str | None:
        """The record's key; None when it has none."""
        keyless = self.key.startswith("?") and self.key == stored_key(None, Version.parse(self.version))
        return None if keyless else self.key


@dataclass(frozen=True, slots=True)
class Group:
    """Letters of one cause; ``reason`` and ``field`` are those of one of them."""

    cause: str
    stage: str
    letters: int
    tenants: int
    systems: int
    error: str
    field: str | None
    reason: str
    first_at: datetime
    last_at: datetime


_OF_STREAM = {"tenant": streams.c.tenant, "connection": streams.c.connection, "system": streams.c.system,
              "stream": streams.c.name.label("stream")}  # fmt: skip
_COLUMNS = tuple(_OF_STREAM[one.name] if one.name in _OF_STREAM else letters.c[one.name] for one in fields(Letter))
"""In the order of the fields."""


async def found(
    tx: AsyncConnection,
    wanted: Filter,
    states: Sequence[str] = ("open",),
    *,
    untried_by: int | None = None,
    most: int | None = None,
) -> list[Letter]:
    """The letters, those of a stream and of a page together. ``untried_by``: see ``untried``."""
    query = _where(select(*_COLUMNS), wanted, states)
    query = query.where(untried(letters, untried_by))
    order = (letters.c.stream_id, letters.c.run, letters.c.number, letters.c.index)
    return [_letter(row) for row in (await tx.execute(query.order_by(*order).limit(most))).all()]


async def count(tx: AsyncConnection, wanted: Filter, *, untried_by: int | None = None) -> int:
    """How many open letters there are."""
    query = _where(select(func.count()), wanted, ("open",)).where(untried(letters, untried_by))
    return int((await tx.execute(query)).scalar_one())


async def groups(tx: AsyncConnection, wanted: Filter, states: Sequence[str] = ("open",)) -> list[Group]:
    """The letters by cause."""
    counted = (func.count(), func.count(distinct(streams.c.tenant)), func.count(distinct(streams.c.system)))
    example = (func.min(letters.c.error), func.min(letters.c.field), func.min(letters.c.reason))
    times = (func.min(letters.c.first_at), func.max(letters.c.last_at))
    query = _where(select(letters.c.cause, *counted, *example, *times), wanted, states).group_by(letters.c.cause)
    return [Group(row[0] or "", RECORD, *row[1:]) for row in await tx.execute(query)]


async def standing(tx: AsyncConnection, some: Sequence[Letter], replay: int) -> list[Letter]:
    """Those letters that are as they were found and that no later replay ran; under the locks of their streams."""
    names = (letters.c.stream_id, letters.c.key, letters.c.version, letters.c.state, letters.c.patch)
    now: dict[tuple[int, str], tuple[str, str, Any]] = {}
    for part in chunks(some):
        given = bulk.pairs(tx, [(one.stream_id, one.key) for one in part])
        mine = (letters.c.stream_id == given.c.number) & (letters.c.key == given.c.text)
        query = select(*names).select_from(given).join(letters, mine).where(untried(letters, replay))
        now |= {(row.stream_id, row.key): tuple(row)[2:] for row in await tx.execute(query)}
    return [one for one in some if now.get((one.stream_id, one.key)) == (one.version, one.state, one.patch)]


async def tried(tx: AsyncConnection, some: Sequence[Letter], replay: int) -> None:
    """Note which replay ran these letters."""
    for part in chunks(some):
        given = bulk.pairs(tx, [(one.stream_id, one.key) for one in part])
        mine = (letters.c.stream_id == given.c.number) & (letters.c.key == given.c.text)
        await tx.execute(update(letters).where(mine).values(tried_by=replay))


async def set_state(tx: AsyncConnection, some: Sequence[Letter], state: str, now: datetime) -> int:
    """Put open letters into another state, where they still are as they were found; how many."""
    changed = 0
    for one in some:
        same = (letters.c.stream_id == one.stream_id) & (letters.c.key == one.key) & (letters.c.version == one.version)
        done = await tx.execute(update(letters).where(same, letters.c.state == "open").values(state=state, last_at=now))
        changed += int(done.rowcount)
    return changed


async def set_patch(tx: AsyncConnection, letter: Letter, patch: list[dict[str, Any]] | None) -> bool:
    """Put an edit on the read that the letter points to; false when it points to a newer one by now."""
    same = (letters.c.stream_id == letter.stream_id) & (letters.c.key == letter.key)
    here = same & (letters.c.version == letter.version) & (letters.c.state == "open")
    return bool((await tx.execute(update(letters).where(here).values(patch=patch))).rowcount)


async def of_page(tx: AsyncConnection, run: str, number: int) -> list[Letter]:
    """The letters that point to a page, whatever became of them."""
    query = _where(select(*_COLUMNS), Filter(), ("open", "closed", "discarded"))
    mine = (letters.c.run == run) & (letters.c.number == number)
    return [_letter(row) for row in await tx.execute(query.where(mine))]


def _where(query: Select[Any], wanted: Filter, states: Sequence[str]) -> Select[Any]:
    query = query.select_from(letters).join(streams, streams.c.id == letters.c.stream_id)
    query = query.where(letters.c.state.in_(states), ~erasures.under_way(streams.c.connection))
    same = {
        letters.c.cause: wanted.cause,
        streams.c.tenant: wanted.tenant,
        streams.c.connection: wanted.connection,
        streams.c.system: wanted.system,
    }
    for column, value in same.items():
        query = query if value is None else query.where(column == value)
    if wanted.streams:
        query = query.where(streams.c.name.in_(wanted.streams))
    if wanted.since:
        query = query.where(letters.c.last_at >= wanted.since)
    if wanted.until:
        query = query.where(letters.c.first_at <= wanted.until)
    if wanted.text:
        said = (column.icontains(wanted.text, autoescape=True) for column in (letters.c.reason, letters.c.key))
        query = query.where(or_(*said))
    if wanted.share:
        query = query.where(shared(letters.c.stream_id, wanted.share))
    return query.where(_named(wanted.names)) if wanted.names else query


def shared(number: ColumnElement[int], share: tuple[int, int]) -> ColumnElement[bool]:
    """Whether a row of that number is in a share."""
    part, parts = share
    return number % parts == part % parts


def untried(table: Table, replay: int | None) -> ColumnElement[bool]:
    """What neither that replay nor a later one ran; None leaves nothing out.

    Replays of the same letters would else run what fails again in turn, without an end.
    """
    return true() if replay is None else or_(table.c.tried_by.is_(None), table.c.tried_by < replay)


def _named(names: Sequence[str]) -> ColumnElement[bool]:
    """One term for each stream: SQLite takes no thousand of them."""
    keys: dict[int, list[str]] = defaultdict(list)
    for name in names:
        number, _, key = name.partition(":")
        keys[int(number) if number.isdigit() else -1].append(key)
    return or_(*((letters.c.stream_id == number) & letters.c.key.in_(some) for number, some in keys.items()))


def _letter(row: Row[Any]) -> Letter:
    return Letter(*tuple(row))
