"""A process that uses a token once, has it renewed, and so on until it is killed."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiosqlite  # noqa: F401  # with the fork server, not in each child
import httpx
import psutil
import psycopg  # noqa: F401
import sqlalchemy.dialects.postgresql.psycopg
import sqlalchemy.dialects.sqlite.aiosqlite  # noqa: F401

from connectors.base import Access
from connectors.http import HttpClient, Request
from connectors.registry import Registry
from connectors.retry import NEVER
from connectors.spec import ConnectorSpec
from pipeline.clock import SystemClock
from pipeline.credentials import Vault
from pipeline.custodian import Custodian
from pipeline.custody import CustodyPolicy
from pipeline.renewing import Keeping
from pipeline.spool import Spool
from pipeline.store import connections
from pipeline.store.engine import Store
from schemas.errors import ConfigError, NeedsConsent, RateLimited, Retryable
from tests.support.tokens import system

STEP = 0.5
POLICY = CustodyPolicy(within=timedelta(seconds=1.5), wait=timedelta(seconds=20), again=timedelta(seconds=0.2))


@dataclass(frozen=True)
class Order:
    """What a refresher is told. ``received`` is the file it notes each refresh token in, once it is in its hands."""

    store: str
    key: str
    grace: float
    home: Path
    received: Path
    storm: int


def main(order: Order) -> None:
    """Run until killed."""
    asyncio.run(_run(order))


class NotingSpool(Spool):
    """The spool, which also notes how often an answer was in hand: that outlives the process."""

    def __init__(self, folder: Path, note: Path) -> None:
        super().__init__(folder)
        self._note = os.open(note, os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def put(self, credential, kept):  # type: ignore[no-untyped-def]
        file = None
        os.write(self._note, f"{kept.epoch}\n".encode())
        return file


async def _run(order: Order) -> None:
    vault = Vault(order.key)
    auth = system.consenting(grace=timedelta(seconds=order.grace))
    keeping = Keeping(POLICY, NotingSpool(order.home / "spool", order.received))
    quick = httpx.AsyncHTTPTransport(verify=False)  # reading all certificates takes longer than a refresh
    async with Store.open(order.store) as store, HttpClient(policy=NEVER, transport=quick) as http:
        custodian = Custodian(store, vault, http, SystemClock(), keeping)
        async with asyncio.TaskGroup() as group:
            group.create_task(_step(custodian, system.registry(auth), order.storm))
            group.create_task(_use(custodian, store, system.spec(auth), http))


async def _step(custodian: Custodian, found: Registry, storm: int) -> None:
    while psutil.pid_exists(storm):  # a storm that was itself ended leaves nothing behind
        try:
            await custodian.step(found)
        except Retryable:
            await asyncio.sleep(0.1)
        await asyncio.sleep(STEP)
    os._exit(1)


async def _use(custodian: Custodian, store: Store, spec: ConnectorSpec, http: HttpClient) -> None:
    while True:
        async with store.reading() as tx:
            row = await connections.get(tx, "north-oauthy")
        if row.state != "active":
            await asyncio.sleep(0.1)
            continue
        try:
            await _visit(await custodian.access(spec, row), f"{row.settings['base_url']}/customers", http)
        except (NeedsConsent, Retryable, RateLimited, ConfigError):
            await asyncio.sleep(0.05)


async def _visit(access: Access, url: str, http: HttpClient) -> None:
    """Use the token ten times, and each time tell that the API takes it no more."""
    assert access.tokens is not None
    for _ in range(10):
        shown = {"Authorization": f"Bearer {(token := await access.tokens.token())}"}
        await http.send(Request("GET", url, headers=shown, allow=frozenset({401})))
        await access.tokens.refused(token)
