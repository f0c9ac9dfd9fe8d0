"""``erpflow connectors new``: a package to begin with, which works before anything is changed in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.output import AsJson, say
from pipeline.scaffold.generate import generate

Name = Annotated[str, typer.Argument(help="Of the system: small letters, digits and hyphens, such as north-erp.")]
Folder = Annotated[Path, typer.Option("--dir", help="Where the package's folder is made.")]


def new_connector(name: Name, folder: Folder = Path(), as_json: AsJson = False) -> None:
    """Write the package of a new connector: spec, mapping, samples, tests and entry point.

    It has its certificate as it is; put in the paths and fields of the ERP, and keep it.
    """
    made = generate(name, folder)
    package = f"{name.replace('-', '_')}_connector"
    sentence = f"{made} is written; try it with: erpflow connectors certify {made / package}"
    say(sentence, {"written": str(made), "package": str(made / package)}, as_json)
