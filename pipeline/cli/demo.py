"""``erpflow demo``: the main job on a real ERP, on this machine, with one command."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from pipeline.cli.output import AsJson, show_json
from pipeline.local import demo as local
from pipeline.local.demo import Standing
from schemas.errors import ErpflowError

Home = Annotated[Path, typer.Option(envvar="ERPFLOW_HOME", help="Where the demo keeps its files.")]


def demo(
    once: Annotated[bool, typer.Option("--once", help="End when the first sync balances.")] = False,
    as_json: AsJson = False,
    home: Home = Path(".erpflow"),
    within: Annotated[float, typer.Option(min=1, help="Seconds that the first sync may take with --once.")] = 600,
) -> None:
    """Run AWS, a store, a seeded Tryton and all workers here; poll until Ctrl-C."""
    console = Console(stderr=True)
    try:
        standing, seconds = asyncio.run(_demo(home, within if once else None, console, quiet=as_json))
    except KeyboardInterrupt:
        raise typer.Exit(1) from None
    if as_json:
        show_json(standing.summary(seconds))
    else:
        console.print(_closing(standing, seconds))
    raise typer.Exit(0 if standing.summary(seconds)["balanced"] or not once else 1)


async def _demo(home: Path, within: float | None, console: Console, quiet: bool) -> tuple[Standing, float]:
    began = time.monotonic()
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)

    def done(standing: Standing) -> bool:
        return stopping.is_set() or (within is not None and standing.settled)

    async with local.running(home, lambda sentence: _say(console, sentence)) as running:
        with Live(console=console, auto_refresh=False, transient=False) as live:
            show: Callable[[Standing], None] = lambda _: None  # noqa: E731
            if not quiet and sys.stderr.isatty():
                show = lambda standing: live.update(_screen(standing, began), refresh=True)  # noqa: E731
            try:
                async with asyncio.timeout(within):
                    standing = await local.work(running, done, show)
            except TimeoutError:
                raise ErpflowError(
                    f"The first sync did not balance within {within} s; look into {home / 'demo'}/erpflow.log."
                ) from None
    return standing, time.monotonic() - began


def _say(console: Console, sentence: str) -> None:
    console.print(Text(sentence))


def _screen(standing: Standing, began: float) -> Group:
    table = Table("stream", "state", "read", "mapped", "skipped", "rejected", "created", "updated", "deleted")
    for one in standing.streams:
        state = one.last_error or ("up to date" if one.settled else "reading")
        names = ("read", "mapped", "skipped", "rejected", "created", "updated", "deleted")
        table.add_row(one.name, state, *(f"{one.counts[name]:,}" for name in names))
    return Group(table, Text(_books(standing, time.monotonic() - began)))


def _books(standing: Standing, seconds: float) -> str:
    read = sum(one.counts["read"] for one in standing.streams)
    told = sum(standing.information.values())
    books = "balanced" if standing.settled and not standing.unbalanced else f"{standing.unfinished} things open"
    return (
        f"{read:,} records read, {told:,} events told, {read / seconds:,.0f} records/s; books: {books}. Ctrl-C stops."
    )


def _closing(standing: Standing, seconds: float) -> str:
    return _books(standing, seconds).replace(" Ctrl-C stops.", "")
