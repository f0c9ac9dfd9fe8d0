"""What the end-to-end tests share: per module one seeded Tryton and, for each shape, one deployment that reads it."""

from contextlib import AsyncExitStack
from uuid import uuid4

import pytest
import pytest_asyncio

from pipeline.local.tryton.server import TrytonServer
from pipeline.local.tryton.sizes import SMALL
from tests.support.deployment import TENANT, deployment, each_in_its_own, in_one_process, new_settings
from tests.support.stores import new_database
from tests.support.tryton import cache_dir


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tryton(tmp_path_factory):
    """A Tryton with a fresh copy of the small company; what a test changes stays for the next one of its module."""
    async with TrytonServer.start(cache_dir(), tmp_path_factory.mktemp("tryton"), SMALL) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deployed(request, tryton, aws, tmp_path_factory):
    """A deployment of the shape ``(store, workers)`` whose first load is complete."""
    store, workers = request.param
    home = tmp_path_factory.mktemp("deployment")
    url = f"sqlite:///{home / 'store.sqlite3'}"
    if store == "postgres":
        url = new_database(request.getfixturevalue("postgres_server"))
    settings = new_settings(aws, url, f"t{uuid4().hex[:10]}-", home)
    async with AsyncExitStack() as stack:
        found = await stack.enter_async_context(deployment(settings, tryton))
        running = in_one_process(found.runtime) if workers == "one process" else each_in_its_own(settings)
        await stack.enter_async_context(running)
        await found.connect(TENANT)
        await found.settled()
        yield found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests that use ``deployed`` in the shapes that their module names."""
    if "deployed" in metafunc.fixturenames:
        shapes = [
            pytest.param(shape, marks=pytest.mark.postgres if shape[0] == "postgres" else (), id=", ".join(shape))
            for shape in metafunc.module.SHAPES
        ]
        metafunc.parametrize("deployed", shapes, indirect=True, scope="module")
