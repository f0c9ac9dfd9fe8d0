"""``erpflow republish``: the present state for a new subscriber."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline import bootstrap, republishing, settings
from pipeline.archive.s3 import open_archive
from pipeline.broker.aws import open_broker
from pipeline.cli.output import AsJson, run_async, say
from pipeline.cli.trail import trail


def republish(
    entity: Annotated[str, typer.Option(help="Kind of entity, for example customer.")],
    to: Annotated[str, typer.Option(help="The subscriber's queue, without the prefix.")],
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's.")] = None,
    as_json: AsJson = False,
) -> None:
    """Give one queue the present state.

    Sends every entity of a kind, deleted ones included, past the topic. May be repeated.
    """
    found = settings.load()

    async def work() -> int:
        async with (
            bootstrap.open_store(found) as store,
            open_broker(bootstrap.access(found), found.prefix) as broker,
            open_archive(bootstrap.access(found), found.bucket) as archive,
        ):
            async with store.transaction() as tx:
                await trail(tx, "republish", f"{entity} to {to}", {"tenant": tenant})
            return await republishing.republish(store, broker, archive, entity, to, tenant)

    count = run_async(work())
    say(f"{count} events are sent to {to}.", {"events": count, "queue": to}, as_json)
