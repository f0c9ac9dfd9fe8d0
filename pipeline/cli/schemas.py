"""``erpflow schemas``: the contracts that subscribers read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.output import AsJson, say, show
from schemas import export
from schemas.errors import ConfigError

app = typer.Typer(help="JSON Schema and AsyncAPI of the events.", no_args_is_help=True, rich_markup_mode=None)

Directory = Annotated[Path, typer.Argument(help="Folder of the schema files.")]


@app.command("export")
def write(directory: Directory, as_json: AsJson = False) -> None:
    """Write the schemas of all types.

    JSON Schema for every type, and one AsyncAPI document.
    """
    files = export.export(directory)
    say(f"{len(files)} files are written to {directory}.", {"files": [str(file) for file in files]}, as_json)


@app.command("check")
def check(directory: Directory, as_json: AsJson = False) -> None:
    """Compare the types with released files.

    Exit status 1 if a subscriber could break.
    """
    if not any(directory.glob("*.json")):
        raise ConfigError(f"There are no schema files in {directory}; name the folder that export wrote.")
    found = export.check(directory)
    show([{"incompatible": sentence} for sentence in found], as_json, "Every change is compatible.")
    raise typer.Exit(1 if found else 0)
