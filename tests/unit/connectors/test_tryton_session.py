"""The Tryton session against a small imitation of 8.2 and 7.0; the real one is asked in tests/e2e."""

import json
from base64 import b64decode, urlsafe_b64decode
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import orjson
import pytest

from connectors.base import Access, Mode, ReadRequest
from connectors.http import HttpClient
from connectors.retry import NEVER
from connectors.systems.tryton import CONNECTOR
from connectors.systems.tryton.values import encode_stamp
from schemas.errors import ConfigError, Drifted, NeedsConsent, Retryable

T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)
SPEC = CONNECTOR.spec
KEY, PASSWORD = "key-of-a-tenant", "password-of-a-tenant"


def at(seconds):
    return encode_stamp(T0 + timedelta(seconds=seconds))


def row(number, second, written=True):
    stamp = at(second)
    return {
        "id": number, "code": str(number), "company": 1, "last_modified_at": stamp,
        "write_date": stamp if written else None, "create_date": at(-500) if written else stamp,
    }  # fmt: skip


DIALECTS = {"rest": 8, "rpc": 8, "rpc of 7.0": 7}


@asynccontextmanager
async def opened(tryton, dialect="rest", **secrets):
    secrets = secrets or ({"key": KEY} if dialect == "rest" else {"user": "admin", "password": PASSWORD})
    access = Access("1", {"base_url": "https://erp.example", "database": "lab"}, secrets)
    transport = httpx.MockTransport(tryton)
    async with HttpClient(policy=NEVER, transport=transport) as http, CONNECTOR.open(SPEC, access, http) as session:
        yield session


def accounts(size=3):
    return SPEC.stream("accounts").model_copy(update={"page_size": size})


async def read(session, mode, size=3, between=lambda number: None, **request):
    records, stamps, position = [], [], None
    for number in range(100):
        between(number)
        answer = await session.read(ReadRequest(accounts(size), mode, position, **request))
        records, stamps = records + answer.records, stamps + answer.stamps
        position = orjson.loads(orjson.dumps(answer.position))
        if position is None:
            return [record["id"] for record in records], stamps
    raise AssertionError("the reading does not end")


def rows_of(*seconds):
    return [row(number, second, number % 2 == 0) for number, second in enumerate(seconds, 1)]


@pytest.fixture(params=DIALECTS)
def dialect(request):
    return request.param


async def test_everything_is_read_by_id_in_every_full_mode(imitation, dialect):
    tryton = imitation(rows_of(5, 4, 3, 2, 1, 9, 9), DIALECTS[dialect])
    async with opened(tryton, dialect) as session:
        for mode in (Mode.BACKFILL, Mode.SCAN, Mode.KEYS):
            assert (await read(session, mode))[0] == [1, 2, 3, 4, 5, 6, 7]


async def test_records_of_other_companies_are_not_read(imitation, dialect):
    rows = rows_of(1, 2, 3)
    rows[1]["company"] = 2
    async with opened(imitation(rows, DIALECTS[dialect]), dialect) as session:
        assert (await read(session, Mode.BACKFILL))[0] == [1, 3]


async def test_increments_take_a_bulk_write_with_one_stamp_apart_by_id(imitation):
    for dialect in ("rest", "rpc"):
        async with opened(imitation(rows_of(1, 7, 7, 7, 7, 7, 9, 8)), dialect) as session:
            ids, stamps = await read(session, Mode.INCREMENT, since=T0 + timedelta(seconds=7))
        assert ids == [2, 3, 4, 5, 6, 8, 7]
        assert stamps[-1] == T0 + timedelta(seconds=9)


async def test_a_record_that_changes_while_changes_are_read_comes_again(imitation):
    tryton = imitation(rows_of(1, 2, 3, 4, 5, 6))

    def edit(number):
        if number == 1:
            tryton.rows[0] = row(1, 30)

    async with opened(tryton) as session:
        ids, _ = await read(session, Mode.INCREMENT, between=edit, since=T0)
    assert ids == [1, 2, 3, 4, 5, 6, 1]


async def test_without_last_modified_at_either_stamp_counts_and_none_from_after_the_start(imitation):
    tryton = imitation(rows_of(1, 2, 30, 50, 6), 7)
    async with opened(tryton, "rpc of 7.0") as session:
        ids, stamps = await read(session, Mode.INCREMENT, since=T0 + timedelta(seconds=2))
        newest = await session.stamp(accounts())
    assert ids == [2, 3, 4, 5]
    assert stamps == [T0 + timedelta(seconds=2), T0 + timedelta(seconds=30), None, T0 + timedelta(seconds=6)]
    assert newest == T0 + timedelta(seconds=50)


async def test_a_lookup_leaves_out_what_is_not_there(imitation, dialect):
    async with opened(imitation(rows_of(1, 2, 3), DIALECTS[dialect]), dialect) as session:
        keys = ("3", "1", "99", "abc", "-1", "²", "9" * 30)
        answer = await session.read(ReadRequest(accounts(), Mode.LOOKUP, keys=keys))
    assert sorted(record["id"] for record in answer.records) == [1, 3]


async def test_an_empty_model_has_no_stamp(imitation, dialect):
    async with opened(imitation([], DIALECTS[dialect]), dialect) as session:
        assert await session.stamp(accounts()) is None
        assert await read(session, Mode.BACKFILL) == ([], [])


async def test_archived_records_are_asked_for_and_the_company_is_named(imitation):
    tryton = imitation(rows_of(1))
    async with opened(tryton) as session:
        await read(session, Mode.BACKFILL)
    context = json.loads(urlsafe_b64decode(tryton.asked[-1].headers["x-tryton-context"]))
    assert context == {"company": 1, "companies": [1], "active_test": False}
    async with opened(tryton, "rpc") as session:
        await read(session, Mode.BACKFILL)
        assert json.loads(tryton.asked[-1].content)["params"][-1] == context


async def test_an_expired_session_is_renewed_once(imitation):
    tryton = imitation(rows_of(1))
    async with opened(tryton, "rpc") as session:
        await read(session, Mode.BACKFILL)
        tryton.open_sessions.clear()
        assert (await read(session, Mode.BACKFILL))[0] == [1]
        assert tryton.logins == 2
        session_name = next(iter(tryton.open_sessions))
    assert b64decode(session_name) == b"admin:1:token2"
    assert tryton.open_sessions == set(), "it logs out at the end"


@pytest.mark.parametrize(
    "secrets", [{"user": "admin", "password": "wrong-password"}, {"user": "nobody", "password": PASSWORD}]
)
async def test_a_refused_login_needs_a_person_and_is_tried_once(imitation, secrets):
    tryton = imitation([])
    async with opened(tryton, "rpc", **secrets) as session:
        with pytest.raises(NeedsConsent, match="refused user or password") as caught:
            await read(session, Mode.BACKFILL)
    assert secrets["password"] not in str(caught.value)
    assert tryton.logins == 1


async def test_a_refused_key_needs_a_person(imitation):
    async with opened(imitation([]), key="another-key") as session:
        with pytest.raises(NeedsConsent):
            await read(session, Mode.BACKFILL)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (["'nope'", ""], ConfigError),
        (["UserError", ["You are not allowed", "to do so", None]], ConfigError),
        (["AccessError", ["no", "", None]], ConfigError),
        (["database is locked", ""], Retryable),
        ("text", Retryable),
        ({"a": 1}, Retryable),
    ],
)
async def test_an_error_under_http_200_is_an_error(imitation, error, kind):
    tryton = imitation(rows_of(1))
    async with opened(tryton, "rpc") as session:
        await read(session, Mode.BACKFILL)
        tryton.failure = httpx.Response(200, json={"id": 1, "error": error})
        with pytest.raises(kind):
            await read(session, Mode.BACKFILL)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(500, html="<h1>Internal Server Error</h1>\n<p>&#39;nope&#39;</p>"), ConfigError),
        (httpx.Response(500, html="<p>database is locked</p>"), Retryable),
        (httpx.Response(200, json={"rows": []}), Drifted),
        (httpx.Response(200, json=[{"name": "no id"}]), Drifted),
    ],
)
async def test_a_broken_rest_answer_is_an_error(imitation, answer, kind):
    tryton = imitation(rows_of(1))
    async with opened(tryton) as session:
        await read(session, Mode.BACKFILL)
        tryton.failure = answer
        with pytest.raises(kind):
            await read(session, Mode.BACKFILL)


async def test_past_the_end_is_an_empty_page(imitation):
    tryton = imitation(rows_of(1))
    async with opened(tryton) as session:
        await read(session, Mode.BACKFILL)
        tryton.failure = httpx.Response(416)
        assert await read(session, Mode.BACKFILL) == ([], [])


async def test_a_module_that_is_not_installed_is_named(imitation, dialect):
    async with opened(imitation([], DIALECTS[dialect]), dialect) as session:
        with pytest.raises(ConfigError, match=r"no model .sale\.sale. for the stream 'sales-orders'"):
            await session.read(ReadRequest(SPEC.stream("sales-orders"), Mode.BACKFILL))


@pytest.mark.parametrize(
    ("company", "settings", "secrets", "said"),
    [
        ("one", {}, {"key": KEY}, "number of a company"),
        ("1", {"dialect": "soap"}, {"key": KEY}, "auto, rest or rpc"),
        ("1", {"dialect": "rpc"}, {"key": KEY}, "needs the secret"),
        ("1", {"dialect": "rest"}, {"user": "a", "password": "b"}, "needs the secret"),
        ("1", {"base_url": "erp.example"}, {"key": KEY}, "must look like https"),
        ("1", {"database": ""}, {"key": KEY}, "'database'"),
    ],
)
async def test_settings_that_cannot_work_are_refused(company, settings, secrets, said):
    access = Access(company, {"base_url": "https://erp.example", "database": "lab", **settings}, secrets)
    async with HttpClient() as http:
        with pytest.raises(ConfigError, match=said):
            async with CONNECTOR.open(SPEC, access, http):
                pass
