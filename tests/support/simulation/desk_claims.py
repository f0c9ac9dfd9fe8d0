"""What must hold of letters, replays and passes after every single commit."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from distributor import outcomes
from distributor.account import Outcome
from schemas.version import Version
from tests.support.simulation.processes import PROCESS

Claim = Callable[[bool, str], None]
Page = tuple[str, int]


class Letter(NamedTuple):
    """A letter as it stands."""

    state: str
    version: str
    run: str
    number: int
    tried_by: int | None

    @property
    def place(self) -> tuple[str, int, int]:
        """Run, number, and index within the read."""
        return self.run, self.number, Version.parse(self.version).index


class Replay(NamedTuple):
    """A replay as it stands; ``ended`` counts the letters that it ran."""

    state: str
    claim: str | None
    until: float
    ended: int
    gone: int


@dataclass
class DeskClaims:
    """Watches the desk's tables; ``claim`` notes what does not hold."""

    raw: sqlite3.Connection
    claim: Claim
    tolerance: float
    outcomes: dict[Page, dict[int, Outcome]] = field(default_factory=lambda: defaultdict(dict))
    _accounts: int = 0
    _letters: dict[tuple[int, str], Letter] = field(default_factory=dict)
    _messages: dict[int, tuple[str, int | None]] = field(default_factory=dict)
    _replays: dict[int, Replay] = field(default_factory=dict)
    _records: dict[tuple[int, str], str] = field(default_factory=dict)

    def check(self) -> None:
        """Look at what the last commit changed."""
        places, moved = self._passes()
        tried = self._tried()
        sending = self._sent()
        self._took(tried, places, moved)
        self._counted(tried, sending)
        self._forward()

    def _passes(self) -> tuple[set[tuple[str, int, int]], dict[tuple[str, int, int], Outcome]]:
        """The records that this commit ran once more, and where they were in the books before."""
        query = """select rowid, run, number, pass_number, outcomes, read, mapped, skipped, rejected, held,
            produced - created - updated - unchanged - stale - deleted from accounts where rowid > ?"""
        places, before = set(), {}
        for rowid, run, number, pass_number, text, read, *counts, entities in self.raw.execute(
            query, (self._accounts,)
        ).fetchall():
            self._accounts = max(self._accounts, rowid)
            known, some = self.outcomes[run, number], outcomes.read(text)
            moved = Counter(some.values())
            moved.subtract(known[index] for index in some if index in known)
            right = counts == [moved[name] for name in ("mapped", "skipped", "rejected", "held")] and not entities
            self.claim(right, f"books: pass {pass_number} of page {run}/{number} is not what moved")
            if pass_number:
                self.claim(not read, f"books: pass {pass_number} of page {run}/{number} adds records")
                places |= {(run, number, index) for index in some}
                before |= {(run, number, index): known[index] for index in some if index in known}
            known |= some
        return places, before

    def _tried(self) -> dict[tuple[int, str], tuple[Letter, Letter]]:
        """The letters that a replay ran in this commit, as they were and as they are."""
        query = "select stream_id, key, state, version, run, number, tried_by from letters"
        now = {(row[0], row[1]): Letter(*row[2:]) for row in self.raw.execute(query)}
        before, self._letters = self._letters, now
        return {
            id: (before[id], letter)
            for id, letter in now.items()
            if letter.tried_by is not None and id in before and before[id].tried_by != letter.tried_by
        }

    def _took(self, tried: Mapping[Any, tuple[Letter, Letter]], places: set[Any], before: Mapping[Any, str]) -> None:
        """Each letter has one effect for each read, and that of the read that it points to."""
        ran = {letter.place for letter, _ in tried.values()}
        for id, (was, _) in tried.items():
            self.claim(was.state == "open", f"ran what is not open: letter {id} was {was.state}")
            ended = before.get(was.place, "rejected")
            self.claim(ended in ("rejected", "held"), f"effect twice: letter {id} had ended as {ended}")
        if tried:
            self.claim(places <= ran, f"another read: a replay ran {sorted(places - ran)}, where no letter points to")

    def _sent(self) -> set[int]:
        """The replays that sent messages so far."""
        query = "select id, state, tried_by from messages"
        now = {id: (state, by) for id, state, by in self.raw.execute(query)}
        before, self._messages = self._messages, now
        for id, (state, _) in now.items():
            was = before.get(id, ("open", None))[0]
            self.claim(
                state != "closed" or was in ("sending", "closed"), f"letter lost: message {id} was {was} and is closed"
            )
        return {by for _, by in now.values() if by is not None}

    def _counted(self, tried: Mapping[Any, tuple[Letter, Letter]], sending: set[int]) -> None:
        """What a replay did is in its tally, by the one process that holds its claim."""
        did = Counter(letter.tried_by for _, letter in tried.values())
        process, now = PROCESS.get(), asyncio.get_running_loop().time()
        before, self._replays = self._replays, dict(self._read_replays())
        for id, replay in self._replays.items():
            was = before.get(id, Replay(replay.state, replay.claim, 0.0, 0, 0))
            grew = replay.ended - was.ended
            self.claim(
                grew == did[id] or (not did[id] and grew > 0 and (id in sending or replay.gone > was.gone)),
                f"tally: replay {id} ran {did[id]} letters and counted {grew}",
            )
            mine = process is not None and replay.claim == process.name
            self.claim(not grew or mine, f"not its replay: {process and process.name} counted for replay {id}")
            taken = was.claim is not None and replay.claim not in (None, was.claim) and was.state == "running"
            self.claim(
                not taken or was.until <= now + self.tolerance + 0.01,
                f"replay claimed twice: {replay.claim} took replay {id} over from {was.claim}",
            )

    def _read_replays(self) -> Iterator[tuple[int, Replay]]:
        query = """select id, state, claim, (julianday(claim_until) - julianday('2026-06-01')) * 86400, outcomes
            from replays"""
        for id, state, claim, until, text in self.raw.execute(query):
            ended = json.loads(text).get("ended", {})
            yield id, Replay(state, claim, until or 0.0, sum(ended.values()), ended.get("gone", 0))

    def _forward(self) -> None:
        query = "select stream_id, key, version from records"
        now = {(stream, key): version for stream, key, version in self.raw.execute(query)}
        for id, version in now.items():
            self.claim(version >= self._records.get(id, ""), f"went back: record {id} is of an older read now")
        self._records = now
