"""``erpflow retransform``: stored pages through the present mapping, with no call to any ERP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from pipeline import bootstrap, settings
from pipeline.cli.output import AsJson, run_async, show_json
from pipeline.cli.replays import tell
from pipeline.cli.trail import trail
from pipeline.retransforming import Retransformed, Scope


def retransform(
    system: Annotated[str, typer.Option(help="As erpflow connectors list shows it.")],
    stream: Annotated[str | None, typer.Option(help="Only this stream.")] = None,
    connection: Annotated[str | None, typer.Option(help="Only of this connection.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Only what was read since (UTC).")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Write and publish what differs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run stored pages through the mapping as it is now.

    Shows what would change; with --apply it is changed, and only differences are published. No ERP is asked.
    """
    scope = Scope(system, stream, connection, since.replace(tzinfo=UTC) if since else None)

    async def work() -> Retransformed:
        async with bootstrap.open_runtime(settings.load()) as runtime:
            runtime.registry.get(system)
            if apply:
                async with runtime.store.transaction() as tx:
                    await trail(tx, "retransform", f"{system} {stream or ''} {connection or ''}".strip())
            console = Console(stderr=True)
            with console.status("0 pages") as status:
                return await bootstrap.retransform(runtime).work(
                    scope, apply=apply, shown=lambda done: status.update(f"{done.pages} pages")
                )

    done = run_async(work())
    counts = {"pages": done.pages, "lost pages": done.lost, "records beyond": done.beyond, "applied": apply}
    if as_json:
        show_json({**counts, "records": done.tally.letters, **done.tally.as_json(), "samples": done.samples})
        return
    tell({"what": "records", "letters": done.tally.letters, **done.tally.as_json(), "samples": done.samples})
    for sentence in _sentences(done, apply):
        typer.echo(sentence)


def _sentences(done: Retransformed, applied: bool) -> list[str]:
    told = []
    if done.lost:
        told.append(f"The archive has lost {done.lost} of {done.pages} pages; erpflow audit says which.")
    if done.beyond:
        told.append(f"{done.beyond} records come from pages that are no longer kept; erpflow sync --full reads them.")
    if not applied:
        told.append("Nothing was changed; --apply does it.")
    return told
