"""The REST engine against small APIs of every kind of paging, given by a function."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import orjson
import pytest

from connectors.auth import BasicAuth, BearerAuth, HeaderAuth, NoAuth
from connectors.base import Access, Mode, ReadRequest
from connectors.http import HttpClient, basic
from connectors.increment import Increment
from connectors.pagination import LinkHeader, NoPages, Offset, PageNumbers, Token
from connectors.rest import open_rest
from connectors.rest_spec import RestApi, RestStream
from connectors.retry import NEVER
from connectors.spec import ConnectorSpec, SettingSpec, StreamSpec
from schemas.errors import ConfigError, Drifted

T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)
SETTINGS = (
    SettingSpec(name="base_url", description="."),
    SettingSpec(name="token", description=".", secret=True, default="t0ken"),
)


def spec(pages=NoPages(), auth=NoAuth(), size=2, **stream) -> ConnectorSpec:  # noqa: B008
    one = StreamSpec(name="things", resource="/things", page_size=size, **stream)
    return ConnectorSpec(system="x", title="X", settings=SETTINGS, streams=(one,), rest=RestApi(auth=auth, pages=pages))


async def _stream(content):
    yield content


@asynccontextmanager
async def opened(api, about, url="https://x.example/v1/"):
    transport = httpx.MockTransport(api)
    async with (
        HttpClient(policy=NEVER, transport=transport) as http,
        open_rest(about, Access("1", {"base_url": url}), http) as session,
    ):
        yield session


class Api:
    """An API as a function of the request; keeps what it was asked."""

    def __init__(self, answer):
        self.asked = []
        self._answer = answer

    def __call__(self, request):
        self.asked.append(request)
        found = self._answer(request)
        if not isinstance(found, httpx.Response):
            found = httpx.Response(200, json=found)
        # As from the network: not read yet.
        return httpx.Response(found.status_code, headers=found.headers, content=_stream(found.content))

    def params(self):
        return [dict(request.url.params) for request in self.asked]


async def read(api, about, mode=Mode.BACKFILL, most=50, **request):
    """All pages of the only stream, as the runtime reads them: positions go through JSON."""
    answers, position = [], None
    async with opened(api, about) as session:
        for _ in range(most):
            answer = await session.read(ReadRequest(about.streams[0], mode, position, **request))
            answers.append(answer)
            position = orjson.loads(orjson.dumps(answer.position))
            if position is None:
                return answers
    raise AssertionError("the reading does not end")


def ids(answers):
    return [record["id"] for answer in answers for record in answer.records]


ROWS = [{"id": number} for number in range(1, 6)]


def slice_of(rows, request, param, size="limit", first=1):
    limit = int(request.url.params[size])
    number = int(request.url.params[param])
    begin = number if param == "offset" else (number - first) * limit
    return rows[begin : begin + limit]


async def test_an_answer_without_pages_is_read_at_once():
    api = Api(lambda request: {"data": {"items": ROWS}})
    about = spec(rest=RestStream(records="data.items", params={"all": "yes"}))
    assert ids(await read(api, about)) == [1, 2, 3, 4, 5]
    assert str(api.asked[0].url) == "https://x.example/v1/things?all=yes"


async def test_page_numbers_are_counted_until_a_page_is_empty():
    api = Api(lambda request: slice_of(ROWS, request, "page"))
    assert ids(await read(api, spec(PageNumbers()))) == [1, 2, 3, 4, 5]
    assert [asked["page"] for asked in api.params()] == ["1", "2", "3", "4"]


async def test_a_server_that_lowers_the_page_size_loses_nothing():
    def one_at_a_time(request):
        number = int(request.url.params["page"])
        return ROWS[number - 1 : number]

    assert ids(await read(Api(one_at_a_time), spec(PageNumbers(), size=100))) == [1, 2, 3, 4, 5]


async def test_a_short_page_ends_the_reading_where_the_spec_says_so():
    api = Api(lambda request: slice_of(ROWS, request, "page", "size", first=0))
    about = spec(PageNumbers(size_param="size", first=0, last="short"))
    assert ids(await read(api, about)) == [1, 2, 3, 4, 5]
    assert len(api.asked) == 3


async def test_offsets_follow_what_was_really_given():
    api = Api(lambda request: slice_of(ROWS, request, "offset"))
    assert ids(await read(api, spec(Offset()))) == [1, 2, 3, 4, 5]
    assert [asked["offset"] for asked in api.params()] == ["0", "2", "4", "5"]


async def test_tokens_are_followed_to_their_end():
    def answer(request):
        begin = int(request.url.params.get("after", "0"))
        return {"rows": ROWS[begin : begin + 2], "meta": {"next": str(begin + 2) if begin < 4 else ""}}

    about = spec(Token(param="after", path="meta.next"), rest=RestStream(records="rows"))
    assert ids(await read(Api(answer), about)) == [1, 2, 3, 4, 5]


async def test_link_headers_are_followed():
    def answer(request):
        begin = int(request.url.params.get("from", "0"))
        link = f'</v1/things?from={begin + 2}>; title="x, y"; rel="next", <https://x.example/>; rel=first'
        headers = {"Link": link} if begin < 4 else {"Link": '<https://x.example/>; rel="first"'}
        return httpx.Response(200, json=ROWS[begin : begin + 2], headers=headers)

    assert ids(await read(Api(answer), spec(LinkHeader()))) == [1, 2, 3, 4, 5]


async def test_a_link_to_another_host_is_not_followed():
    headers = {"Link": '<https://evil.example/things>; rel="next"'}
    api = Api(lambda request: httpx.Response(200, json=ROWS, headers=headers))
    with pytest.raises(ConfigError, match="another host"):
        await read(api, spec(LinkHeader(), BearerAuth()))
    assert len(api.asked) == 1


@pytest.mark.parametrize("pages", [PageNumbers(), Offset(), Token(param="t", path="t"), LinkHeader()])
async def test_an_api_that_gives_one_page_for_ever_is_found_out(pages):
    def answer(request):
        headers = {"Link": '<https://x.example/v1/things>; rel="next"'}
        content = {"t": "same", "rows": ROWS[:2]}
        return httpx.Response(200, json=content, headers=headers)

    with pytest.raises(ConfigError, match="correct the spec's pagination"):
        await read(Api(answer), spec(pages, rest=RestStream(records="rows")))


@pytest.mark.parametrize("answer", [{"items": []}, {"rows": {}}, {"rows": [1]}, None, []])
async def test_an_answer_of_another_shape_is_drift(answer):
    with pytest.raises(Drifted, match="no list of records at 'rows'"):
        await read(Api(lambda request: answer), spec(rest=RestStream(records="rows")))


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        (HeaderAuth(header="X-Key", value="key {token}"), "x-key", "key t0ken"),
        (BasicAuth(user="me", password="{token}"), "authorization", basic("me", "t0ken")),
        (BearerAuth(), "authorization", "Bearer t0ken"),
    ],
)
async def test_credentials_go_into_headers_only(auth, header, value):
    api = Api(lambda request: ROWS)
    await read(api, spec(auth=auth))
    assert api.asked[0].headers[header] == value
    assert "t0ken" not in str(api.asked[0].url)


async def test_lookups_ask_one_by_one_and_leave_out_what_is_gone():
    def answer(request):
        path = request.url.raw_path.decode()
        return {"thing": {"id": 3}} if path == "/v1/things/3" else httpx.Response(404 if "4" in path else 410)

    api = Api(answer)
    about = spec(lookup_size=5, rest=RestStream(lookup="/things/{key}", record="thing"))
    answers = await read(api, about, Mode.LOOKUP, keys=("3", "4", "../../admin?x=1"))
    assert ids(answers) == [3]
    assert api.asked[2].url.raw_path == b"/v1/things/..%2F..%2Fadmin%3Fx%3D1"


def changes(rows, asked, ordered=True, size=2):
    """An API of changes by page number; ``rows`` may change between requests, by what ``asked`` does with them."""

    def answer(request):
        asked(request)
        since = datetime.fromisoformat(request.url.params["since"])
        found = [row for row in rows if datetime.fromisoformat(row["at"]) >= since]
        if ordered:
            found.sort(key=lambda row: (row["at"], row["id"]))
        page = slice_of(found, request, "page")
        return httpx.Response(200, json=page, headers={"Date": "Mon, 23 Nov 2026 12:00:30 GMT"})

    about = spec(
        PageNumbers(), size=size, increment=Increment(field="at", param="since", format="iso-seconds", ordered=ordered)
    )
    return Api(answer), about


def row(number, second):
    return {"id": number, "at": (T0 + timedelta(seconds=second)).isoformat()}


async def test_ordered_changes_are_asked_for_again_from_the_last_stamp():
    rows = [row(1, 1), row(2, 2), row(3, 2), row(4, 2), row(5, 3), row(6, 4)]
    api, about = changes(rows, lambda request: None)
    answers = await read(api, about, Mode.INCREMENT, since=T0)
    assert set(ids(answers)) == {1, 2, 3, 4, 5, 6}
    asked = [(params["since"][17:19], params["page"]) for params in api.params()]
    assert asked == [("00", "1"), ("02", "1"), ("02", "2"), ("03", "1"), ("04", "1"), ("04", "2")]


async def test_a_record_that_moves_while_changes_are_read_hides_no_other():
    rows = [row(number, number) for number in range(1, 8)]

    def edit(request):
        if len(api.asked) == 2:  # the first record moves to the end: every page number shifts by one
            rows[0] = row(1, 50)

    api, about = changes(rows, edit)
    answers = await read(api, about, Mode.INCREMENT, since=T0)
    assert set(ids(answers)) == {1, 2, 3, 4, 5, 6, 7}


async def test_unordered_changes_tell_no_stamp_from_after_the_first_page():
    rows = [row(1, 1), row(2, 90), row(3, 2)]
    api, about = changes(rows, lambda request: None, ordered=False)
    answers = await read(api, about, Mode.INCREMENT, since=T0)
    assert [stamp for answer in answers for stamp in answer.stamps] == [
        T0 + timedelta(seconds=1),
        None,
        T0 + timedelta(seconds=2),
    ]


async def stamp_of(api, about):
    async with opened(api, about) as session:
        return await session.stamp(about.streams[0])


async def test_the_newest_stamp_is_asked_for_where_the_api_can_sort():
    increment = Increment(field="at", param="since")
    about = spec(increment=increment, rest=RestStream(newest_params={"sort": "-at"}))
    api = Api(lambda request: [row(1, 7)])
    assert await stamp_of(api, about) == T0 + timedelta(seconds=7)
    assert api.params() == [{"sort": "-at"}]
    assert await stamp_of(Api(lambda request: []), about) is None


async def test_elsewhere_the_clock_of_the_server_is_taken():
    about = spec(increment=Increment(field="at", param="since"))
    headers = {"Date": "Mon, 23 Nov 2026 12:00:00 GMT"}
    assert await stamp_of(Api(lambda request: httpx.Response(200, json=[], headers=headers)), about) == T0
    assert await stamp_of(Api(lambda request: []), about) is None


@pytest.mark.parametrize("url", ["", "x.example", "ftp://x.example", "https://me:pass@x.example", "https://[::1"])
async def test_a_base_url_that_cannot_be_is_refused(url):
    async with HttpClient() as http:
        with pytest.raises(ConfigError):
            async with open_rest(spec(), Access("1", {"base_url": url}), http):
                pass


async def test_a_missing_secret_is_named():
    about = spec().model_copy(update={"settings": (SettingSpec(name="key", description=".", secret=True),)})
    async with HttpClient() as http:
        with pytest.raises(ConfigError, match="The secret 'key' of a X connection is missing"):
            async with open_rest(about, Access("1", {}), http):
                pass


async def test_the_check_says_where_it_came_from():
    api = Api(lambda request: ROWS)
    async with opened(api, spec()) as session:
        assert await session.check() == "X at x.example answers; the stream things has records."
