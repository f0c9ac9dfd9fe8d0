"""The Acme connector against a small Acme: every mode, every mapping."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from acme_connector import CONNECTOR
from acme_server import AcmeServer

from connectors import registry
from connectors.base import Access, Mode, ReadRequest
from connectors.cursors import Cursor, advance, fresh, since, start
from connectors.http import HttpClient
from schemas.errors import NeedsConsent
from schemas.keys import source_key
from schemas.mapping import MappingContext
from schemas.pages import PageHead, RawPage
from schemas.version import ReadNumber
from transformer.transform import compile_stream, transform

SPEC = CONNECTOR.spec


@pytest.fixture(scope="module")
def acme():
    with AcmeServer(customers=1_234, jobs=30, hours_=45) as server:
        yield server


@pytest.fixture
async def session(acme):
    access = Access("1", {"base_url": acme.url}, {"api_key": acme.key})
    async with HttpClient() as http, CONNECTOR.open(SPEC, access, http) as opened:
        yield opened


async def read_all(session, stream, mode, **request):
    records, stamps, position = [], [], None
    while True:
        answer = await session.read(ReadRequest(SPEC.stream(stream), mode, position=position, **request))
        records += answer.records
        stamps += answer.stamps
        position = answer.position
        if position is None:
            return records, stamps


async def poll(session, stream, cursor):
    """What is fresh, and the cursor after, as the runtime works them out."""
    spec = SPEC.stream(stream)
    records, stamps = await read_all(session, stream, Mode.INCREMENT, since=since(cursor, spec.increment.overlap))
    keys = [source_key(record, spec.key) for record in records]
    positions = fresh(cursor, records, keys, stamps)
    return [records[p] for p in positions], advance(cursor, records, keys, stamps, spec.increment.overlap)


def domain(stream, records):
    head = PageHead(
        tenant="t", connection="c", system="acme", company="1", stream=stream, run="r", number=0,
        read=ReadNumber(1, 1), origin="backfill", read_at=datetime.now(UTC), count=len(records), traceparent="",
    )  # fmt: skip
    plan = compile_stream(SPEC.stream(stream).key, CONNECTOR.mappings[stream], stream=stream)
    context = MappingContext("t", "c", "acme", "1", head.read_at)
    return transform(plan, RawPage(head=head, records=records), context).results


def test_the_connector_keeps_the_rules_of_connectors():
    registry.check(CONNECTOR)


async def test_a_backfill_reads_every_record_once(session):
    records, _ = await read_all(session, "customers", Mode.BACKFILL)
    assert [record["id"] for record in records] == list(range(1, 1_235))


async def test_keys_are_read_without_the_rest(session):
    records, _ = await read_all(session, "customers", Mode.KEYS)
    assert records[7] == {"id": 8}
    assert len(records) == 1_234


async def test_a_lookup_leaves_out_what_is_not_there(session):
    answer = await session.read(ReadRequest(SPEC.stream("jobs"), Mode.LOOKUP, keys=("3", "999", "a/b")))
    assert [record["id"] for record in answer.records] == [3]


async def test_an_edit_is_read_once_and_a_quiet_poll_gives_nothing(session, acme):
    cursor = start(await session.stamp(SPEC.stream("jobs")))
    _, cursor = await poll(session, "jobs", cursor)
    assert (await poll(session, "jobs", cursor))[0] == []
    acme.put("jobs", 5, title="Another name")
    new = acme.put("jobs", title="New")
    changed, cursor = await poll(session, "jobs", cursor)
    assert {record["id"] for record in changed} == {5, new}
    assert (await poll(session, "jobs", cursor))[0] == []


async def test_a_deleted_record_is_absent_in_a_lookup_and_in_the_keys(session, acme):
    acme.delete("hours", 7)
    lookup = await session.read(ReadRequest(SPEC.stream("hours"), Mode.LOOKUP, keys=("7",)))
    records, _ = await read_all(session, "hours", Mode.KEYS)
    assert lookup.records == []
    assert 7 not in {record["id"] for record in records}


async def test_a_first_increment_from_nothing_reads_all_in_the_order_of_stamps(session):
    records, stamps = await read_all(session, "customers", Mode.INCREMENT, since=since(Cursor(), timedelta(0)))
    assert {record["id"] for record in records} == set(range(1, 1_235))
    assert stamps == sorted(stamps)


async def test_a_wrong_key_needs_a_person(acme):
    access = Access("1", {"base_url": acme.url}, {"api_key": "nonsense"})
    async with HttpClient() as http, CONNECTOR.open(SPEC, access, http) as opened:
        with pytest.raises(NeedsConsent) as caught:
            await opened.check()
    assert "nonsense" not in str(caught.value)


@pytest.mark.parametrize(("stream", "count"), [("customers", 1_234), ("jobs", 30), ("hours", 44)])
async def test_every_record_is_mapped(session, stream, count):
    records, _ = await read_all(session, stream, Mode.BACKFILL)
    results = domain(stream, records)
    assert len(results) >= count
    assert {result.status for result in results} == {"mapped"}, next(r.reject for r in results if r.reject)


async def test_a_job_is_a_project_of_its_customer(session):
    answer = await session.read(ReadRequest(SPEC.stream("jobs"), Mode.LOOKUP, keys=("6",)))
    body = domain("jobs", answer.records)[0].entities[0].body
    assert body["customer"]["source_id"] == "7"
    assert body["status"] == "on_hold"
    assert Decimal(body["budget_cost"]["amount"]) == Decimal("6003")
