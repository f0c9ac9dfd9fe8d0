"""One real MiniStack for the whole test session, and a name prefix of its own for each test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from uuid import uuid4

import pytest

from pipeline.aws.access import AwsAccess
from pipeline.local.ministack import ministack

REGION = "eu-north-1"


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsAccess]:
    """Access to a MiniStack that this session starts and stops; its event loop has a thread of its own."""
    started: Future[AwsAccess] = Future()
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()
    thread = threading.Thread(
        target=_run, args=(loop, tmp_path_factory.mktemp("ministack"), started, ended), name="ministack"
    )
    thread.start()
    try:
        yield started.result(timeout=60)
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(timeout=60)


@pytest.fixture
def prefix() -> str:
    """A prefix that no other test uses, so that tests need no clean MiniStack."""
    return f"t{uuid4().hex[:10]}-"


def _run(loop: asyncio.AbstractEventLoop, state: Path, started: Future[AwsAccess], ended: asyncio.Event) -> None:
    async def serve() -> None:
        try:
            async with ministack(state, region=REGION) as access:
                started.set_result(access)
                await ended.wait()
        except BaseException as error:
            if not started.done():
                started.set_exception(error)
            raise

    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(serve())
    finally:
        loop.close()
