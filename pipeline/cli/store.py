"""``erpflow store``: the tables."""

from __future__ import annotations

import typer

from pipeline import settings
from pipeline.cli.output import AsJson, run_async, say
from pipeline.store import migrate as migrations
from pipeline.store.engine import Store

app = typer.Typer(help="The store's tables.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def store() -> None:
    """The store's tables."""


@app.command("migrate")
def migrate(as_json: AsJson = False) -> None:
    """Bring the tables to the present version.

    May be repeated, and while workers of the release before run: this comes first, then the workers one by one.
    """

    async def work() -> None:
        async with Store.open(settings.load().store) as store:
            await migrations.upgrade(store)

    run_async(work())
    say("The store has the present tables.", {"migrated": True}, as_json)
