"""``erpflow audit``: what the broker lost, and its repair without a call to any ERP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from pipeline import bootstrap, settings
from pipeline.audit import Audit
from pipeline.cli.output import AsJson, run_async, show_json
from pipeline.cli.trail import trail
from schemas.errors import ConfigError
from schemas.pages import PageHead

Grace = Annotated[float, typer.Option(min=0, help="Seconds that a page may be under way.")]
Since = Annotated[
    datetime | None, typer.Option(help="With --repair: send all events again that were sent since (UTC).")
]
Reread = Annotated[
    bool, typer.Option("--reread", help="With --repair: read streams in full whose pages the archive has lost.")
]


def audit(
    repair: Annotated[bool, typer.Option("--repair", help="Publish again what is lost.")] = False,
    grace: Grace = 900,
    since: Since = None,
    reread: Reread = False,
    as_json: AsJson = False,
) -> None:
    """Find what the broker lost, and repair it.

    Looks for pages that were read and never accounted for; exit status 1 while there are some.
    """
    if not repair and (since or reread):
        raise ConfigError("--since and --reread belong to a repair; add --repair.")

    async def work() -> dict[str, Any]:
        async with bootstrap.open_runtime(settings.load()) as runtime:
            found = Audit(runtime.store, runtime.broker, runtime.archive, runtime.clock, timedelta(seconds=grace))
            if repair:
                async with runtime.store.transaction() as tx:
                    await trail(tx, "audit --repair", "the store", {"since": since, "reread": reread})
            seen = await found.examine(repair=repair)
            return {
                "lost pages": seen.lost,
                "published again": seen.published,
                "gone from the archive": _named(seen.gone),
                "to be read again": await found.read_again(seen.gone) if reread else 0,
                "events to send again": await found.resend(since.replace(tzinfo=UTC)) if since else 0,
            }

    told = run_async(work())
    if as_json:
        show_json(told)
    else:
        for sentence in _sentences(told):
            typer.echo(sentence)
    raise typer.Exit(1 if told["lost pages"] > told["published again"] + told["to be read again"] else 0)


def _named(gone: Sequence[PageHead]) -> list[dict[str, Any]]:
    return [
        {"run": head.run, "page": head.number, "connection": head.connection, "stream": head.stream} for head in gone
    ]


def _sentences(told: dict[str, Any]) -> Iterator[str]:
    gone = told["gone from the archive"]
    if told["published again"] or told["events to send again"]:
        yield (
            f"{told['published again']} pages are published again and {told['events to send again']} events will be; "
            "workers that run bring the books to balance."
        )
    elif waiting := told["lost pages"] - len(gone):
        yield f"{waiting} pages have no account; erpflow audit --repair publishes them again."
    elif not gone:
        yield "Every page that was read is accounted for."
    if gone:
        yield _of_gone(gone, told["to be read again"])


def _of_gone(gone: Sequence[dict[str, Any]], read_again: int) -> str:
    """One sentence, however many there are: --json names them all."""
    where = "page {page} of run {run} (stream {stream} of connection {connection})".format(**gone[0])
    more = f" and of {len(gone) - 1} more" if len(gone) > 1 else ""
    lost = f"The archive has lost the content of {where}{more}"
    if read_again:
        return f"{lost}; their runs stay out of balance, and the next visit reads their streams in full from the ERP."
    return f"{lost}, which only the ERP can give again; erpflow audit --repair --reread has it read in full."
