"""erpflow's connector stage: pages over HTTP, journaled in SQLite, published on SNS. AWS is at ``ERPFLOW_ENDPOINT``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from sqlalchemy import func, select

from benchmarks import ours
from benchmarks.invoices import MAPPING, STREAM, SYSTEM
from connectors.base import Connector
from connectors.increment import Increment
from connectors.pagination import PageNumbers
from connectors.registry import Registry
from connectors.rest import open_rest
from connectors.rest_spec import RestApi, RestStream
from connectors.spec import ConnectorSpec, SettingSpec, StreamSpec
from pipeline import bootstrap
from pipeline.observability import configure_logs
from pipeline.process import spare_the_collector
from pipeline.settings import Settings
from pipeline.store import figures
from pipeline.store.tables import journal
from schemas.mapping import StreamMapping

SPEC = ConnectorSpec(
    system=SYSTEM,
    title="Made-up invoices",
    settings=(SettingSpec(name="base_url", description="Address of the ERP."),),
    rest=RestApi(pages=PageNumbers(param="page", size_param="size")),
    streams=(
        StreamSpec(
            name=STREAM, resource="/invoices", entities=("sales_invoice",), deletes="none", page_size=1000,
            increment=Increment(field="changedAt", param="changed_after"), rest=RestStream(records="data"),
        ),
    ),
)  # fmt: skip


async def run(address: str, folder: Path) -> int:
    """Load everything once; how many records the books have then."""
    registry = Registry({SYSTEM: Connector(SPEC, {STREAM: StreamMapping((MAPPING,))}, open_rest)})
    settings = Settings(home=folder, store=f"sqlite:///{folder / 'store.sqlite3'}")
    async with bootstrap.open_runtime(settings, registry) as runtime:
        await ours.connect(runtime, ours.connection({"base_url": address}))
        spare_the_collector()
        await ours.poll(runtime, lambda: None)
        async with runtime.store.reading() as tx:
            (stream,) = await figures.of_streams(tx)
            unpublished = select(func.count()).select_from(journal).where(journal.c.published_at.is_(None))
            assert not (await tx.execute(unpublished)).scalar()
    return stream.journaled


if __name__ == "__main__":
    configure_logs("warning")
    print(asyncio.run(run(sys.argv[1], Path(sys.argv[2]))))
