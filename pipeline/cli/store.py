"""``erpflow store``: the tables."""

from __future__ import annotations

import typer

from pipeline import bootstrap, settings
from pipeline.cli.output import run_async

app = typer.Typer(help="The store's tables.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def store() -> None:
    """The store's tables."""


@app.command("migrate")
def migrate() -> None:
    """Bring the tables to the present version.

    May be repeated. Workers do it at their start, too.
    """

    async def work() -> None:
        async with bootstrap.open_store(settings.load()):
            pass

    run_async(work())
    typer.echo("The store has the present tables.")
