"""``erpflow connectors``: which systems can be connected."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from connectors.base import Connector
from connectors.registry import Registry
from pipeline.cli.output import AsJson, show, show_json

app = typer.Typer(help="The systems that can be connected.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_connectors(as_json: AsJson = False) -> None:
    """List the installed connectors.

    A broken one is told on standard error and hides no other.
    """
    registry = Registry.load()
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
    """Show a connector's settings and streams."""
    connector = Registry.load().get(system)
    if as_json:
        show_json(connector.spec.model_dump(mode="json"))
        return
    show(_settings(connector), False, "It needs no settings.")
    show(_streams(connector), False, "It has no streams.")


def _settings(connector: Connector) -> list[dict[str, Any]]:
    return [
        {
            "setting": setting.name,
            "kind": "secret" if setting.secret else "setting",
            "required": "yes" if setting.required else "no",
            "default": setting.default,
            "description": setting.description,
        }
        for setting in connector.spec.settings
    ]


def _streams(connector: Connector) -> list[dict[str, Any]]:
    return [
        {
            "stream": stream.name,
            "entities": ", ".join(stream.entities),
            "changes": "by change stamp" if stream.increment else "by comparison",
            "deletes": stream.deletes,
            "every": stream.every,
        }
        for stream in connector.spec.streams
    ]
