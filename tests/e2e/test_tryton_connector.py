"""The Tryton connector against a real Tryton 8.2, by both dialects: what it reads is what the database has."""

import datetime as dt
from collections import Counter, defaultdict
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
import pytest_asyncio

from connectors import cursors
from connectors.base import Access, Mode, ReadRequest
from connectors.http import HttpClient
from connectors.systems.tryton import CONNECTOR
from pipeline.local.tryton.sizes import SMALL
from schemas.errors import NeedsConsent
from schemas.keys import source_key
from schemas.mapping import MappingContext
from schemas.pages import PageHead, RawPage
from schemas.version import ReadNumber
from tests.support import tryton_truth
from transformer.transform import compile_stream, transform

pytestmark = [pytest.mark.tryton, pytest.mark.asyncio(loop_scope="module")]

SPEC = CONNECTOR.spec
STREAMS = [stream.name for stream in SPEC.streams]


@asynccontextmanager
async def opened(tryton, dialect, **secrets):
    secrets = (
        secrets
        or {
            "rest": {"key": tryton.rest_key},
            "rpc": {"user": tryton.user, "password": tryton.password},
        }[dialect]
    )
    settings = {"base_url": tryton.base_url, "database": tryton.database, "dialect": dialect}
    access = Access(str(tryton.company), settings, secrets)
    async with HttpClient() as http, CONNECTOR.open(SPEC, access, http) as session:
        yield session


@pytest_asyncio.fixture(loop_scope="module", params=["rest", "rpc"])
async def session(tryton, request):
    async with opened(tryton, request.param) as found:
        yield found


async def read(session, name, mode, size=7, **request):
    """Every record of a stream and its stamp, in small pages."""
    stream = SPEC.stream(name).model_copy(update={"page_size": size})
    records, stamps, position = [], [], None
    while True:
        answer = await session.read(ReadRequest(stream, mode, position, **request))
        records, stamps = records + answer.records, stamps + answer.stamps
        position = answer.position
        if position is None:
            return records, stamps


def ids(records):
    return sorted(record["id"] for record in records)


def mapped(name, records):
    """What the mapping makes of records as in an increment: a domain page without rejects."""
    head = PageHead(
        tenant="t", connection="c", system="tryton", company="1", stream=name, run="r", number=0,
        read=ReadNumber(1, 1), origin="increment", read_at=dt.datetime.now(dt.UTC), count=len(records),
        traceparent="",
    )  # fmt: skip
    plan = compile_stream(SPEC.stream(name).key, CONNECTOR.mappings[name], stream=name)
    context = MappingContext("t", "c", "tryton", "1", head.read_at)
    page = transform(plan, RawPage(head=head, records=records), context)
    assert [result.reject for result in page.results if result.reject] == []
    return page


async def everything(session):
    """All entities by kind and source key."""
    found = defaultdict(dict)
    for name in STREAMS:
        records, _ = await read(session, name, Mode.BACKFILL, size=500)
        for result in mapped(name, records).results:
            for entity in result.entities:
                found[entity.entity][entity.body["source_id"]] = entity
    return found


async def changes(session, name, since):
    records, _ = await read(session, name, Mode.INCREMENT, since=since)
    return mapped(name, records)


@pytest.mark.parametrize("name", [name for name in STREAMS if name != "project-sites"])  # not every project has one
async def test_every_mode_reads_the_same_records(session, name):
    everything_read, _ = await read(session, name, Mode.BACKFILL)
    changed, stamps = await read(session, name, Mode.INCREMENT, since=cursors.EPOCH)
    assert ids(everything_read) == ids(changed) == ids((await read(session, name, Mode.KEYS))[0])
    assert ids(everything_read) == ids((await read(session, name, Mode.SCAN, size=500))[0])
    assert stamps == sorted(stamps)
    assert await session.stamp(SPEC.stream(name)) == stamps[-1]
    assert len(everything_read) > 0


async def test_a_poll_after_the_newest_stamp_reads_its_records_only(session):
    stream = SPEC.stream("time-entries")
    newest = await session.stamp(stream)
    _, stamps = await read(session, stream.name, Mode.INCREMENT, since=newest)
    assert set(stamps) == {newest}
    later = newest + dt.timedelta(microseconds=1)
    assert await read(session, stream.name, Mode.INCREMENT, since=later) == ([], [])


async def test_a_lookup_gives_those_that_exist(session):
    keys = ("3", "5", "99999", "no-id")
    answer = await session.read(ReadRequest(SPEC.stream("parties"), Mode.LOOKUP, keys=keys))
    assert [source_key(record, ("id",)) for record in answer.records] == ["3", "5"]


async def test_what_is_mapped_is_what_the_database_has(session, tryton):
    truth = tryton_truth.read(tryton.sqlite_file)
    found = await everything(session)
    for kind in ("company", "customer", "supplier", "employee", "project", "project_task", "time_entry", "product"):
        assert set(found[kind]) == set(truth[kind]), kind
    partners = truth["customer"] | truth["supplier"]
    assert set(found["contact"]) == {k for k, row in truth["contact"].items() if str(row["party"]) in partners}
    assert set(found["account"]) == {key for key, row in truth["account"].items() if row["code"]}
    for kind in ("sales_order", "sales_invoice", "purchase_invoice"):
        documents = {key: row for key, row in truth[kind].items() if _is_numbered(row)}
        assert set(found[kind]) == set(documents), kind
        for key, row in documents.items():
            assert Decimal(found[kind][key].body["net"]["amount"]) == row["net"], (kind, key)


def _is_numbered(row):
    """A draft has no number; of a supplier's invoice the supplier's own counts."""
    return bool(row["number"] or (row.get("type") == "in" and row["reference"]))


async def test_hours_belong_to_the_project_and_task_of_the_database(session, tryton):
    truth = tryton_truth.read(tryton.sqlite_file)["time_entry"]
    records, _ = await read(session, "time-entries", Mode.BACKFILL, size=500)
    for result in mapped("time-entries", records).results:
        body, row = result.entities[0].body, truth[result.key]
        refs = [body[name] and int(body[name]["source_id"]) for name in ("project", "project_task", "employee")]
        assert refs == [row["project"], row["project_task"], row["employee"]]
        assert (body["work_date"], Decimal(body["hours"])) == (row["date"], row["hours"])


async def test_both_dialects_give_the_same_entities(tryton):
    async with opened(tryton, "rest") as rest, opened(tryton, "rpc") as rpc:
        one, other = await everything(rest), await everything(rpc)
    for kind in one:
        digests = [{key: entity.digest for key, entity in found[kind].items()} for found in (one, other)]
        assert digests[0] == digests[1], kind
    assert one.keys() == other.keys()


async def test_an_archived_party_is_inactive_and_a_deleted_one_absent(session, tryton):
    since = await session.stamp(SPEC.stream("parties"))
    category = (await tryton.rpc.search("party.category", [["name", "=", "Customer"]]))[0]
    kept, gone = await tryton.rpc.create(
        "party.party", *({"name": name, "categories": [["add", [category]]]} for name in ("Kept AS", "Gone AS"))
    )
    await tryton.rpc.archive("party.party", [kept])
    await tryton.rpc.delete("party.party", [gone])
    bodies = [e.body for r in (await changes(session, "parties", since)).results for e in r.entities]
    assert [(body["name"], body["active"]) for body in bodies if body["source_id"] == str(kept)] == [("Kept AS", False)]
    keys = ids((await read(session, "parties", Mode.KEYS))[0])
    assert kept in keys
    assert gone not in keys
    lookup = ReadRequest(SPEC.stream("parties"), Mode.LOOKUP, keys=(str(kept), str(gone)))
    assert ids((await session.read(lookup)).records) == [kept]


@pytest.mark.parametrize(
    ("watch", "model", "values", "refreshed"),
    [
        ("addresses", "party.address", {"city": "Flyttet"}, "parties"),
        ("contacts", "party.contact_mechanism", {"comment": "changed"}, "parties"),
        ("identifiers", "party.identifier", {"sequence": 7}, "parties"),
        ("project-sites", "party.address", {"city": "Byggeplass"}, "project-works"),
        ("employee-parties", "party.party", {"name": "Another Name"}, "employees"),
        ("product-templates", "product.template", {"name": "Another product"}, "products"),
        ("sale-lines", "sale.line", {"note": "changed"}, "sales-orders"),
        ("invoice-lines", "account.invoice.line", {"note": "changed"}, "invoices"),
    ],
)
async def test_an_edit_that_does_not_move_a_record_has_it_read_again(session, tryton, watch, model, values, refreshed):
    since = await session.stamp(SPEC.stream(watch)) + dt.timedelta(microseconds=1)
    before = await session.stamp(SPEC.stream(refreshed))
    edited = await (_site_of_one_project(tryton) if watch == "project-sites" else _editable(tryton, model))
    await tryton.rpc.write(model, [edited], values)
    follow_ups = (await changes(session, watch, since)).follow_ups
    assert {follow.stream for follow in follow_ups} == {refreshed}
    assert len(follow_ups) == 1
    assert await session.stamp(SPEC.stream(refreshed)) == before, "then no watch stream would be needed"


async def _site_of_one_project(tryton):
    works = await tryton.rpc.search("project.work", [["party_address", "!=", None]])
    sites = Counter(row["party_address"] for row in await tryton.rpc.read("project.work", works, ["party_address"]))
    return next(site for site, times in sites.items() if times == 1)


async def _editable(tryton, model):
    domains = {
        "party.party": [["code", "=", str(SMALL.parties + 3)]],  # an employee's own party
        "sale.line": [["sale.state", "=", "draft"]],
        "account.invoice.line": [["invoice.state", "=", "draft"]],
    }
    return (await tryton.rpc.search(model, domains.get(model, [])))[0]


async def test_a_wrong_password_or_key_needs_a_person(tryton):
    for dialect, secrets in (("rpc", {"user": "admin", "password": "wrong-secret"}), ("rest", {"key": "wrong-secret"})):
        async with opened(tryton, dialect, **secrets) as session:
            with pytest.raises(NeedsConsent) as caught:
                await session.check()
        assert "wrong-secret" not in str(caught.value)


async def test_the_check_names_the_company(session):
    said = await session.check()
    assert said.startswith("Nordlia Entreprenør AS in the database ")
    assert "no module" not in said
