"""What must hold after every single commit, looked up in the database behind the pipeline's back."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from schemas.ids import event_id
from tests.support.simulation.erp import SimulatedErp

SKEW = 15.0
"""Seconds by which the clock of a process may be wrong, at most."""


@dataclass
class Claims:
    """Watches the store; ``broken`` has what did not hold, once each."""

    raw: sqlite3.Connection
    erp: SimulatedErp
    taken: set[str]
    tolerance: float
    broken: list[str] = field(default_factory=list)
    _changes: int = 0
    _journal: int = 0
    _outbox: int = 0
    _entities: dict[str, tuple[str, str, int]] = field(default_factory=dict)
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

    def _claim(self, held: bool, broken: str) -> None:
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
            self._claim(
                int(read.split(".")[0]) == epoch,
                f"stale lease: page {run}/{number} was journaled by a reader that is not the newest of {connection}",
            )
            self._claim((stream, read) not in self._reads, f"read number twice: {read} orders two pages of one stream")
            self._reads.add((stream, read))

    def _events(self) -> dict[str, Any]:
        """The events written by this commit, by id."""
        now = asyncio.get_running_loop().time()
        query = """select seq, id, body, claim, sent_at, (julianday(claim_until) - julianday('2026-06-01')) * 86400,
            run, attributes from outbox where seq > ? or seq in (%s)"""
        watched = ",".join(map(str, self._claims))
        fresh, top = {}, self._outbox
        for seq, id, body, claim, sent, until, run, attributes in self.raw.execute(
            query % watched, (self._outbox,)
        ).fetchall():
            if seq > self._outbox:
                fresh[id] = (run, attributes)
            top = max(top, seq)
            before, ends = self._claims.get(seq, (claim, 0.0))
            taken_over = claim != before and claim is not None and before != "relay"
            self._claim(
                not taken_over or ends <= now + self.tolerance + 0.01,
                "claimed twice: a relay took over an event whose claim had not run out",
            )
            self._claim(
                sent is None or body in self.taken, f"told nobody: event {id} is marked as sent and was not published"
            )
            self._claims[seq] = (claim, until or 0.0)
            if sent is not None:
                del self._claims[seq]
        self._outbox = top
        return fresh

    def _ledger(self, events: dict[str, Any]) -> None:
        query = "select id, version, digest, deleted, stream_id, key from entities"
        found = {row[0]: row[1:] for row in self.raw.execute(query)}
        for id in self._entities.keys() - found.keys():
            self._claim(False, f"tombstone dropped: entity {id} is no longer in the ledger")
        for id, (version, digest, deleted, stream, key) in found.items():
            before = self._entities.get(id)
            if before == (version, digest, deleted):
                continue
            self._entities[id] = (version, digest, deleted)
            self._claim(
                before is None or version >= before[0], f"went back: entity {id} of {stream}/{key} is older now"
            )
            changed = before is None or before[2] != deleted or (not deleted and before[1] != digest)
            event = events.get(event_id(id, version))
            self._claim(not changed or event is not None, f"untold change: entity {id} of {stream}/{key}")
            if deleted and changed and event:
                self._deleted(stream, key, *event)

    def _deleted(self, stream_id: int, key: str, run: str, attributes: str) -> None:
        (stream,) = self.raw.execute("select name from streams where id = ?", (stream_id,)).fetchone()
        what = f"false delete: {stream} {key} was there all the time"
        if '"origin":"sweep"' in attributes:
            (previous,) = self.raw.execute("select previous from runs where id = ?", (run,)).fetchone()
            self._claim(not self.erp.existed_since(stream, key, self._began.get(previous, 0.0)), what)
