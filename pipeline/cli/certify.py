"""``erpflow connectors certify``: whether a connector does what erpflow relies on."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from connectors.base import Access, Connector
from connectors.folder import connector as from_folder
from connectors.http import HttpClient
from pipeline import bootstrap, settings
from pipeline.budgets.gates import Gates
from pipeline.certificate.kit import kit_of
from pipeline.certificate.live import PROVES, LivePart
from pipeline.certificate.report import Report, certify
from pipeline.cli.output import AsJson, run_async, show, show_json
from pipeline.clock import SystemClock
from pipeline.installed import installed
from pipeline.sessions import Sessions
from pipeline.store import connections
from schemas.errors import ConfigError

Name = Annotated[
    str | None,
    typer.Argument(help="As erpflow connectors list shows it, or the path of a connector's folder or YAML file."),
]
All = Annotated[bool, typer.Option("--all", help="Every installed connector.")]
SamplesAt = Annotated[
    Path | None, typer.Option("--samples", help="Folder of the samples, where it is not beside the connector.")
]


Live = Annotated[
    str | None, typer.Option(help="A connection, whose account the harmless part is tried against: it only reads.")
]


def certify_connectors(
    name: Name = None, everything: All = False, samples: SamplesAt = None, live: Live = None, as_json: AsJson = False
) -> None:
    """Try a connector on an ERP made from its own spec and samples, with every fault that erpflow knows.

    Exit status 0: it has its certificate; 1: it has not, and the table says why; 2: there is no such connector.
    """
    if sum((everything, name is not None, live is not None)) != 1:
        raise ConfigError("Name one connector, or give --all, or a connection with --live.")
    if live is not None:
        reports = [run_async(_live(live))]
    else:
        found = _all() if everything else {str(name): _one(str(name))}
        reports = [run_async(_certified(system, one, samples)) for system, one in found.items()]
    _show(reports, everything, as_json)
    raise typer.Exit(0 if all(report.passed for report in reports) else 1)


def _one(name: str) -> Connector:
    """An installed connector; else that of a folder or file, which need not be installed."""
    registry = installed()
    if name in registry.connectors:
        return registry.connectors[name]
    path = Path(name)
    if path.is_dir() or path.suffix in (".yaml", ".yml"):
        return from_folder(path)
    return registry.get(name)


def _all() -> dict[str, Connector | ConfigError]:
    registry = installed()
    return {**registry.connectors, **registry.broken}


async def _certified(system: str, found: Connector | ConfigError, samples: Path | None) -> Report:
    """The report, also of one that cannot be tried: among all, it hides no other."""
    if isinstance(found, ConfigError):
        return Report(system, system, fault=str(found))
    try:
        return await certify(kit_of(found, samples))
    except ConfigError as error:
        return Report(found.spec.system, found.spec.title, fault=str(error))


async def _live(connection: str) -> Report:
    """The harmless part, with the connection's own credentials, as erpflow connections test uses them."""
    found, began = settings.load(), perf_counter()
    registry, clock = installed(), SystemClock()
    async with bootstrap.open_store(found) as store, HttpClient() as http:
        async with store.reading() as tx:
            row = await connections.get(tx, connection)
        connector = registry.get(row.system)
        access = Access(row.company, row.settings)
        async with (
            bootstrap.open_custodian(found, store, http) as custodian,
            Sessions(registry, custodian, http, Gates(store, clock)).open(row) as session,
        ):
            verdicts = await LivePart(connector, access, session).run(clock.now())
    title = f"{connector.spec.title} behind {connection}"
    return Report(row.system, title, verdicts, perf_counter() - began, proves=PROVES)


def _show(reports: list[Report], summary: bool, as_json: bool) -> None:
    if as_json:
        told: dict[str, Any] = {"passed": all(report.passed for report in reports)}
        show_json({**told, "connectors": [report.to_json() for report in reports]})
        return
    if summary:
        show([report.summary() for report in reports], False, "No connector is installed.")
        return
    report = reports[0]
    if report.fault:
        raise ConfigError(report.fault)
    show(report.rows(), False, "Nothing was tried.")
    typer.echo(_verdict(report))


def _verdict(report: Report) -> str:
    many, failed = len(report.verdicts), len(report.failures())
    if report.passed:
        return f"{report.title} has its certificate: {many} checks in {report.seconds:.1f} s."
    return f"{report.title} has no certificate: {failed} of {many} checks failed; correct them and run it again."
