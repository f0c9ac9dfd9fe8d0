"""An archive that does not answer for a while: nothing is read past it, nothing is lost."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from pipeline.store.engine import Store
from pipeline.store.tables import journal, runs
from schemas.errors import Retryable
from tests.support.fake_erp import FakeErp
from tests.support.flow import Flow, changes

WANTED = [("customer", "created", "1"), ("customer", "created", "2"), ("customer", "created", "3")]


async def _flow(store: Store) -> Flow:
    """Three customers whose pages are too big for a message, also when compressed."""
    flow, random = Flow(store, FakeErp()), Random(1)
    for id in (1, 2, 3):
        flow.erp.customer(id, note=random.randbytes(200_000).hex())
    await flow.connect()
    return flow


async def _refuse(*_: Any) -> Any:
    raise Retryable("The archive does not answer; if this stays, check the bucket.")


async def _counted(store: Store, query: Any) -> int:
    async with store.reading() as tx:
        return int((await tx.execute(query)).scalar_one())


async def _all_balance(store: Store) -> bool:
    return await _counted(store, select(func.count()).select_from(runs).where(runs.c.balanced.is_not(True))) == 0


async def test_a_page_that_the_archive_does_not_take_is_not_journaled_and_read_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = await _flow(store)
    with monkeypatch.context() as outage:
        outage.setattr(flow.archive, "put", _refuse)
        assert changes(await flow.settle()) == []
        assert await _counted(store, select(func.count()).select_from(journal)) == 0
    flow.later(minutes=10)
    assert changes(await flow.settle()) == WANTED
    assert await _all_balance(store)


async def test_a_message_waits_for_an_archive_that_does_not_answer(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = await _flow(store)
    await flow.scheduler.step()
    await flow.work("wake-ups", flow.poll.handle)
    waiting = await flow.broker.depth("transformer")
    with monkeypatch.context() as outage:
        outage.setattr(flow.archive, "get", _refuse)
        with pytest.raises(Retryable):
            await flow.work("transformer", flow.transform.handle)
    assert await flow.broker.depth("transformer") == waiting > 0
    flow.later(minutes=10)
    assert changes(await flow.settle()) == WANTED
    assert await _all_balance(store)
