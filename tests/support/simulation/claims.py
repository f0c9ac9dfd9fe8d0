"""What must hold after every single commit, looked up in the database behind the pipeline's back."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from schemas.digest import digest
from schemas.ids import event_id
from tests.support.simulation.desk_claims import DeskClaims
from tests.support.simulation.erp import SimulatedErp

SKEW = 15.0
"""Seconds by which the clock of a process may be wrong, at most."""

Row = tuple[str, str, int]
"""Version, digest and whether it is deleted."""


class Told(NamedTuple):
    """An event that tells of a change; ``digest`` is None for a delete."""

    id: str
    entity: str
    version: str
    digest: str | None
    run: str
    attributes: str


@dataclass
class Claims:
    """Watches the store; ``broken`` has what did not hold, once each."""

    raw: sqlite3.Connection
    erp: SimulatedErp
    taken: set[str]
    tolerance: float
    desk: DeskClaims | None = None
    broken: list[str] = field(default_factory=list)
    decided: set[str] = field(default_factory=set)
    _changes: int = 0
    _journal: int = 0
    _outbox: int = 0
    _entities: dict[str, Row] = field(default_factory=dict)
    _records: dict[tuple[int, str], str] = field(default_factory=dict)
    _reads: set[tuple[int, str]] = field(default_factory=set)
    _began: dict[str, float] = field(default_factory=dict)
    _claims: dict[int, tuple[str | None, float]] = field(default_factory=dict)

    def check(self) -> None:
        """Look at what the last commit changed."""
        if self.raw.total_changes == self._changes:
            return
        self._changes = self.raw.total_changes
        self._runs()
        self._pages()
        events = self._events()
        self._ledger(events)
        if self.desk:
            self.desk.check()

    def claim(self, held: bool, broken: str) -> None:
        if not held and broken not in self.broken:
            self.broken.append(broken)

    def _runs(self) -> None:
        now = asyncio.get_running_loop().time()
        for (started,) in self.raw.execute("select started from runs where state = 'reading'"):
            self._began.setdefault(started, now)

    def _pages(self) -> None:
        query = """select j.rowid, j.read, j.stream_id, c.lease_epoch, c.id, j.run, j.number from journal j
            join streams s on s.id = j.stream_id join connections c on c.id = s.connection where j.rowid > ?"""
        for rowid, read, stream, epoch, connection, run, number in self.raw.execute(query, (self._journal,)).fetchall():
            self._journal = max(self._journal, rowid)
            self.claim(
                int(read.split(".")[0]) == epoch,
                f"stale lease: page {run}/{number} was journaled by a reader that is not the newest of {connection}",
            )
            self.claim((stream, read) not in self._reads, f"read number twice: {read} orders two pages of one stream")
            self._reads.add((stream, read))

    def _events(self) -> dict[str, list[Told]]:
        """The changes told by this commit, by entity, in the order of their versions."""
        now = asyncio.get_running_loop().time()
        query = """select seq, id, body, claim, sent_at, (julianday(claim_until) - julianday('2026-06-01')) * 86400,
            run, attributes from outbox where seq > ? or seq in (%s)"""
        watched = ",".join(map(str, self._claims))
        fresh, top = list[Told](), self._outbox
        for seq, id, body, claim, sent, until, run, attributes in self.raw.execute(
            query % watched, (self._outbox,)
        ).fetchall():
            self.decided.add(body)
            if seq > self._outbox and '"change":' in attributes:
                fresh.append(_told(id, body, run, attributes))
            top = max(top, seq)
            before, ends = self._claims.get(seq, (claim, 0.0))
            taken_over = claim != before and claim is not None and before != "relay"
            self.claim(
                not taken_over or ends <= now + self.tolerance + 0.01,
                "claimed twice: a relay took over an event whose claim had not run out",
            )
            self.claim(
                sent is None or body in self.taken, f"told nobody: event {id} is marked as sent and was not published"
            )
            self._claims[seq] = (claim, until or 0.0)
            if sent is not None:
                del self._claims[seq]
        self._outbox = top
        by_entity: dict[str, list[Told]] = {}
        for event in sorted(fresh, key=lambda one: one.version):
            self.claim(event.id == event_id(event.entity, event.version), f"another id: event {event.id}")
            by_entity.setdefault(event.entity, []).append(event)
        return by_entity

    def _ledger(self, told: dict[str, list[Told]]) -> None:
        query = "select id, version, digest, deleted, stream_id, key from entities"
        found = {row[0]: row[1:] for row in self.raw.execute(query)}
        for id in self._entities.keys() - found.keys():
            self.claim(False, f"tombstone dropped: entity {id} is no longer in the ledger")
        for id, (version, content, deleted, stream, key) in found.items():
            before = self._entities.get(id)
            if before == (version, content, deleted):
                continue
            self._entities[id] = (version, content, deleted)
            self.claim(before is None or version >= before[0], f"went back: entity {id} of {stream}/{key} is older now")
            last = self._changed(
                f"entity {id} of {stream}/{key}", before, (version, content, deleted), told.pop(id, [])
            )
            if deleted and last:
                self._deleted(stream, key, last)
        self.claim(not told, f"told without a change: of entities {sorted(told)}")

    def _changed(self, what: str, before: Row | None, after: Row, told: list[Told]) -> Told | None:
        """Each event tells of a change, and together they lead from the one state to the other; the last one."""
        state = None if before is None or before[2] else before[1]
        for event in told:
            self.claim(event.digest != state, f"told without a change: {what} at {event.version}")
            state = event.digest
        self.claim(state == (None if after[2] else after[1]), f"untold change: {what}")
        return told[-1] if told else None

    def _deleted(self, stream_id: int, key: str, event: Told) -> None:
        (stream,) = self.raw.execute("select name from streams where id = ?", (stream_id,)).fetchone()
        what = f"false delete: {stream} {key} was there all the time"
        if '"origin":"sweep"' in event.attributes:
            (previous,) = self.raw.execute("select previous from runs where id = ?", (event.run,)).fetchone()
            self.claim(not self.erp.existed_since(stream, key, self._began.get(previous, 0.0)), what)


def _told(id: str, body: str, run: str, attributes: str) -> Told:
    event = orjson.loads(body)
    data = event["data"]
    content = None if data["change"] == "deleted" else digest(data["body"])
    return Told(id, event["subject"], data["version"], content, run, attributes)
