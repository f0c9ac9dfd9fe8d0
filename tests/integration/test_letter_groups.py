"""Thousands of letters of several causes over many tenants: one group for each cause, and a rehearsal that holds.

``DESK_LETTERS`` says how many; the nightly figure is 5,000.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pytest

from connectors.registry import Registry
from pipeline.deadletters import ordering
from pipeline.deadletters.ordering import Order
from pipeline.deadletters.overview import overview
from pipeline.deadletters.steps import Steps
from pipeline.store.engine import Store
from pipeline.store.letter_search import Filter
from schemas.errors import ErpflowError, Rejected
from tests.support.fake_erp import FakeErp
from tests.support.flow import Flow
from tests.support.replays import Office, counted

TENANTS, CAUSES = 40, 6
LETTERS = int(os.environ.get("DESK_LETTERS", "240"))
REASONS = (
    "The value '{}' is no number.",
    "Line {} has no unit.",
    "It has {} characters of at most 10.",
    "Project P-{} is unknown.",
    'The code "{}" is not in the list.',
)


def _refusing(erp: FakeErp, *, until: int = 0) -> Registry:
    """A connector that refuses each record for one of six causes; from the record ``until`` on it takes them."""

    def name(record: dict[str, Any], _: Any) -> str:
        number = record["id"]
        if number >= until and until:
            return str(record["name"])
        cause = number % CAUSES
        if cause == CAUSES - 1:
            raise KeyError(number)
        raise Rejected(REASONS[cause].format(number))

    connector = erp.connector()
    mapping = connector.mappings["customers"]
    customer = replace(mapping.entities[0], fields={**mapping.entities[0].fields, "name": name})
    mappings = {**connector.mappings, "customers": replace(mapping, entities=(customer,))}
    streams = tuple(one.model_copy(update={"page_size": 200}) for one in connector.spec.streams)
    spec = connector.spec.model_copy(update={"streams": streams})
    return Registry({"fake": replace(connector, spec=spec, mappings=mappings)})


@pytest.fixture
async def flow(store: Store) -> Flow:
    erp = FakeErp()
    for number in range(1, LETTERS // TENANTS + 1):
        erp.customer(number)
    flow = Flow(store, erp)
    registry = _refusing(erp)
    flow.registry = registry
    flow.poll, flow.transform = flow.new_poll("worker"), flow.new_transform()
    for tenant in range(TENANTS):
        await flow.connect(f"t{tenant}-fake", tenant=f"t{tenant}")
    await flow.settle()
    return flow


async def test_each_cause_is_one_group_over_all_tenants(flow: Flow) -> None:
    async with flow.store.transaction() as tx:
        groups = await overview(tx, Filter(), flow.clock.now())
        narrowed = await overview(tx, Filter(tenant="t7"), flow.clock.now())
    assert len(groups) == len(narrowed) == CAUSES
    assert {one.group.tenants for one in groups} == {TENANTS}
    assert sum(one.group.letters for one in groups) == LETTERS // TENANTS * TENANTS


async def test_a_rehearsal_predicts_what_the_replay_does(flow: Flow) -> None:
    office = Office(flow, _refusing(flow.erp, until=3))
    rehearsal = await office.rehearse()
    per_tenant = LETTERS // TENANTS
    passing = per_tenant - 2
    assert counted(rehearsal.tally) == {
        "passed": TENANTS * passing, "created": TENANTS * passing, "rejected": TENANTS * 2,
    }  # fmt: skip
    ended = await office.replay(rehearsal, sizes=(1000,), limit=1)
    assert (ended.state, ended.outcomes) == ("done", rehearsal.tally)


async def test_a_ledger_that_changed_since_is_told_and_predicted_again(flow: Flow) -> None:
    office = Office(flow, _refusing(flow.erp, until=1))
    order = Order(Filter(), Steps(), None, "ann")
    before = await office.rehearse()
    async with flow.store.transaction() as tx:
        number = await ordering.rehearsed(tx, order, before.tally, flow.clock.now())
    flow.registry = _refusing(flow.erp, until=1)
    flow.transform = flow.new_transform()
    flow.erp.customer(1, name="Newer")
    flow.later(minutes=10)
    await flow.settle()
    now = await office.rehearse()
    with pytest.raises(ErpflowError, match=f"The ledger changed since rehearsal {number}"):
        await ordering.check(flow.store, number, now.tally)
    await ordering.check(flow.store, number, now.tally)
    assert (await office.replay(now, sizes=(1000,))).outcomes == now.tally


async def test_what_changes_while_it_runs_is_predicted_again(flow: Flow) -> None:
    office = Office(flow, _refusing(flow.erp, until=1))
    before = await office.rehearse()
    late = Office(flow, _refusing(flow.erp, until=LETTERS))
    ended = await late.replay(before, sizes=(1000,), limit=1)
    assert ended.outcomes.ended["rejected"] == LETTERS // TENANTS * TENANTS
    assert ended.predicted == ended.outcomes
