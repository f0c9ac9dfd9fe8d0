"""The REST engine and the kinds of API there are: OData, GraphQL, RPC, headers, keysets, windows by date."""

from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from connectors.base import Access, Mode, ReadRequest
from connectors.increment import Increment
from connectors.pagination import After, NextUrl, Offset, PageNumbers, Token
from connectors.rest_spec import RestApi, RestStream
from connectors.spec import ConnectorSpec, SettingSpec, StreamSpec
from connectors.windows import Tier, Windows
from schemas.errors import ConfigError
from tests.support.rest_api import Api, ids, opened, read

SINCE = datetime(2026, 7, 1, 12, 30, 15, tzinfo=UTC)
SETTINGS = (
    SettingSpec(name="base_url", description="."),
    SettingSpec(name="time_zone", description=".", default="Europe/Oslo"),
    SettingSpec(name="database", description=".", required=False),
)


def spec(size=2, api=None, **stream):
    one = StreamSpec(**{"name": "things", "resource": "/things", "page_size": size, **stream})
    return ConnectorSpec(system="x", title="X", settings=SETTINGS, streams=(one,), rest=RestApi(**(api or {})))


async def test_odata_is_filtered_by_an_expression_and_followed_by_its_links():
    def answer(request):
        begin = int(request.url.params.get("$skiptoken", "0"))
        link = f"https://x.example/v1/things?$skiptoken={begin + 2}"
        return {"value": [{"id": begin + 1}, {"id": begin + 2}], **({"@odata.nextLink": link} if begin < 4 else {})}

    about = spec(
        api={"pages": NextUrl(path="'@odata.nextLink'"), "headers": {"Prefer": "odata.maxpagesize={limit}"}},
        increment=Increment(
            field="lastModifiedDateTime", params={"$filter": "lastModifiedDateTime gt {since}"}, exclusive=True
        ),
        rest=RestStream(records="value"),
    )  # fmt: skip
    api = Api(answer)
    assert ids(await read(api, about, Mode.INCREMENT, since=SINCE)) == [1, 2, 3, 4, 5, 6]
    assert api.params()[0] == {"$filter": "lastModifiedDateTime gt 2026-07-01T12:30:14.999999Z"}
    assert [request.headers["prefer"] for request in api.asked] == ["odata.maxpagesize=2"] * 3
    await read(full := Api(answer), about)
    assert full.params()[0] == {}


async def test_a_next_url_of_another_host_is_not_followed():
    api = Api(lambda request: {"value": [], "next": "https://evil.example/v1/things"})
    with pytest.raises(ConfigError, match="another host"):
        await read(api, spec(api={"pages": NextUrl(path="next")}, rest=RestStream(records="value")))
    assert len(api.asked) == 1


GRAPHQL = RestStream(
    method="POST",
    records="data.customers.edges",
    body={
        "query": "query($first: Int) { customers(first: $first) { edges { node { dbId } } } }",
        "variables": {"first": "{limit}", "after": "{position}", "filter": {"modifiedAt_gte": "{since}"}},
    },
)


async def test_graphql_is_asked_by_variables_until_it_says_that_there_is_no_more():
    def answer(request):
        begin = len(api.asked)
        edges = [{"id": begin, "node": {"dbId": str(begin)}}]
        info = {"hasNextPage": begin < 3, "endCursor": f"c{begin}"}
        return {"data": {"customers": {"edges": edges, "pageInfo": info}}}

    pages = Token(path="data.customers.pageInfo.endCursor", has_more="data.customers.pageInfo.hasNextPage")
    increment = Increment(field="node.modifiedAt", format="%Y-%m-%dT%H:%M:%S", zone="{time_zone}")
    api, about = Api(answer), spec(api={"pages": pages}, rest=GRAPHQL, increment=increment)
    assert ids(await read(api, about, Mode.INCREMENT, since=SINCE)) == [1, 2, 3]
    since = {"modifiedAt_gte": "2026-07-01T14:30:15"}
    assert [body["variables"] for body in api.bodies()] == [
        {"first": 2, "filter": since},
        {"first": 2, "filter": since, "after": "c1"},
        {"first": 2, "filter": since, "after": "c2"},
    ]
    assert {request.url.query for request in api.asked} == {b""}


async def test_rpc_takes_a_domain_and_numbers_in_its_body():
    rows = [{"id": number, "write_date": f"2026-07-01 12:30:{number:02}"} for number in range(1, 6)]

    def answer(request):
        body = api.bodies()[-1]
        return {"result": rows[body["offset"] : body["offset"] + body["limit"]]}

    body = {
        "domain": [["write_date", ">=", "{since}"], ["company_id", "=", "{company:int}"]],
        "offset": "{position}", "limit": "{limit}", "db": "{database}",
    }  # fmt: skip
    about = spec(
        api={"pages": Offset()},
        increment=Increment(field="write_date", format="%Y-%m-%d %H:%M:%S"),
        rest=RestStream(method="POST", records="result", body=body, keys_body={**body, "fields": ["id"]}),
    )
    api = Api(answer)
    assert ids(await read(api, about, Mode.KEYS)) == [1, 2, 3, 4, 5]
    domain = [["company_id", "=", 1]]
    assert api.bodies()[0] == {"domain": domain, "offset": 0, "limit": 2, "fields": ["id"]}
    api.asked.clear()
    await read(api, about, Mode.INCREMENT, since=SINCE)
    assert api.bodies()[0]["domain"] == [["write_date", ">=", "2026-07-01 12:30:15"], *domain]
    assert api.params()[0] == {}
    api.asked.clear()
    await read(api, about, Mode.SCAN, Access("1", {"base_url": "https://x.example", "database": "d"}))
    assert api.bodies()[0]["db"] == "d"


async def test_changes_may_be_asked_for_by_a_header_and_tell_no_stamp():
    rows = [{"id": number} for number in range(1, 4)]

    def answer(request):
        headers = {"Date": "Mon, 23 Nov 2026 12:00:30 GMT"}
        number = int(request.url.params["page"])
        return httpx.Response(200, json=rows[2 * number - 2 : 2 * number], headers=headers)

    increment = Increment(field="", headers={"If-Modified-Since": "{since}"}, format="http")
    api, about = Api(answer), spec(api={"pages": PageNumbers()}, increment=increment)
    answers = await read(api, about, Mode.INCREMENT, since=SINCE)
    assert {request.headers["if-modified-since"] for request in api.asked} == {"Wed, 01 Jul 2026 12:30:15 GMT"}
    told = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)
    assert [stamp for one in answers for stamp in one.stamps] == [told] * 3
    full = Api(answer)
    assert [stamp for one in await read(full, about) for stamp in one.stamps] == [None] * 3
    assert "if-modified-since" not in full.asked[0].headers


async def test_a_server_that_took_long_is_not_believed_to_have_looked_at_the_end(monkeypatch):
    seconds = iter([0.0, 20.5])
    monkeypatch.setattr("connectors.rest.monotonic", lambda: next(seconds))
    headers = {"Date": "Mon, 23 Nov 2026 12:00:30 GMT"}
    about = spec(increment=Increment(field="", params={"m": "{since}"}))
    api = Api(lambda request: httpx.Response(200, json=[{"id": 1}], headers=headers))
    (answer,) = await read(api, about, Mode.INCREMENT, since=SINCE)
    assert answer.stamps == [datetime(2026, 11, 23, 12, 0, 10, tzinfo=UTC)]


async def test_a_keyset_goes_on_after_the_last_record():
    rows = [{"id": number} for number in (2, 3, 5, 8, 13)]

    def answer(request):
        after = int(request.url.params.get("filter", "id > 0").rpartition(" ")[2])
        return [row for row in rows if row["id"] > after][:2]

    about = spec(api={"pages": After(field="id")}, rest=RestStream(params={"filter": "id > {position}", "sort": "id"}))
    api = Api(answer)
    assert ids(await read(api, about)) == [2, 3, 5, 8, 13]
    assert [asked.get("filter") for asked in api.params()] == [None, "id > 3", "id > 8", "id > 13"]
    assert {asked["sort"] for asked in api.params()} == {"id"}


@pytest.mark.parametrize("records", ["rows", ""])
async def test_the_token_of_the_next_page_may_be_in_the_last_record(records):
    def answer(request):
        after = int(request.url.params.get("after", "0"))
        rows = [{"id": number, "at": "2026-07-01T12:00:00Z"} for number in (after + 1, after + 2) if number <= 5]
        return {"rows": rows} if records else rows

    about = spec(
        api={"pages": Token(path=f"{records}.-1.id" if records else "-1.id", param="after")},
        increment=Increment(field="at", param="since"),
        rest=RestStream(records=records),
    )
    assert ids(await read(Api(answer), about)) == [1, 2, 3, 4, 5]


async def test_a_keyset_without_its_field_is_no_end():
    about = spec(api={"pages": After(field="number", param="after")})
    with pytest.raises(ConfigError, match="no 'number' to go on from"):
        await read(Api(lambda request: [{"id": 1}]), about)


@pytest.mark.parametrize(
    ("pages", "told"),
    [
        (PageNumbers(total_pages="meta.@pages"), {"@pages": "3"}),
        (Offset(total="meta.total"), {"total": 5}),
        (PageNumbers(has_more="meta.more"), {"more": False}),
        (Offset(has_more="meta.more"), {"more": False}),
    ],
)
async def test_what_the_answer_says_of_its_end_saves_a_request(pages, told):
    rows = [{"id": number} for number in range(1, 6)]

    def answer(request):
        size, place = 2, int(request.url.params.get("page", "0")) - 1
        begin = int(request.url.params.get("offset", place * size))
        meta = {"more": begin + size < 5} if "more" in told else told
        return {"rows": rows[begin : begin + size], "meta": meta}

    api = Api(answer)
    assert ids(await read(api, spec(api={"pages": pages}, rest=RestStream(records="rows")))) == [1, 2, 3, 4, 5]
    assert len(api.asked) == 3


@pytest.mark.parametrize("pages", [PageNumbers(total_pages="n"), Offset(total="n"), Offset(has_more="n")])
async def test_an_answer_that_does_not_say_is_read_until_a_page_is_empty(pages):
    def answer(request):
        place = int(request.url.params.get("page", "0")) - 1
        begin = int(request.url.params.get("offset", place * 2))
        return {"rows": [{"id": number} for number in range(1, 6)][begin : begin + 2], "n": None}

    api = Api(answer)
    assert ids(await read(api, spec(api={"pages": pages}, rest=RestStream(records="rows")))) == [1, 2, 3, 4, 5]


async def test_a_total_of_more_than_may_be_seen_ends_with_the_list():
    api = Api(lambda request: {"rows": [{"id": 1}] if request.url.params["offset"] == "0" else [], "n": 9})
    assert ids(await read(api, spec(api={"pages": Offset(total="n")}, rest=RestStream(records="rows")))) == [1]


ENTRIES = [{"id": number, "date": (date(2026, 1, 1) + timedelta(days=number)).isoformat()} for number in range(70)]


def by_date(request):
    first, last, page = (request.url.params[name] for name in ("dateFrom", "dateTo", "page"))
    found = [entry for entry in ENTRIES if first <= entry["date"] < last]
    return found[(int(page) - 1) * 10 : int(page) * 10]


def windowed(**more):
    days = Windows(
        params={"dateFrom": "{from}", "dateTo": "{to}"}, tiers=(Tier(back="14d", every="5m"),),
        step="14d", exclusive_end=True, start=date(2026, 1, 1), **more,
    )  # fmt: skip
    return spec(size=10, api={"pages": PageNumbers()}, windows=days)


@pytest.mark.parametrize("mode", [Mode.WINDOW, Mode.SCAN, Mode.BACKFILL, Mode.KEYS])
async def test_days_are_read_window_by_window_and_page_by_page_without_a_gap(mode):
    api = Api(by_date)
    days = (date(2026, 1, 5), date(2026, 3, 1))
    answers = await read(api, windowed(), mode, days=days)
    assert ids(answers) == [entry["id"] for entry in ENTRIES if "2026-01-05" <= entry["date"] <= "2026-03-01"]
    asked = dict.fromkeys((params["dateFrom"], params["dateTo"]) for params in api.params())
    assert list(asked) == [
        ("2026-01-05", "2026-01-19"),
        ("2026-01-19", "2026-02-02"),
        ("2026-02-02", "2026-02-16"),
        ("2026-02-16", "2026-03-02"),
    ]


async def test_a_run_keeps_the_days_it_began_with():
    api, about = Api(by_date), windowed()
    async with opened(api, about) as session:
        stream, first = about.streams[0], (date(2026, 1, 5), date(2026, 1, 20))
        position = (await session.read(ReadRequest(stream, Mode.WINDOW, days=first))).position
        while position is not None:
            later = (date(2026, 2, 5), date(2026, 2, 20))
            position = (await session.read(ReadRequest(stream, Mode.WINDOW, position, days=later))).position
    assert api.params()[-1]["dateTo"] == "2026-01-21"


async def test_the_check_of_a_windowed_stream_asks_for_today():
    api = Api(lambda request: [])
    async with opened(api, windowed()) as session:
        assert await session.check() == "X at x.example answers; the stream things is empty."
    assert api.params()[0]["dateFrom"] == datetime.now(UTC).date().isoformat()


async def test_the_check_asks_for_what_the_spec_names():
    api = Api(lambda request: {"name": "me"})
    async with opened(api, spec(api={"check": "/whoAmI"})) as session:
        assert await session.check() == "X at x.example answers."
    assert api.paths() == ["/v1/whoAmI"]


async def test_a_stream_may_live_at_another_address_of_the_same_system():
    settings = (*SETTINGS, SettingSpec(name="orders_url", description=".", default="https://orders.example/api"))
    stream = StreamSpec(name="orders", resource="{orders_url}/v3/orders")
    about = ConnectorSpec(system="x", title="X", settings=settings, streams=(stream,), rest=RestApi())
    api = Api(lambda request: [])
    await read(api, about)
    assert str(api.asked[0].url) == "https://orders.example/api/v3/orders"
