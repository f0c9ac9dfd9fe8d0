"""A connector's whole suite for pytest. Its test file is this::

    from acme_connector import CONNECTOR
    from pipeline.certificate.plugin import certificate

    test_certificate = certificate(CONNECTOR)

Nothing of it is loaded by pytest runs that do not import it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from connectors.base import Connector
from pipeline.certificate.checks import ALL
from pipeline.certificate.kit import Kit, kit_of
from pipeline.certificate.run import judge, subjects
from pipeline.certificate.verdicts import Check, Outcome, Verdict


def certificate(connector: Connector | Kit) -> Callable[..., None]:
    """A test for every check, over all streams; one that is not applicable passes, since the report names it.

    Give a ``Kit`` instead of a connector where samples or server are elsewhere.
    """
    kit = connector if isinstance(connector, Kit) else kit_of(connector)

    @pytest.mark.parametrize("check", ALL, ids=[check.name for check in ALL])
    def test_certificate(check: Check) -> None:
        hold(kit, check)

    return test_certificate


def hold(kit: Kit, check: Check) -> None:
    """Fail the test that runs where a check fails for any stream, with the reason for each."""
    verdicts = asyncio.run(_verdicts(kit, check))
    failed = [f"{verdict.stream or kit.connector.spec.title}: {verdict.reason}" for verdict in verdicts]
    if failed:
        pytest.fail("\n".join((check.proves, "But:", *failed)), pytrace=False)


async def _verdicts(kit: Kit, check: Check) -> list[Verdict]:
    found = [await judge(kit, check, stream) for stream in subjects(kit, check)]
    return [verdict for verdict in found if verdict.outcome is Outcome.FAILED]
