"""Looking whether everything that a deployment needs is there and fits together. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connectors.registry import Registry
from pipeline import bootstrap
from pipeline.credentials import Vault
from pipeline.settings import Settings
from pipeline.store import connections, migrate
from pipeline.store.connections import ConnectionRow
from pipeline.store.engine import Store
from pipeline.topology.apply import make_plan
from schemas.errors import ConfigError, ErpflowError


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: ``said`` is what there is, or what to do about it."""

    what: str
    ok: bool
    said: str


async def examine(load: Callable[[], Settings], registry: Registry) -> list[Finding]:
    """Look at environment, connectors, store, AWS and connections. ``load`` reads the settings.

    Never raises an ErpflowError: it becomes a finding, and what it hides from view is left out.
    """
    found = _connectors(registry)
    try:
        settings = load()
    except ConfigError as error:
        return [Finding("environment", False, str(error)), *found]
    aws = f"the AWS at {settings.endpoint}" if settings.endpoint else f"AWS in {settings.region}"
    environment = Finding("environment", True, f"Everything is set, for {aws} and topics that begin {settings.prefix}")
    return [environment, *found, await _aws(settings, registry), *await _store(settings, registry)]


def _connectors(registry: Registry) -> list[Finding]:
    good = [
        Finding(f"connector {system}", True, f"{one.spec.title}, {len(one.spec.streams)} streams")
        for system, one in registry.connectors.items()
    ]
    return [*good, *(Finding(f"connector {name}", False, str(error)) for name, error in registry.broken.items())]


async def _aws(settings: Settings, registry: Registry) -> Finding:
    try:
        plan = await make_plan(bootstrap.access(settings), bootstrap.topology(settings, registry))
    except ErpflowError as error:
        return Finding("AWS", False, str(error))
    if plan.steps:
        return Finding("AWS", False, f"{len(plan.steps)} parts of the topology are missing; run erpflow topology apply")
    return Finding("AWS", True, "All topics, queues and subscriptions are there")


async def _store(settings: Settings, registry: Registry) -> list[Finding]:
    try:
        async with Store.open(settings.store) as store:
            if problem := (await migrate.standing(store)).problem:
                return [Finding("store", False, problem.rstrip("."))]
            async with store.reading() as tx:
                rows = await connections.everything(tx)
    except ErpflowError as error:
        return [Finding("store", False, str(error))]
    reached = Finding("store", True, f"Reached, {store.dialect}, with tables that fit")
    return [reached, *_connections(settings, registry, rows)]


def _connections(settings: Settings, registry: Registry, rows: list[ConnectionRow]) -> list[Finding]:
    if not rows:
        return []
    try:
        vault = _vault(settings)
    except ConfigError as error:
        return [Finding("data key", False, str(error))]
    return [_connection(row, registry, vault) for row in rows]


def _vault(settings: Settings) -> Vault:
    """The vault; unlike a worker's, it never makes a new key, which would open nothing that is there."""
    file = settings.home / "data.key"
    if settings.data_key is None and not file.exists():
        raise ConfigError(f"There is no data key in {file}; restore that file or set ERPFLOW_DATA_KEY.")
    return bootstrap.vault(settings)


def _connection(row: ConnectionRow, registry: Registry, vault: Vault) -> Finding:
    what = f"connection {row.id}"
    try:
        registry.get(row.system)
        vault.open(row.secrets, row.id)
    except ErpflowError as error:
        return Finding(what, False, str(error))
    if row.state == "needs_consent":
        return Finding(what, False, str(row.reason))
    return Finding(what, True, f"Its credentials can be read; it is {row.state}")
