"""``erpflow sync``: read a connection now, with a progress bar until the books balance."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from connectors.registry import Registry
from pipeline import bootstrap, settings, syncing
from pipeline.cli.output import AsJson, run_async, show_json
from pipeline.clock import SystemClock
from pipeline.store import connections, figures, streams
from pipeline.store.engine import Store
from pipeline.store.figures import StreamFigures
from schemas.errors import ConfigError, ErpflowError


def sync(
    connection: str,
    stream: Annotated[list[str] | None, typer.Option(help="Only this stream, repeatable.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Scan everything, not only what changed.")] = False,
    since: Annotated[datetime | None, typer.Option(help="Read changes again from this instant (UTC).")] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait at most.")] = 3600,
    as_json: AsJson = False,
) -> None:
    """Read a connection now and wait until its books balance. Workers must be running (erpflow up)."""

    async def work() -> list[StreamFigures]:
        async with bootstrap.open_store(settings.load()) as store:
            asked = SystemClock().now()
            ids = await _ask(store, connection, stream or [], full, since)
            try:
                async with asyncio.timeout(timeout):
                    return await _wait(store, connection, ids, asked, quiet=as_json)
            except TimeoutError:
                raise ErpflowError(
                    f"The sync of {connection} did not end within {timeout:.0f} s; is erpflow up running? "
                    "It goes on by itself."
                ) from None

    done = run_async(work())
    if as_json:
        show_json({one.name: one.counts for one in done})
    else:
        typer.echo(f"Connection {connection} is read and its books balance.")


async def _ask(store: Store, connection: str, names: list[str], full: bool, since: datetime | None) -> list[int]:
    async with store.transaction() as tx:
        row = await connections.get(tx, connection)
        if row.state != "active":
            raise ConfigError(f"Connection {connection} is {row.state} ({row.reason}); resume it first.")
        spec = Registry.load().get(row.system).spec
        ids = await syncing.ask(tx, spec, connection, names, SystemClock().now())
        if full:
            await syncing.ask_in_full(tx, ids)
        if since:
            await syncing.ask_since(tx, ids, since.replace(tzinfo=UTC))
    return ids


async def _wait(store: Store, connection: str, ids: list[int], asked: datetime, quiet: bool) -> list[StreamFigures]:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("records accounted for")
    with Progress(*columns, disable=quiet) as progress:
        task = progress.add_task(connection)
        while True:
            async with store.reading() as tx:
                found = await figures.of_streams(tx, connection)
                open_ends = sum((await figures.unfinished(tx)).values())
                due = await streams.due_since(tx, ids, asked)
            total = sum(one.journaled for one in found)
            progress.update(task, total=total, completed=sum(one.counts["read"] for one in found))
            if not due and syncing.settled(found, open_ends):
                return found
            await asyncio.sleep(0.2)
