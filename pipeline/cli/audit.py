"""``erpflow audit``: what the broker lost, and its repair without a call to any ERP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from pipeline import bootstrap, settings
from pipeline.audit import Audit
from pipeline.cli.output import AsJson, run_async, show_json

Grace = Annotated[float, typer.Option(min=0, help="Seconds that a page may be under way.")]
Since = Annotated[
    datetime | None, typer.Option(help="With --repair: send all events again that were sent since (UTC).")
]


def audit(
    repair: Annotated[bool, typer.Option("--repair", help="Publish again what is lost.")] = False,
    grace: Grace = 900,
    since: Since = None,
    as_json: AsJson = False,
) -> None:
    """Find what the broker lost, and repair it.

    Looks for pages that were published and never accounted for; exit status 1 while there are some.
    """

    async def work() -> dict[str, Any]:
        async with bootstrap.open_runtime(settings.load()) as runtime:
            found = Audit(runtime.store, runtime.broker, runtime.archive, runtime.clock, timedelta(seconds=grace))
            lost = await found.look()
            pages = await found.repair() if repair else 0
            events = await found.resend(since.replace(tzinfo=UTC)) if repair and since else 0
            return {"lost pages": lost, "published again": pages, "events to send again": events}

    told = run_async(work())
    if as_json:
        show_json(told)
    else:
        typer.echo(_sentence(told))
    raise typer.Exit(1 if told["lost pages"] > told["published again"] else 0)


def _sentence(told: dict[str, Any]) -> str:
    if told["published again"] or told["events to send again"]:
        return (
            f"{told['published again']} pages are published again and {told['events to send again']} events will be; "
            "workers that run bring the books to balance."
        )
    if told["lost pages"]:
        return f"{told['lost pages']} pages have no account; erpflow audit --repair publishes them again."
    return "Every page that was published is accounted for."
