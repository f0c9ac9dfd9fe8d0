"""``erpflow tap``: watch the live events of a topic."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline import settings, tapping
from pipeline.cli.output import run_async


def tap(
    topic: Annotated[str, typer.Argument(help="For example information-customer or notification-sync.")],
    most: Annotated[int, typer.Option(min=0, help="Stop after so many events; 0: not by itself.")] = 0,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's.")] = None,
) -> None:
    """Watch the events of a topic.

    Shows live events, one JSON line each, until Ctrl-C. The queue that it makes is removed again.
    """

    async def work() -> None:
        shown = 0
        async for line in tapping.events(settings.load(), topic, tenant):
            typer.echo(line)
            shown += 1
            if shown == most:
                return

    try:
        run_async(work())
    except KeyboardInterrupt:
        return
