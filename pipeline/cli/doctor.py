"""``erpflow doctor``: is everything there, and what is to be done if not."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from pipeline import settings
from pipeline.cli.output import AsJson, run_async, show_json
from pipeline.credentials import new_data_key
from pipeline.doctor import examine
from pipeline.installed import installed


def doctor(
    as_json: AsJson = False,
    new_key: Annotated[
        bool, typer.Option("--new-data-key", help="Only print a new value for ERPFLOW_DATA_KEY.")
    ] = False,
) -> None:
    """Look for what is missing or wrong.

    Looks at the environment, the connectors, AWS, the store and each connection's credentials, and changes nothing.
    Exit status 1 if something is wrong.
    """
    if new_key:
        typer.echo(new_data_key())
        return
    found = run_async(examine(settings.load, installed()))
    ok = all(one.ok for one in found)
    if as_json:
        show_json({"ok": ok, "findings": [asdict(one) for one in found]})
    else:
        for one in found:
            typer.echo(f"{'ok   ' if one.ok else 'WRONG'}  {one.what}: {one.said.rstrip('.')}.")
    raise typer.Exit(0 if ok else 1)
