"""The dead-letter desk over a flow: everything that bootstrap wires, with the mapping of the test's choice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from connectors.registry import Registry
from distributor.endings import Tally
from pipeline.deadletters.rehearsing import Rehearsal, rehearse
from pipeline.deadletters.replaying import Replayer
from pipeline.deadletters.rerunning import Rerun
from pipeline.deadletters.sending import Sending
from pipeline.deadletters.sources import Sources
from pipeline.deadletters.steps import LIMIT, SIZES
from pipeline.passes.again import Again
from pipeline.store import replays
from pipeline.store.letter_search import Filter
from pipeline.store.replays import Replay
from schemas.mapping import Constant
from tests.support.fake_erp import FakeErp
from tests.support.flow import Flow


@dataclass
class Office:
    """What an operator has: rehearsals and replays with the connectors of ``registry``."""

    flow: Flow
    registry: Registry
    who: str = "operator"

    def __post_init__(self) -> None:
        flow = self.flow
        again = Again(flow.store, flow.archive, self.registry, flow.clock)
        rerun = Rerun(flow.store, again, flow.publisher, flow.clock)
        self.sources = Sources(flow.store, rerun, Sending(flow.store, flow.broker, flow.codec, flow.clock))
        self.replayer = Replayer(flow.store, self.sources, flow.clock, self.who)

    async def rehearse(self, **narrow: Any) -> Rehearsal:
        return await rehearse(self.sources, Filter(**narrow))

    async def start(self, sizes: tuple[int, ...] = SIZES, limit: float = LIMIT, **narrow: Any) -> int:
        values = {"filter": Filter(**narrow).as_json(), "steps": list(sizes), "limit": limit, "state": "running",
                  "made_by": self.who, "made_at": self.flow.clock.now()}  # fmt: skip
        async with self.flow.store.transaction() as tx:
            return await replays.add(tx, values)

    async def replay(self, expected: Rehearsal | None = None, **how: Any) -> Replay:
        ended = await self.replayer.work(await self.start(**how), expected)
        assert ended is not None
        return ended


def mended(erp: FakeErp) -> Registry:
    """The connector of the ERP in memory, whose mapping no longer looks at what made customers rejects."""
    connector = erp.connector()
    mapping = connector.mappings["customers"]
    customer = mapping.entities[0]
    fields = {**customer.fields, "is_person": Constant(False)}
    entities = (replace(customer, fields=fields), *mapping.entities[1:])
    mappings = {**connector.mappings, "customers": replace(mapping, entities=entities)}
    return Registry({"fake": replace(connector, mappings=mappings)})


def counted(tally: Tally) -> dict[str, int]:
    return {**tally.ended, **{name: many for name, many in tally.changes.items() if many}}
