"""Known faults, re-introduced one at a time by patching the real modules: the simulation must notice each of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from contextvars import ContextVar
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from sqlalchemy import bindparam, delete, exists, or_, select, update

from connectors.base import Mode
from connectors.cursors import Cursor
from distributor.decide import _Draft
from pipeline.stages import highs, scans
from pipeline.stages.distribute import DistributeStage
from pipeline.stages.outbox import OutboxPublisher
from pipeline.stages.reading import RunReader
from pipeline.store import accounts, journal, leases, ledger, manifest, outbox, streams
from pipeline.store.leases import Lease
from pipeline.store.outbox import Claimed
from pipeline.store.tables import connections, entities, letters, records
from pipeline.store.tables import outbox as outbox_table
from pipeline.worker import Worker
from schemas.pages import PageHead
from schemas.version import Version

Patch = AbstractContextManager[Any]
FAULTS: dict[str, Callable[[], Patch]] = {}
"""Faults by name; each call gives a context in which the fault is there."""


def fault(name: str) -> Callable[[Callable[[], Patch]], Callable[[], Patch]]:
    def keep(make: Callable[[], Patch]) -> Callable[[], Patch]:
        FAULTS[name] = make
        return make

    return keep


def together(*patches: Patch) -> Patch:
    """Several patches as one."""
    stack = ExitStack()
    for one in patches:
        stack.enter_context(one)
    return stack


@fault("checkpoint-after-publish")
def _checkpoint_after_publish() -> Patch:
    async def read(self: RunReader, at: Any, run: Any) -> bool:
        while True:
            got = await self._fetch(at, run)
            if got.fresh:
                await self._publisher.publish(at.visit, await self._page(at, run, got, at.visit.clock.now()))
            page = await self._commit(at, run, got)
            if page:
                async with self._store.transaction() as tx:
                    await journal.mark_published(tx, page.head, self._publisher.claim, at.visit.clock.now())
            if run.position is None or at.visit.over():
                return run.position is None

    return patch.object(RunReader, "read", read)


@fault("no-epoch-check")
def _no_epoch_check() -> Patch:
    blind = connections.c.id == bindparam("held_connection"), bindparam("held_epoch") > 0
    return patch.object(leases, "_HELD", update(connections).where(*blind))


@fault("same-epoch-for-same-owner")
def _same_epoch() -> Patch:
    before, known = leases.take, dict[tuple[str, str], int]()

    async def take(tx: Any, connection: str, owner: str, now: Any, until: Any) -> Lease | None:
        lease = await before(tx, connection, owner, now, until)
        if lease is None:
            return None
        epoch = known.setdefault((connection, owner), lease.epoch)
        await tx.execute(update(connections).where(connections.c.id == connection).values(lease_epoch=epoch))
        return Lease(connection, epoch)

    return patch.object(leases, "take", take)


@fault("version-from-run")
def _version_from_run() -> Patch:
    """The number of the run in its visit, and of the page. With the epoch it would do: runs of a stream take turns."""

    def version(self: PageHead, index: int) -> Version:
        number = int(self.run.split("-")[1])
        return Version(1, number, 1000 * self.number + index, self.pass_number)

    return patch.object(PageHead, "version", version)


@fault("version-per-entity")
def _version_per_entity() -> Patch:
    before = _Draft.read

    def read(self: _Draft, key: str, version: Version, given: Any, index: int | None) -> bool:
        if row := self._records.get(key):
            self._records[key] = replace(row, version=Version(0, 0, 0, 0))
        return before(self, key, version, given, index)

    return patch.object(_Draft, "read", read)


_FOUND: ContextVar[Any] = ContextVar("found", default=None)


@fault("no-lock")
def _no_lock() -> Patch:
    """What a page concerns is read in one transaction, and written in another one."""
    handle, state, exists_for = DistributeStage.handle, ledger.state, accounts.exists_for

    async def unlocked(self: DistributeStage, delivery: Any) -> None:
        page = await self._codec.unpack_domain(delivery.body)
        async with self._store.reading() as tx:
            stream_id = await streams.lock(tx, page.head.connection, page.head.stream)
            _FOUND.set((await state(tx, stream_id, page), await exists_for(tx, page.head)))
        await handle(self, delivery)

    async def earlier_state(tx: Any, stream_id: int, page: Any) -> Any:
        return _FOUND.get()[0]

    async def earlier_account(tx: Any, head: Any) -> Any:
        return _FOUND.get()[1]

    return together(
        patch.object(DistributeStage, "handle", unlocked),
        patch.object(ledger, "state", earlier_state),
        patch.object(accounts, "exists_for", earlier_account),
    )


@fault("unchanged-keeps-version")
def _unchanged_keeps_version() -> Patch:
    before = _Draft._advance

    def advance(self: _Draft, row: Any, given: Any, lost: Any) -> None:
        known = [self._entities.get(mapped.id) for mapped in given]
        same = [a is not None and not a.deleted and a.digest == m.digest for a, m in zip(known, given, strict=True)]
        if same and all(same) and not lost:
            self._count("unchanged", len(same))
        else:
            before(self, row, given, lost)

    return patch.object(_Draft, "_advance", advance)


@fault("tombstones-dropped")
def _tombstones_dropped() -> Patch:
    before = ledger.write_entities

    async def write_entities(tx: Any, writes: Any, now: Any) -> None:
        await before(tx, writes, now)
        await tx.execute(delete(entities).where(entities.c.deleted))
        await tx.execute(delete(records).where(~records.c.live))

    return patch.object(ledger, "write_entities", write_entities)


@fault("sweep-after-one-scan")
def _sweep_after_one_scan() -> Patch:
    before = scans.complete

    async def complete(tx: Any, spec: Any, row: Any, run: Any, now: Any) -> str | None:
        return await before(tx, spec, replace(row, last_scan=str(run.started)), run, now)

    return patch.object(scans, "complete", complete)


@fault("rejects-unseen")
def _rejects_unseen() -> Patch:
    def unseen(stream_id: int, since: Any) -> Any:
        rejected = exists().where(letters.c.stream_id == stream_id, letters.c.key == records.c.key)
        sighted = manifest._sighted(stream_id, records.c.key, since)
        mine = (records.c.stream_id == stream_id) & records.c.live & (records.c.version < str(since))
        return mine & or_(~sighted, rejected.where(letters.c.state == "open"))

    return patch.object(manifest, "unseen", unseen)


@fault("scan-moves-cursor")
def _scan_moves_cursor() -> Patch:
    move_on, finish = RunReader._move_on, RunReader._finish

    def moving(self: RunReader, at: Any, run: Any, got: Any) -> None:
        move_on(self, at, run, got)
        if run.mode == Mode.SCAN and at.spec.increment and at.row.cursor:
            high = Cursor.from_json(run.high or at.row.cursor)
            overlap, now = at.spec.increment.overlap, at.visit.clock.now()
            run.high = highs.after(high, got.answer, got.keys, overlap, now, load=False).to_json()

    async def finishing(self: RunReader, tx: Any, at: Any, run: Any, read: Any) -> None:
        await finish(self, tx, at, run, read)
        if run.mode == Mode.SCAN and run.high:
            await streams.settle(tx, at.row.id, cursor=run.high)

    return together(patch.object(RunReader, "_move_on", moving), patch.object(RunReader, "_finish", finishing))


@fault("manifest-before-journal")
def _manifest_before_journal() -> Patch:
    before = RunReader._commit

    async def commit(self: RunReader, at: Any, run: Any, got: Any) -> Any:
        if got.seen:
            async with self._store.transaction() as tx:
                await at.visit.keep(tx)
                await manifest.saw(tx, at.row.id, got.seen, got.read)
        return await before(self, at, run, got)

    return patch.object(RunReader, "_commit", commit)


@fault("sent-before-published")
def _sent_before_published() -> Patch:
    before = OutboxPublisher.publish

    async def publish(self: OutboxPublisher, claimed: Any) -> int:
        async with self._store.transaction() as tx:
            await outbox.mark_sent(tx, [one.seq for one in claimed], self.claim, self._clock.now())
        return await before(self, claimed)

    return patch.object(OutboxPublisher, "publish", publish)


@fault("acknowledge-before-commit")
def _acknowledge_before_commit() -> Patch:
    before = Worker._work

    async def work(self: Worker, delivery: Any) -> None:
        await self._guarded(self._broker.acknowledge([delivery]), "acknowledge_failed")
        await before(self, delivery)

    return patch.object(Worker, "_work", work)


@fault("relay-without-lease")
def _relay_without_lease() -> Patch:
    async def claim_late(tx: Any, claim: str, now: Any, until: Any, most: int) -> list[Claimed]:
        unsent = outbox_table.c.sent_at.is_(None)
        rows = (await tx.execute(select(outbox_table).where(unsent).limit(most))).all()
        await tx.execute(update(outbox_table).where(unsent).values(claim=claim, claim_until=until))
        return [Claimed(row.seq, outbox._event(row)) for row in rows]

    return patch.object(outbox, "claim_late", claim_late)
