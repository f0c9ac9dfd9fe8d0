"""What operators do to letters by hand: edit, discard, look after. Each is written into the audit trail with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.passes.edits import Patch
from pipeline.store import actions, causes, letter_search, messages
from pipeline.store.actions import Action
from pipeline.store.letter_search import Filter, Letter
from pipeline.store.messages import DeadMessage
from pipeline.store.sql import chunks
from schemas.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Operator:
    """Who acts, when, and why."""

    who: str
    at: datetime
    why: str | None = None


async def note(tx: AsyncConnection, cause: str, by: Operator, what: str, values: Mapping[str, Any]) -> None:
    """Set owner, ignored or muted_until of a group."""
    await causes.note(tx, cause, **values)
    details = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
    await actions.add(tx, Action(by.who, f"deadletters {what}", cause, by.why, details), by.at)


async def discard(tx: AsyncConnection, wanted: Filter, by: Operator) -> int:
    """Give open letters up for good; how many. Their records stay counted as rejected."""
    records = await letter_search.found(tx, wanted)
    kept = await messages.found(tx, wanted)
    count = await messages.discard(tx, [one.id for one in kept], by.at)
    count += await letter_search.set_state(tx, records, "discarded", by.at)
    letters = [letter.name for letter in records] + [message.name for message in kept]
    await actions.add(tx, Action(by.who, "deadletters discard", _target(wanted), by.why, {"letters": letters}), by.at)
    return count


async def edit(tx: AsyncConnection, patches: Mapping[str, Patch | None], by: Operator) -> int:
    """Put an edit on each of these open letters, by name; None takes the edit away. How many were still open.

    What the ERP gave stays as it was read; the edit is laid on it when the letter is run.
    """
    return sum([await _edit(tx, part, patches, by) for part in chunks(list(patches))])


async def _edit(tx: AsyncConnection, some: Sequence[str], patches: Mapping[str, Patch | None], by: Operator) -> int:
    wanted, done = Filter(names=tuple(some)), 0
    for record in await letter_search.found(tx, wanted):
        done += await letter_search.set_patch(tx, record, patches[record.name])
        await _edited(tx, record, patches[record.name], by)
    for message in await messages.found(tx, wanted):
        done += await messages.set_patch(tx, message.id, patches[message.name])
        await _edited(tx, message, patches[message.name], by)
    return done


async def _edited(tx: AsyncConnection, letter: Letter | DeadMessage, patch: Patch | None, by: Operator) -> None:
    details = {"patch": patch, "before": letter.patch}
    await actions.add(tx, Action(by.who, "deadletters edit", letter.name, by.why, details), by.at)


async def names(tx: AsyncConnection, wanted: Filter) -> list[str]:
    """The names of the open letters of a filter."""
    records = await letter_search.found(tx, wanted)
    return [letter.name for letter in records] + [message.name for message in await messages.found(tx, wanted)]


async def one(tx: AsyncConnection, name: str, states: Sequence[str]) -> Letter | DeadMessage:
    """A letter by name; raises ConfigError when there is none."""
    wanted = Filter(names=(name,))
    records = await letter_search.found(tx, wanted, states)
    kept = await messages.found(tx, wanted, states)
    if not records and not kept:
        raise ConfigError(f"There is no letter {name}; erpflow deadletters list and export show their names.")
    return records[0] if records else kept[0]


def _target(wanted: Filter) -> str:
    return ", ".join(f"{name}={value}" for name, value in wanted.as_json().items()) or "all"
