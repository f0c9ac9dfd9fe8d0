"""Logs outlive an erasure: so no line of them has anything of a record, whatever happens to it."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from pipeline.broker.ports import Delivery, Message
from pipeline.observability import configure_logs
from pipeline.store.engine import Store
from pipeline.worker import Pace, Worker
from tests.support.leaving import LEAVING, NEEDLE, House, full_house
from tests.support.replays import Office, mended
from tests.support.stores import only_sqlite


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What a worker would write, from the lowest level on."""
    before, stream = structlog.get_config(), io.StringIO()
    configure_logs("debug", stream)
    try:
        yield stream
    finally:
        structlog.configure(**before)


@only_sqlite
async def test_no_line_of_the_log_has_anything_of_a_record(store: Store, tmp_path: Path, lines: io.StringIO) -> None:
    at = await full_house(store, tmp_path)
    await Office(at.flow, at.flow.registry).replay(connection=LEAVING)
    await Office(at.flow, mended(at.companies)).replay(connection=LEAVING)  # type: ignore[arg-type]
    at.companies.of("1").customer(20, name=NEEDLE, is_person=NEEDLE)
    at.flow.later(minutes=30)
    await at.flow.scheduler.step()
    await at.flow.work("wake-ups", at.flow.poll.handle)
    assert (await at.erase(tell=True)).holds
    await _worked_off(at)
    actions = {json.loads(line)["action"] for line in lines.getvalue().splitlines()}
    assert actions >= {"page_published", "page_mapped", "page_decided", "run_closed", "letters_kept", "replay_ended",
                       "erasure_began", "erasure_proved", "message_drop", "message_bury", "message_hide"}  # fmt: skip
    assert [line for line in lines.getvalue().splitlines() if NEEDLE in line] == []


async def _worked_off(at: House) -> None:
    """The worker's own loop: a page of the erased connection, one that nobody can read, and one that is a defect."""
    broken = {"one": f'{{"specversion": "{NEEDLE}"}}', "two": f"<{NEEDLE}>"}
    await at.flow.broker.send("transformer", [Message(body) for body in broken.values()])
    defect = Message("defect")
    await at.flow.broker.send("transformer", [defect])

    async def handle(delivery: Delivery) -> None:
        if delivery.body == defect.body:
            raise KeyError(NEEDLE)
        await at.flow.transform.handle(delivery)

    worker = Worker(at.flow.broker, "transformer", handle, Pace(wait=0.05))
    running = asyncio.create_task(worker.run(1))
    while await at.flow.broker.depth("transformer-dlq") < len(broken) or await at.flow.broker.depth("transformer") > 1:
        await asyncio.sleep(0)
    worker.stop()
    await running
