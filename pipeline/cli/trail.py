"""The audit trail: each command that changes something writes a line, and ``erpflow actions`` shows them."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline import bootstrap, settings
from pipeline.cli.output import AsJson, run_async, show
from pipeline.clock import SystemClock
from pipeline.store import actions as stored
from pipeline.store.actions import Action


async def trail(tx: AsyncConnection, what: str, target: str, details: Any = None) -> None:
    """Write down what the operator of this process does, in the transaction that does it."""
    await stored.add(tx, Action(settings.load().operator, what, target, None, details), SystemClock().now())


def actions(
    about: Annotated[str | None, typer.Option(help="Only what was done to targets with this in their name.")] = None,
    most: Annotated[int, typer.Option(min=1, max=1000, help="So many of them.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show who did what, when and why.

    The newest actions of operators; ERPFLOW_OPERATOR says who one is.
    """

    async def work() -> list[dict[str, Any]]:
        async with bootstrap.open_store(settings.load()) as store, store.reading() as tx:
            return await stored.listed(tx, most, about)

    rows = run_async(work())
    shown = rows if as_json else [{name: value for name, value in row.items() if name != "details"} for row in rows]
    show(shown, as_json, "Nobody did anything yet.")
