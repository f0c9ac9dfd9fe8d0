"""``erpflow demo``: the main job on a real ERP, on this machine, with one command."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from pipeline.cli.output import AsJson, show_json
from pipeline.cli.screen import Screen
from pipeline.local import demo as local
from pipeline.local.demo import Demo, Standing
from schemas.errors import ErpflowError

Home = Annotated[Path, typer.Option(envvar="ERPFLOW_HOME", help="Where the demo keeps its files.")]
Cache = Annotated[
    Path | None, typer.Option(help="Where Tryton's installation is kept; cache in the home if not given.")
]
Within = Annotated[float, typer.Option(min=1, help="Seconds that the first sync may take with --once.")]


def demo(
    once: Annotated[bool, typer.Option("--once", help="End when the first sync balances.")] = False,
    as_json: AsJson = False,
    home: Home = Path(".erpflow"),
    cache: Cache = None,
    within: Within = 600,
) -> None:
    """Run AWS, a store, a seeded Tryton and all workers here; poll until Ctrl-C."""
    showing = Showing(quiet=as_json)
    began = time.monotonic()
    try:
        standing = asyncio.run(_demo(home, cache or home / "cache", within if once else None, showing))
    except asyncio.CancelledError:
        raise ErpflowError("Interrupted while it was starting; everything that it started is stopped.") from None
    if as_json:
        show_json(standing.summary(time.monotonic() - began))
    else:
        showing.close(standing)
    raise typer.Exit(0 if standing.balanced or not once else 1)


class Showing:
    """What a person sees: sentences while it starts, then the live table; with ``quiet`` only the sentences."""

    def __init__(self, *, quiet: bool) -> None:
        self._console = Console(stderr=True)
        self._screen = Screen()
        self._live = None if quiet or not self._console.is_terminal else Live(console=self._console, auto_refresh=False)

    def say(self, sentence: str) -> None:
        """One line, before the table."""
        self._console.print(Text(sentence))

    def live(self) -> Any:
        """The context in which the table is live."""
        return self._live or nullcontext()

    def draw(self, standing: Standing) -> None:
        """Update the table."""
        if self._live:
            self._live.update(self._screen.draw(standing), refresh=True)

    def close(self, standing: Standing) -> None:
        """The last line."""
        self._console.print(Text(self._screen.books(standing)))


async def _demo(home: Path, cache: Path, within: float | None, showing: Showing) -> Standing:
    stopping, working = asyncio.Event(), asyncio.Event()
    _on_signals(stopping, working)
    async with local.running(home, cache, showing.say) as running:
        working.set()
        with showing.live():
            return await _work(running, stopping, within, showing)


async def _work(running: Demo, stopping: asyncio.Event, within: float | None, showing: Showing) -> Standing:
    def until(standing: Standing) -> bool:
        return stopping.is_set() or (within is not None and standing.settled)

    try:
        async with asyncio.timeout(within):
            return await local.work(running, until, showing.draw)
    except TimeoutError:
        raise ErpflowError(
            f"The first sync did not balance within {within} s; {running.log} says what the workers did."
        ) from None


def _on_signals(stopping: asyncio.Event, working: asyncio.Event) -> None:
    """While workers run, a signal ends the work gracefully; before that it breaks off the start."""
    task = asyncio.current_task()

    def interrupt(cancel: Callable[[], object]) -> None:
        stopping.set()
        if not working.is_set():
            cancel()

    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, interrupt, task.cancel)
