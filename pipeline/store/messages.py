"""Messages out of dead-letter queues: kept until somebody sends them back or discards them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any

import orjson
from sqlalchemy import Row, Select, distinct, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.broker.names import REASON
from pipeline.store import erasures
from pipeline.store.letter_search import Filter, Group, shared, untried
from pipeline.store.sql import chunks, upsert
from pipeline.store.tables import messages, replays

PREFIX = "message"
_ABOUT = ("event_id", "tenant", "connection", "system", "stream", "entity")


@dataclass(frozen=True, slots=True)
class DeadMessage:
    """A message that could not be handled, or not be delivered; ``queue`` is where it goes back to."""

    queue: str
    body: str = field(repr=False)
    attributes: Mapping[str, str]
    group: str | None
    error: str
    reason: str
    cause: str
    attempts: int
    about: Mapping[str, str | None] = field(default_factory=dict)
    id: int = 0
    state: str = "open"
    first_at: datetime | None = None
    last_at: datetime | None = None
    tried_by: int | None = None
    patch: list[dict[str, Any]] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """What operators call it."""
        return f"{PREFIX}:{self.id}"


async def keep(tx: AsyncConnection, message: DeadMessage, now: datetime) -> None:
    """Keep a message. The same one again, after it was sent back, opens its letter again; while open, it is one."""
    statement = upsert(tx, messages).values(
        digest=_digest(message), queue=message.queue, state="open", body=message.body,
        attributes=dict(message.attributes), group=message.group, error=message.error, reason=message.reason,
        cause=message.cause, attempts=message.attempts, first_at=now, last_at=now,
        **{name: message.about.get(name) for name in _ABOUT},
    )  # fmt: skip
    new = statement.excluded
    again = {name: new[name] for name in ("state", "error", "reason", "cause", "last_at")}
    again["attempts"] = messages.c.attempts + new.attempts
    await tx.execute(statement.on_conflict_do_update(index_elements=["digest"], set_=again))


async def found(
    tx: AsyncConnection,
    wanted: Filter,
    states: Sequence[str] = ("open",),
    *,
    untried_by: int | None = None,
    most: int | None = None,
) -> list[DeadMessage]:
    """The messages that a filter means, oldest first."""
    query = _where(select(messages), wanted, states)
    query = query.where(untried(messages, untried_by))
    return [_message(row) for row in await tx.execute(query.order_by(messages.c.id).limit(most))]


async def count(tx: AsyncConnection, wanted: Filter, *, untried_by: int | None = None) -> int:
    """How many open messages there are."""
    query = _where(select(func.count()), wanted, ("open",)).where(untried(messages, untried_by))
    return int((await tx.execute(query)).scalar_one())


async def groups(tx: AsyncConnection, wanted: Filter, states: Sequence[str] = ("open",)) -> list[Group]:
    """The messages by cause."""
    counted = (func.count(), func.count(distinct(messages.c.tenant)), func.count(distinct(messages.c.system)))
    example = (func.min(messages.c.error), func.min(messages.c.reason))
    times = (func.min(messages.c.first_at), func.max(messages.c.last_at))
    columns = (messages.c.cause, func.min(messages.c.queue), *counted, *example, *times)
    rows = await tx.execute(_where(select(*columns), wanted, states).group_by(messages.c.cause))
    return [Group(*(*row[:6], None, *row[6:])) for row in rows]


async def start(tx: AsyncConnection, some: Sequence[DeadMessage], replay: int) -> list[DeadMessage]:
    """Take open messages in hand for sending; those that another replay took meanwhile are left out."""
    ids = [one.id for one in some]
    free = messages.c.id.in_(ids) & (messages.c.state == "open") & untried(messages, replay)
    taken = update(messages).where(free).values(state="sending", tried_by=replay).returning(messages.c.id)
    mine = set((await tx.execute(taken)).scalars())
    return [one for one in some if one.id in mine]


async def settle(tx: AsyncConnection, ids: Sequence[int], state: str, replay: int, now: datetime) -> None:
    """Say how the sending ended, where the replay still has them in hand: one given up again meanwhile stays open."""
    mine = (messages.c.tried_by == replay) & (messages.c.state == "sending")
    for part in chunks(ids):
        await tx.execute(update(messages).where(mine, messages.c.id.in_(part)).values(state=state, last_at=now))


async def discard(tx: AsyncConnection, ids: Sequence[int], now: datetime) -> int:
    """Give up those that are still open; how many."""
    done = 0
    for part in chunks(ids):
        mine = messages.c.id.in_(part) & (messages.c.state == "open")
        done += (await tx.execute(update(messages).where(mine).values(state="discarded", last_at=now))).rowcount
    return done


async def take_back(tx: AsyncConnection, replay: int) -> None:
    """Open again what a replay had in hand when its process ended: it may be sent twice, with the same event id."""
    mine = (messages.c.tried_by == replay) & (messages.c.state == "sending")
    await tx.execute(update(messages).where(mine).values(state="open", tried_by=None))


async def take_back_all(tx: AsyncConnection, now: datetime) -> None:
    """The same for replays that rest or have ended, and whose process is gone: nobody would take those up again."""
    gone = or_(replays.c.claim_until.is_(None), replays.c.claim_until <= now)
    resting = select(replays.c.id).where(replays.c.state != "running", gone)
    left = messages.c.tried_by.in_(resting) & (messages.c.state == "sending")
    await tx.execute(update(messages).where(left).values(state="open", tried_by=None))


async def set_patch(tx: AsyncConnection, number: int, patch: list[dict[str, Any]] | None) -> bool:
    """Put an edit on an open message; false when it is no longer open."""
    mine = (messages.c.id == number) & (messages.c.state == "open")
    return bool((await tx.execute(update(messages).where(mine).values(patch=patch))).rowcount)


def _digest(message: DeadMessage) -> str:
    # The same message given up for another reason is the same message.
    attributes = {name: value for name, value in message.attributes.items() if name != REASON}
    said = orjson.dumps([message.queue, message.body, attributes], option=orjson.OPT_SORT_KEYS)
    return blake2b(said, digest_size=16).hexdigest()


def _where(query: Select[Any], wanted: Filter, states: Sequence[str]) -> Select[Any]:
    leaving = messages.c.connection.is_not(None) & erasures.under_way(messages.c.connection)
    query = query.select_from(messages).where(messages.c.state.in_(states), ~leaving)
    for name in ("cause", "tenant", "connection", "system"):
        value = getattr(wanted, name)
        query = query if value is None else query.where(messages.c[name] == value)
    if wanted.streams:
        query = query.where(messages.c.stream.in_(wanted.streams))
    if wanted.since:
        query = query.where(messages.c.last_at >= wanted.since)
    if wanted.until:
        query = query.where(messages.c.first_at <= wanted.until)
    if wanted.text:
        said = (column.icontains(wanted.text, autoescape=True) for column in (messages.c.reason, messages.c.body))
        query = query.where(or_(*said))
    if wanted.share:
        query = query.where(shared(messages.c.id, wanted.share))
    return query.where(messages.c.id.in_(list(map(_number, wanted.names)))) if wanted.names else query


def _number(name: str) -> int:
    kind, _, number = name.partition(":")
    return int(number) if kind == PREFIX and number.isdigit() else -1


def _message(row: Row[Any]) -> DeadMessage:
    names = ("queue", "body", "attributes", "group", "error", "reason", "cause", "attempts", "id", "state")
    more = ("first_at", "last_at", "tried_by", "patch")
    about = {name: getattr(row, name) for name in _ABOUT}
    return DeadMessage(about=about, **{name: getattr(row, name) for name in (*names, *more)})
