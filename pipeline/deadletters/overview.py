"""All groups of letters with what is known about them: counts, state, owner, and what the customer may be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.deadletters.plain import sentence
from pipeline.store import causes, letter_search, letters, messages, replays
from pipeline.store.causes import Note
from pipeline.store.letter_search import Filter, Group

OPEN = ("open", "sending")
EVERY = (*OPEN, "closed", "discarded")


@dataclass(frozen=True, slots=True)
class Shown:
    """One group as people see it; ``state`` is open, replaying, ignored or resolved."""

    group: Group
    state: str
    note: Note
    example: str
    text: str


async def overview(tx: AsyncConnection, wanted: Filter, now: datetime, *, resolved: bool = False) -> list[Shown]:
    """The groups of a filter, the largest first; with ``resolved`` also those that have no open letter any more."""
    while await letters.fill_causes(tx):
        pass
    still = await _groups(tx, wanted, OPEN)
    found = {**await _groups(tx, wanted, EVERY), **still} if resolved else still
    notes = await causes.notes(tx)
    replayed = {replay.filter.cause for replay in await replays.running(tx)}
    shown = []
    for cause, group in found.items():
        note = notes.get(cause, Note())
        open_now = cause in still
        state = "resolved" if not open_now else "replaying" if cause in replayed else _open(note)
        example, systems = await _example(tx, wanted, group, OPEN if open_now else EVERY)
        shown.append(Shown(group, state, note, example, sentence(group, systems, now)))
    return sorted(shown, key=lambda one: (-one.group.letters, one.group.cause))


def _open(note: Note) -> str:
    return "ignored" if note.ignored else "open"


async def _groups(tx: AsyncConnection, wanted: Filter, states: Sequence[str]) -> dict[str, Group]:
    records = await letter_search.groups(tx, wanted, states)
    return {group.cause: group for group in (*records, *await messages.groups(tx, wanted, states))}


async def _example(tx: AsyncConnection, wanted: Filter, group: Group, states: Sequence[str]) -> tuple[str, str]:
    """The name of one letter, and the system (or the first of several) that its group is from."""
    narrow = Filter.from_json({**wanted.as_json(), "cause": group.cause})
    for letter in await letter_search.found(tx, narrow, states, most=1):
        return letter.name, letter.system
    for message in await messages.found(tx, narrow, states, most=1):
        return message.name, message.about.get("system") or "the ERP"
    return "", "the ERP"
