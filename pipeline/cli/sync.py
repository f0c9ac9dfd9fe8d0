"""``erpflow sync``: read a connection now, with a progress bar until the books balance."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from pipeline import bootstrap, settings, syncing
from pipeline.cli.output import AsJson, run_async, show_json
from pipeline.clock import SystemClock
from pipeline.installed import installed
from pipeline.store import connections, figures, streams
from pipeline.store.connections import ConnectionRow
from pipeline.store.engine import Store
from pipeline.store.figures import StreamFigures
from schemas.errors import ConfigError, ErpflowError


def sync(
    connection: Annotated[str, typer.Argument(help="As erpflow connections list shows it.")],
    stream: Annotated[list[str] | None, typer.Option(help="Only this stream, repeatable.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Scan everything, not only what changed.")] = False,
    since: Annotated[datetime | None, typer.Option(help="Read changes again from this instant (UTC).")] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait at most.")] = 3600,
    as_json: AsJson = False,
) -> None:
    """Read a connection now.

    Waits until its books balance. Workers must be running (erpflow up); they do the work, and go on if this is stopped.
    """

    async def work() -> list[StreamFigures]:
        async with bootstrap.open_store(settings.load()) as store:
            asked = SystemClock().now()
            ids = await _ask(store, connection, asked, stream or [], (full, since))
            try:
                async with asyncio.timeout(timeout):
                    return await _wait(store, connection, ids, asked, quiet=as_json)
            except TimeoutError:
                raise ErpflowError(
                    f"The sync of {connection} did not end within {timeout:.0f} s; "
                    "it goes on by itself as soon as workers run (erpflow up)."
                ) from None

    done = run_async(work())
    if as_json:
        show_json({one.name: one.counts for one in done})
    else:
        typer.echo(f"Connection {connection} is read and its books balance.")


async def _ask(
    store: Store, connection: str, now: datetime, names: list[str], how: tuple[bool, datetime | None]
) -> list[int]:
    full, since = how
    async with store.transaction() as tx:
        row = await connections.get(tx, connection)
        if row.state != "active":
            raise ConfigError(_not_read(row))
        spec = installed().get(row.system).spec
        ids = await syncing.ask(tx, spec, connection, names, now)
        if full:
            await syncing.ask_in_full(tx, ids)
        if since:
            await syncing.ask_since(tx, ids, since.replace(tzinfo=UTC))
    return ids


def _not_read(row: ConnectionRow) -> str:
    reason = str(row.reason).rstrip(".")
    if row.state == "needs_consent":
        return f"Connection {row.id} is not read: {reason}."
    return f"Connection {row.id} is not read: {reason}; read it again with: erpflow connections resume {row.id}."


async def _wait(store: Store, connection: str, ids: list[int], asked: datetime, quiet: bool) -> list[StreamFigures]:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("records accounted for")
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as progress:
        task = progress.add_task(connection)
        while True:
            async with store.reading() as tx:
                row = await connections.get(tx, connection)
                rows = [one for one in await streams.of_connection(tx, connection) if one.id in ids]
                every = await figures.of_streams(tx, connection)
                due = await streams.due_since(tx, ids, asked)
            syncing.check(row, rows, asked)
            found = [one for one in every if one.name in {row.name for row in rows}]
            total = sum(one.journaled for one in found)
            progress.update(task, total=total, completed=sum(one.counts["read"] for one in found))
            if not due and syncing.settled(found, unfinished=0):
                return found
            await asyncio.sleep(0.2)
