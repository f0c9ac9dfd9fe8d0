"""``erpflow runs``: syncs and their books."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline import bootstrap, releasing, settings
from pipeline.cli.output import AsJson, run_async, say, show, show_json
from pipeline.cli.trail import trail
from pipeline.clock import SystemClock
from pipeline.store import accounts, runs

app = typer.Typer(help="Syncs and their books.", no_args_is_help=True, rich_markup_mode=None)

Id = Annotated[str, typer.Argument(help="As erpflow runs list shows it.")]


@app.command("list")
def list_runs(
    connection: Annotated[str | None, typer.Option(help="Only of this connection.")] = None,
    most: Annotated[int, typer.Option(min=1, max=1000, help="So many of them.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the newest runs. A poll that found no change leaves none."""

    async def work() -> list[dict[str, Any]]:
        async with bootstrap.open_store(settings.load()) as store, store.reading() as tx:
            return [await _line(tx, row) for row in await runs.listed(tx, connection, most)]

    show(run_async(work()), as_json, "There is no run.")


@app.command("show")
def show_run(run: Id, as_json: AsJson = False) -> None:
    """Show the books of one run.

    They say where each record that was read ended.
    """

    async def work() -> dict[str, Any]:
        async with bootstrap.open_store(settings.load()) as store, store.reading() as tx:
            return await _books(tx, run)

    books = run_async(work())
    if as_json:
        show_json(books)
        return
    show([{"what": name, "": value} for name, value in books.items()], False, "")


@app.command("release")
def release(
    run: Id,
    deletes: Annotated[int, typer.Option(min=1, help="So many of the day's deletes may pass.")],
    as_json: AsJson = False,
) -> None:
    """Let held deletes pass.

    The limit of the run's stream is raised for a day, and the ERP is asked once more.
    """

    async def work() -> int:
        async with bootstrap.open_store(settings.load()) as store, store.transaction() as tx:
            await trail(tx, "runs release", f"run {run}", {"deletes": deletes})
            return await releasing.release(tx, run, deletes, SystemClock().now())

    count = run_async(work())
    sentence = f"{count} held records are looked at once more; up to {deletes} deletes may pass within a day."
    say(sentence, {"run": run, "asked": count, "deletes": deletes}, as_json)


async def _line(tx: AsyncConnection, row: Any) -> dict[str, Any]:
    pages, total = await accounts.of_run(tx, row.id)
    return {
        "run": row.id,
        "connection": row.connection,
        "stream": row.stream,
        "mode": row.mode,
        "state": row.state,
        "pages": f"{pages}/{row.pages}",
        "read": row.records,
        "mapped": total.mapped,
        "skipped": total.skipped,
        "rejected": total.rejected,
        "held": total.held,
        "balanced": row.balanced,
        "opened_at": row.opened_at,
    }


async def _books(tx: AsyncConnection, run: str) -> dict[str, Any]:
    row = await runs.get(tx, run)
    pages, total = await accounts.of_run(tx, run)
    return {
        "run": run,
        "connection": row.connection,
        "stream": row.stream,
        "mode": row.mode,
        "state": row.state,
        "pages": row.pages,
        "pages accounted for": pages,
        "records in the journal": row.records,
        **asdict(total),
        "swept": row.swept,
        "sweep": row.sweep,
        "balanced": row.balanced,
    }
