"""The REST engine and single records: lookups by one key and by many, details, children, and refused tokens."""

import asyncio
from datetime import UTC, datetime

import httpx
import pytest

from connectors.auth import ClientCredentials, HeaderAuth, OAuth1, SessionAuth
from connectors.base import Access, Mode, ReadRequest
from connectors.dialect import ErrorDialect, ErrorRule
from connectors.http import HttpClient
from connectors.increment import Increment
from connectors.limits import Concurrency, Limits
from connectors.rest import open_rest
from connectors.rest_spec import Lookup, PerRecord, RestApi, RestStream
from connectors.retry import RetryPolicy
from connectors.spec import ConnectorSpec, SettingSpec, StreamSpec
from schemas.errors import ConfigError, Drifted, NeedsConsent, Retryable
from tests.support.rest_api import URL, Api, ids, opened, read

SETTINGS = (
    SettingSpec(name="base_url", description="."),
    *(SettingSpec(name=name, description=".", secret=True, default=name * 2) for name in ("user", "password")),
)
FULL = {number: {"id": number, "name": f"Thing {number}", "rows": [1]} for number in range(1, 8)}


def spec(api=None, limits=None, **stream):
    size = 5 if stream.get("rest", RestStream()).lookup else 0
    one = StreamSpec(**{"name": "things", "resource": "/things", "lookup_size": size, **stream})
    api = RestApi(**(api or {}))
    return ConnectorSpec(system="x", title="X", settings=SETTINGS, streams=(one,), rest=api, limits=limits or Limits())


def last_of(request):
    return int(request.url.path.rpartition("/")[2])


def single(request):
    number = last_of(request)
    return FULL.get(number) or httpx.Response(404)


MANY = Lookup(path="/things", params={"ids": "{keys}", "limit": "{limit}"}, records="data")


def joint(request, most=100):
    wanted = [int(key) for key in request.url.params["ids"].split(",")]
    return {"data": [FULL[key] for key in wanted if key in FULL][:most]}


async def test_many_keys_are_asked_for_at_once():
    api = Api(joint)
    assert ids(await read(api, spec(rest=RestStream(lookup=MANY)), Mode.LOOKUP, keys=("1", "3", "5"))) == [1, 3, 5]
    assert api.params() == [{"ids": "1,3,5", "limit": "3"}]


async def test_only_what_an_answer_to_nothing_else_lacks_is_absent():
    api = Api(lambda request: joint(request, most=2))
    found = ids(await read(api, spec(rest=RestStream(lookup=MANY)), Mode.LOOKUP, keys=("1", "2", "3", "99")))
    assert found == [1, 2, 3]
    assert [params["ids"] for params in api.params()] == ["1,2,3,99", "3,99", "99"]


async def test_a_filter_that_the_api_does_not_heed_is_found_out():
    api = Api(lambda request: {"data": list(FULL.values())})
    with pytest.raises(ConfigError, match="nobody asked for"):
        await read(api, spec(rest=RestStream(lookup=MANY)), Mode.LOOKUP, keys=("1",))


async def test_keys_go_into_a_body_as_numbers_where_they_are():
    lookup = Lookup(path="/read", method="POST", body={"ids": "{keys:int}"})
    api = Api(lambda request: [FULL[key] for key in api.bodies()[-1]["ids"] if key in FULL])
    assert ids(await read(api, spec(rest=RestStream(lookup=lookup)), Mode.LOOKUP, keys=("1", "99"))) == [1]
    assert api.bodies() == [{"ids": [1, 99]}, {"ids": [99]}]


@pytest.mark.parametrize("answer", [[], {"id": 1, "x": 1}, [{"id": 1}]])
async def test_a_lookup_by_one_key_may_be_answered_by_a_list(answer):
    api = Api(lambda request: answer)
    found = await read(api, spec(rest=RestStream(lookup="/things/{key}")), Mode.LOOKUP, keys=("1",))
    assert ids(found) == ([1] if answer else [])


@pytest.mark.parametrize("answer", [{"id": 2}, {}, [{"id": 1}, {"id": 1}], 5])
async def test_a_lookup_that_gives_another_record_deletes_nothing(answer):
    with pytest.raises(Drifted):
        await read(Api(lambda _: answer), spec(rest=RestStream(lookup="/things/{key}")), Mode.LOOKUP, keys=("1",))


async def test_the_parts_of_a_composite_key_have_their_own_places():
    record = {"series": "A/ B", "number": 7}
    api = Api(lambda request: record)
    about = spec(key=("series", "number"), rest=RestStream(lookup="/vouchers/{key1}/{key2}"))
    with pytest.raises(ConfigError, match="slash"):
        await read(api, about, Mode.LOOKUP, keys=("A/ B/7",))
    record["series"] = "A ?"
    await read(api, about, Mode.LOOKUP, keys=("A ?/7",))
    assert api.paths() == ["/v1/vouchers/A%20%3F/7"]


def listed(request, detail=single):
    if request.url.path == "/v1/things":
        return [{"id": number, "has_rows": number % 2 == 1} for number in range(1, 5)]
    return detail(request)


DETAIL = PerRecord(path="/things/{key}")
ROWS = PerRecord(path="/things/{key}/rows", into="rows", records="rows", when="has_rows", most=2, empty=(204,))


async def test_details_take_the_place_of_short_records_but_not_where_only_keys_are_needed():
    api, about = Api(listed), spec(rest=RestStream(per_record=(DETAIL,)))
    assert (await read(api, about))[0].records == [FULL[number] for number in (1, 2, 3, 4)]
    keys = Api(listed)
    assert ids(await read(keys, about, Mode.KEYS)) == [1, 2, 3, 4]
    assert len(keys.asked) == 1


async def test_a_record_that_is_gone_when_its_detail_is_asked_for_is_left_out():
    def gone(request):
        return httpx.Response(410) if last_of(request) == 2 else single(request)

    answers = await read(Api(lambda request: listed(request, gone)), spec(rest=RestStream(per_record=(DETAIL,))))
    assert ids(answers) == [1, 3, 4]
    assert len(answers[0].stamps) == 3


async def test_children_are_put_into_their_field_where_there_may_be_some():
    def rows(request):
        return httpx.Response(204) if "3" in request.url.path else {"rows": [{"n": 1}]}

    api = Api(lambda request: listed(request, rows))
    (answer,) = await read(api, spec(rest=RestStream(per_record=(ROWS,))))
    assert [record.get("rows") for record in answer.records] == [[{"n": 1}], None, [], None]
    assert api.paths()[1:] == ["/v1/things/1/rows", "/v1/things/3/rows"]


async def test_children_that_may_be_cut_off_are_an_error():
    api = Api(lambda request: listed(request, lambda _: {"rows": [1, 2, 3]}))
    with pytest.raises(ConfigError, match="more than 2 rows"):
        await read(api, spec(rest=RestStream(per_record=(ROWS,))))


async def test_a_lookup_by_one_key_needs_no_detail_and_gets_its_children():
    def answer(request):
        return {"rows": [5]} if request.url.path.endswith("rows") else {"id": last_of(request), "has_rows": True}

    api = Api(answer)
    about = spec(rest=RestStream(lookup="/things/{key}", per_record=(DETAIL, ROWS)))
    (found,) = await read(api, about, Mode.LOOKUP, keys=("3",))
    assert found.records == [{"id": 3, "has_rows": True, "rows": [5]}]
    assert api.paths() == ["/v1/things/3", "/v1/things/3/rows"]


@pytest.mark.parametrize(("allowed", "most"), [(None, 4), (2, 2), (50, 4)])
async def test_some_details_are_asked_for_at_a_time(allowed, most):
    limits = Limits(concurrent=allowed and Concurrency(requests=allowed))
    about = spec(limits=limits, rest=RestStream(records="rows", per_record=(DETAIL,)))
    open_now, peak = 0, 0

    class Counting(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            nonlocal open_now, peak
            open_now += 1
            peak = max(peak, open_now)
            for _ in range(10):
                await asyncio.sleep(0)
            open_now -= 1
            rows = {"rows": [{"id": number} for number in range(1, 8)]}
            return Api(lambda _: rows if request.url.path == "/v1/things" else FULL[last_of(request)])(request)

    async with HttpClient(transport=Counting()) as http, open_rest(about, Access("1", {"base_url": URL}), http) as one:
        answer = await one.read(ReadRequest(about.streams[0], Mode.BACKFILL))
    assert answer.records == list(FULL.values())
    assert peak == most


async def test_the_first_detail_that_fails_ends_the_page_with_its_error():
    def fails(request):
        return httpx.Response(503) if last_of(request) == 3 else single(request)

    with pytest.raises(Retryable, match="things/3"):
        await read(Api(lambda request: listed(request, fails)), spec(rest=RestStream(per_record=(DETAIL,))))


async def test_a_detail_of_another_record_is_drift():
    with pytest.raises(Drifted, match="not its record"):
        await read(Api(lambda r: listed(r, lambda _: FULL[7])), spec(rest=RestStream(per_record=(DETAIL,))))


@pytest.mark.parametrize(("stamp", "told"), [("12:00:10", True), ("12:00:50", False)])
async def test_a_stamp_that_only_a_detail_tells_is_not_believed_when_it_is_from_after_the_list(stamp, told):
    def answer(request):
        at = {"id": 1, "at": f"2026-11-23T{stamp}Z"} if request.url.path != "/v1/things" else None
        return httpx.Response(200, json=at or [{"id": 1}], headers={"Date": "Mon, 23 Nov 2026 12:00:30 GMT"})

    increment = Increment(field="at", param="since", ordered=True)
    about = spec(increment=increment, rest=RestStream(per_record=(DETAIL,)))
    (found,) = await read(Api(answer), about, Mode.INCREMENT, since=datetime(2026, 1, 1, tzinfo=UTC))
    assert found.stamps == [datetime(2026, 11, 23, 12, 0, 10, tzinfo=UTC) if told else None]


class Kept:
    """A token source that counts."""

    def __init__(self, *tokens):
        self.left = list(tokens)
        self.refusals = []

    async def token(self):
        return self.left[0]

    async def refused(self, token):
        self.refusals.append(token)
        self.left.pop(0)


def guarded(request, status=401, good="tok-new"):
    return [FULL[1]] if request.headers["authorization"] == f"Bearer {good}" else httpx.Response(status)


TOKENS = {
    "auth": ClientCredentials(token_url="https://id.example/token", client_id="{user}", client_secret="{password}")
}


async def test_a_refused_token_is_renewed_and_the_request_sent_again_once():
    api, kept = Api(guarded), Kept("tok-old", "tok-new")
    assert ids(await read(api, spec(api=TOKENS), access=Access("1", {"base_url": URL}, tokens=kept))) == [1]
    assert kept.refusals == ["tok-old"]


async def test_a_token_that_is_refused_again_needs_a_person():
    api, kept = Api(guarded), Kept("tok-old", "tok-other", "tok-new")
    with pytest.raises(NeedsConsent) as caught:
        await read(api, spec(api=TOKENS), access=Access("1", {"base_url": URL}, tokens=kept))
    assert len(api.asked) == 2
    assert "tok-" not in str(caught.value)


async def test_a_rule_may_say_that_the_token_ran_out():
    errors = ErrorDialect(rules=(ErrorRule(status=400, means="refused"),))
    api, kept = Api(lambda request: guarded(request, 400)), Kept("tok-old", "tok-new")
    about = spec(api={**TOKENS, "errors": errors})
    assert ids(await read(api, about, access=Access("1", {"base_url": URL}, tokens=kept))) == [1]


async def test_without_a_custodian_a_session_keeps_its_own_token():
    def answer(request):
        if request.url.path == "/v1/login":
            return {"value": {"token": f"t{len(api.asked)}"}}
        return [FULL[1]] if request.headers.get("x-session") == "t3" else httpx.Response(401)

    login = SessionAuth(
        url="/login", body={"user": "{user}"}, token="value.token", shown=HeaderAuth(header="X-Session", value="{access_token}"),  # noqa: E501
    )  # fmt: skip
    api = Api(answer)
    assert ids(await read(api, spec(api={"auth": login}))) == [1]
    assert api.paths() == ["/v1/login", "/v1/things", "/v1/login", "/v1/things"]


async def test_every_attempt_has_a_signature_of_its_own():
    auth = OAuth1(consumer_key="{user}", consumer_secret="{password}", token="{user}", token_secret="{password}")
    api = Api(lambda request: httpx.Response(500) if len(api.asked) < 3 else [FULL[1]])
    async with opened(api, spec(api={"auth": auth}), policy=RetryPolicy()) as session:
        await session.read(ReadRequest(spec().streams[0], Mode.BACKFILL))
    signed = {request.headers["authorization"] for request in api.asked}
    assert len(signed) == 3
    assert all(text.startswith("OAuth ") for text in signed)


@pytest.mark.parametrize(("means", "attempts"), [("retryable", 4), ("config", 1), ("needs-consent", 1)])
async def test_the_client_retries_what_the_dialect_says_may_pass(means, attempts):
    errors = ErrorDialect(inside="error", rules=(ErrorRule(says="busy", means=means),))
    api = Api(lambda request: {"error": "The server is busy"})
    async with opened(api, spec(api={"errors": errors}), policy=RetryPolicy()) as session:
        with pytest.raises((Retryable, ConfigError, NeedsConsent)):
            await session.read(ReadRequest(spec().streams[0], Mode.BACKFILL))
    assert len(api.asked) == attempts
