"""Fixtures of the fuzz tests: one event loop, and one HTTP client whose answers each example decides."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from connectors.http import HttpClient
from connectors.retry import NEVER
from tests.support.fuzz.answers import Scripted
from tests.support.simulation import database


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    database.fresh()  # it runs a loop of its own
    with asyncio.Runner() as opened:
        yield opened


@pytest.fixture(scope="session")
def erp() -> Scripted:
    """The ERP that answers what the present example says."""
    return Scripted()


@pytest.fixture(scope="session")
def http(erp: Scripted) -> HttpClient:
    return HttpClient(policy=NEVER, transport=erp)
