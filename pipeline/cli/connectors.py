"""``erpflow connectors``: which systems can be connected."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.certify import certify_connectors
from pipeline.cli.coverage import show_coverage
from pipeline.cli.describing import coverage, document, limits, settings, streams
from pipeline.cli.new_connector import new_connector
from pipeline.cli.output import AsJson, show, show_json
from pipeline.cli.plan import plan_connectors
from pipeline.installed import installed

app = typer.Typer(help="The systems that can be connected.", no_args_is_help=True, rich_markup_mode=None)
app.command("certify")(certify_connectors)
app.command("new")(new_connector)
app.command("coverage")(show_coverage)
app.command("plan")(plan_connectors)


@app.command("list")
def list_connectors(as_json: AsJson = False) -> None:
    """List the installed connectors.

    A broken one is told on standard error and hides no other.
    """
    registry = installed()
    rows = [
        {"system": system, "title": found.spec.title, "streams": len(found.spec.streams)}
        for system, found in registry.connectors.items()
    ]
    show(rows, as_json, "No connector is installed.")
    for name, error in registry.broken.items():
        typer.echo(f"erpflow: {name}: {error}", err=True)


@app.command("show")
def show_connector(
    system: Annotated[str, typer.Argument(help="As erpflow connectors list shows it.")], as_json: AsJson = False
) -> None:
    """Show a connector's settings, streams, limits and coverage, and how late it sees what happens."""
    connector = installed().get(system)
    if as_json:
        show_json(document(connector))
        return
    show(settings(connector), False, "It needs no settings.")
    show(streams(connector), False, "It has no streams.")
    show(limits(connector), False, "It keeps no limits.")
    show(coverage(connector), False, "It gives no entities.")
