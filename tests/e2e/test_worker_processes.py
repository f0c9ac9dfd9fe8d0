"""A connector worker that is stopped in the middle of a first load: another one goes on, and nothing is told twice."""

import asyncio
from collections import Counter
from uuid import uuid4

import pytest

from pipeline.local.tryton.server import TrytonServer
from pipeline.local.tryton.sizes import DEMO
from pipeline.store import figures
from tests.support import facts, tryton_truth
from tests.support.deployment import CLOSING, TENANT, deployment, in_one_process, new_settings, worker_process
from tests.support.tryton import cache_dir

pytestmark = pytest.mark.tryton

STOP_SECONDS = 2


async def until_half_read(found):
    async with asyncio.timeout(60):
        while (await found.rows("journal"))["journal"] < 4:
            await asyncio.sleep(0.02)


async def loaded(found):
    async with found.runtime.store.reading() as tx:
        return {stream.name: stream.loaded for stream in await figures.of_streams(tx)}


async def test_another_worker_goes_on_with_a_first_load(tmp_path, aws):
    url, prefix = f"sqlite:///{tmp_path / 'store.sqlite3'}", f"t{uuid4().hex[:10]}-"
    settings = new_settings(aws, url, prefix, tmp_path, stop_seconds=STOP_SECONDS)
    async with (
        TrytonServer.start(cache_dir(), tmp_path / "tryton", DEMO) as tryton,
        deployment(settings, tryton) as found,
        in_one_process(found.runtime, ["scheduler", "transformer", "distributor"]),
    ):
        async with worker_process("connector", settings) as first:
            await found.connect(TENANT)
            await until_half_read(found)
            status, seconds = await first.stop()
        assert status == 0
        assert seconds < STOP_SECONDS + CLOSING
        assert not all((await loaded(found)).values())
        async with worker_process("connector", settings) as second:
            await found.settled(seconds=300)
            assert (await second.stop())[0] == 0
        events = found.information.events
        assert facts.of_events(events) == facts.of_truth(tryton_truth.read(tryton.sqlite_file))
        assert set(Counter(event["subject"] for event in events if event["change"] == "created").values()) == {1}
        assert {event["change"] for event in events} == {"created"}
        async with found.runtime.store.reading() as tx:
            assert await figures.unbalanced(tx) == []
