"""``erpflow connectors coverage``: how sure each field of the common model is, by system."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from connectors.coverage import LEVELS
from connectors.coverage_pages import levels, pages
from connectors.systems import own
from pipeline.cli.output import AsJson, show
from pipeline.installed import installed
from schemas.errors import ConfigError

Write = Annotated[Path | None, typer.Option(help="Write the documents about our own systems into this folder.")]


def show_coverage(write: Write = None, as_json: AsJson = False) -> None:
    """Show how many fields of each entity have which level, for every installed connector."""
    if write is not None:
        _write(write)
        return
    rows: list[dict[str, Any]] = [
        {"system": system, "entity": entity, **{level: found[level] for level in LEVELS}}
        for system, connector in installed().connectors.items()
        for entity, found in levels(connector).items()
    ]
    show(rows, as_json, "No connector is installed.")


def _write(folder: Path) -> None:
    try:
        for name, text in pages(own()).items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"The documents cannot be written to {folder} ({error.strerror}); choose another folder."
        ) from error
