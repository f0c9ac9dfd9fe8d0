"""Leases on both databases: one reader per connection, and a late one is refused."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from pipeline.store import connections, engine, leases, migrate, streams
from pipeline.store.engine import Store
from pipeline.store.leases import Lease
from pipeline.store.tables import connections as table
from schemas.errors import Retryable, Superseded
from schemas.version import ReadNumber
from tests.support.rows import NOW, connected, connection_row
from tests.support.stores import only_postgres

MINUTE = timedelta(minutes=1)


async def take(store: Store, owner: str, now: datetime = NOW, connection: str = "acme-fake") -> Lease | None:
    async with store.transaction() as tx:
        return await leases.take(tx, connection, owner, now, now + MINUTE)


async def test_of_two_takers_one_has_the_lease(store: Store) -> None:
    await connected(store)
    taken = await asyncio.gather(*(take(store, f"worker {number}") for number in range(8)))
    assert sum(lease is not None for lease in taken) == 1


async def test_the_same_owner_does_not_take_it_twice_and_draws_a_new_epoch_afterwards(store: Store) -> None:
    await connected(store)
    first = await take(store, "worker")
    assert first is not None
    assert await take(store, "worker") is None
    again = await take(store, "worker", NOW + 2 * MINUTE)
    assert again is not None
    assert again.epoch > first.epoch


async def test_epochs_are_drawn_from_one_sequence_for_all_connections(store: Store) -> None:
    names = [f"c{number}" for number in range(6)]
    for name in names:
        await connected(store, name)
    taken = await asyncio.gather(*(take(store, "worker", connection=name) for name in names))
    assert len({lease.epoch for lease in taken if lease}) == 6


@only_postgres
async def test_who_is_frozen_within_a_transaction_keeps_no_connection_from_being_read(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "IDLE_SECONDS", 1)
    async with Store.open(store_url) as frozen, Store.open(store_url) as other:
        await migrate.upgrade(other)
        await connected(frozen, "a")
        await connected(frozen, "b")

        async def hold() -> None:
            async with frozen.transaction() as tx:
                assert await leases.take(tx, "a", "frozen", NOW, NOW + MINUTE)
                assert await take(other, "quick", connection="a") is None
                assert await take(other, "quick", connection="b")  # waits until the server has had enough
                assert await take(other, "quick", connection="a")
                await streams.ensure(tx, "a", ["customers"], NOW)

        with pytest.raises(Retryable):
            await hold()


async def test_a_lease_draws_read_numbers_in_order(store: Store) -> None:
    await connected(store)
    lease = await take(store, "worker")
    assert lease is not None
    assert [lease.draw(), lease.draw()] == [ReadNumber(lease.epoch, 1), ReadNumber(lease.epoch, 2)]


async def test_a_late_renewal_is_refused_and_undoes_its_transaction(store: Store) -> None:
    (stream,) = await connected(store)
    slow = await take(store, "slow")
    quick = await take(store, "quick", NOW + 2 * MINUTE)
    assert slow is not None
    assert quick is not None

    async def write_late() -> None:
        async with store.transaction() as tx:
            await streams.settle(tx, stream.id, last_error="written by the slow one")
            await leases.renew(tx, slow, NOW + 9 * MINUTE)

    with pytest.raises(Superseded, match="acme-fake is read by another worker"):
        await write_late()
    async with store.transaction() as tx:
        assert (await streams.row_of(tx, stream.id)).last_error is None
        await leases.renew(tx, quick, NOW + 3 * MINUTE)


async def test_a_lease_that_ran_out_and_that_nobody_took_goes_on(store: Store) -> None:
    await connected(store)
    lease = await take(store, "worker")
    assert lease is not None
    async with store.transaction() as tx:
        await leases.renew(tx, lease, NOW + 9 * MINUTE)
    assert await take(store, "other", NOW + 8 * MINUTE) is None


async def test_only_the_holder_can_give_a_lease_back(store: Store) -> None:
    await connected(store)
    slow = await take(store, "slow")
    quick = await take(store, "quick", NOW + 2 * MINUTE)
    assert slow is not None
    assert quick is not None
    async with store.transaction() as tx:
        await leases.release(tx, slow)
    async with store.reading() as tx:
        assert (await tx.execute(select(table.c.lease_owner))).scalar_one() == "quick"
    async with store.transaction() as tx:
        await leases.release(tx, quick)
    assert await take(store, "third", NOW + 2 * MINUTE) is not None


async def test_a_lease_that_was_given_back_cannot_be_renewed(store: Store) -> None:
    await connected(store)
    lease = await take(store, "worker")
    assert lease is not None
    async with store.transaction() as tx:
        await leases.release(tx, lease)
    with pytest.raises(Superseded):
        async with store.transaction() as tx:
            await leases.renew(tx, lease, NOW + MINUTE)


@pytest.mark.parametrize("state", ["paused", "needs_consent"])
async def test_a_connection_that_is_not_active_is_not_read(store: Store, state: str) -> None:
    await connected(store)
    async with store.transaction() as tx:
        await connections.set_state(tx, "acme-fake", state, "because")
    assert await take(store, "worker") is None
    assert await take(store, "worker", connection="unknown") is None


async def test_due_connections_are_given_in_turn_and_without_those_being_read(store: Store) -> None:
    for name in "abcd":
        await connected(store, name)
    async with store.transaction() as tx:
        await connections.set_state(tx, "c", "paused", None)
        await connections.add(tx, connection_row("new"), NOW)
    await take(store, "worker", connection="b")
    async with store.reading() as tx:
        assert [row.id for row in await connections.due(tx, NOW, 10)] == ["a", "d", "new"]
        assert [row.id for row in await connections.due(tx, NOW, 1, after="a")] == ["d"]
        assert [row.id for row in await connections.due(tx, NOW + 2 * MINUTE, 10)] == ["a", "b", "d", "new"]
        assert [row.id for row in await connections.due(tx, NOW - MINUTE, 10)] == ["new"]
