"""The HTTP client against a server that misbehaves in every way."""

import asyncio
import gzip
import json
import socket
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors.http import HttpClient, HttpLimits, Request, basic
from schemas.errors import ConfigError, NeedsConsent, RateLimited, Retryable

SECRET = "s3cr3t-token-of-a-tenant"


def http(status: str, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}"]
    lines += ["Content-Type: application/json", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


OK = http("200 OK", b'[{"id": 1}]')


def get(server, **more) -> Request:
    return Request("GET", f"{server.url}/things", headers={"Authorization": f"Bearer {SECRET}"}, **more)


async def test_an_answer_is_given_as_parsed_json(server, client):
    server.answers = [OK]
    response = await client.send(get(server, params={"page": "2", "q": "a b"}))
    assert (response.status, response.json) == (200, [{"id": 1}])
    assert server.requests[0].startswith("GET /things?page=2&q=a+b HTTP/1.1")
    assert "user-agent: erpflow/" in server.requests[0].lower()
    assert "accept-encoding: gzip\r\n" in server.requests[0].lower()


async def test_a_500_is_tried_again_with_growing_waits(server, client, waits):
    server.answers = [http("500 Oops"), http("503 Busy"), OK]
    assert (await client.send(get(server))).json == [{"id": 1}]
    assert waits == [0.25, 0.5]


class Watched:
    """A gate that notes what it is told, and how often the server had been asked by then."""

    def __init__(self, server) -> None:
        self._server = server
        self.told: list[tuple[str, int]] = []

    async def enter(self):
        self.told.append(("enters", len(self._server.requests)))
        return self._departs

    async def _departs(self) -> None:
        self.told.append(("departs", len(self._server.requests)))

    async def learned(self, status, headers) -> None:
        self.told.append((str(status), len(self._server.requests)))


async def test_every_attempt_passes_the_gate_and_departs_before_the_server_is_asked(server, client):
    server.answers = [http("500 Oops"), OK]
    gate = Watched(server)
    await client.send(get(server, gate=gate))
    assert gate.told == [("enters", 0), ("departs", 0), ("500", 1), ("enters", 1), ("departs", 1), ("200", 2)]


async def test_a_500_that_stays_is_retryable(server, client):
    server.answers = [http("500 Oops")]
    with pytest.raises(Retryable, match="failed \\(500\\)"):
        await client.send(get(server))
    assert len(server.requests) == 4


async def test_what_is_not_idempotent_is_sent_once(server, client):
    server.answers = [http("500 Oops")]
    with pytest.raises(Retryable):
        await client.send(Request("POST", server.url, json={}, idempotent=False))
    assert len(server.requests) == 1


async def test_a_short_retry_after_in_seconds_is_waited_for(server, client, waits):
    server.answers = [http("429 Slow", b"", "Retry-After: 7"), OK]
    await client.send(get(server))
    assert waits == [7.25]


async def test_a_long_retry_after_as_a_date_is_left_to_the_runtime(server, client):
    then = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    server.answers = [http("429 Slow", b"", f"Retry-After: {then}")]
    with pytest.raises(RateLimited) as caught:
        await client.send(get(server))
    assert 590 < caught.value.retry_after <= 600
    assert len(server.requests) == 1


async def test_a_truncated_body_is_tried_again(server, client):
    server.answers = [http("200 OK", b'[{"id": ', length=500), OK]
    assert (await client.send(get(server))).json == [{"id": 1}]
    assert len(server.requests) == 2


async def test_truncated_json_of_the_right_length_is_retryable(server, client):
    server.answers = [http("200 OK", b'[{"id": 1}, {"i')]
    with pytest.raises(Retryable, match="not JSON"):
        await client.send(get(server))


async def test_a_truncated_gzip_body_is_retryable(server, client):
    packed = gzip.compress(b'[{"id": 1}]' * 100)[:-12]
    server.answers = [http("200 OK", packed, "Content-Encoding: gzip")]
    with pytest.raises(Retryable, match="broke off"):
        await client.send(get(server))


async def test_gzip_is_inflated_and_a_false_label_is_survived(server, client):
    body = json.dumps([{"id": 1}]).encode()
    server.answers = [http("200 OK", gzip.compress(body), "Content-Encoding: gzip")]
    assert (await client.send(get(server))).json == [{"id": 1}]
    server.answers = [http("200 OK", body, "Content-Encoding: gzip")]
    assert (await client.send(get(server))).json == [{"id": 1}]


async def test_a_body_of_200_mb_is_refused_before_it_is_read(server, client):
    async def endless():
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 209715200\r\nConnection: close\r\n\r\n["
        for _ in range(200):
            yield b"1," * (512 * 1024)

    server.answers = [endless]
    bounded = HttpClient(HttpLimits(body=5_000_000))
    with pytest.raises(ConfigError, match="5000000 bytes"):
        await bounded.send(get(server))
    await bounded.aclose()
    assert server.sent < 20_000_000
    assert len(server.requests) == 1


async def test_a_decompression_bomb_is_refused(server):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(b" " * 1_000_000) for _ in range(60)) + packer.flush()
    server.answers = [http("200 OK", bomb, "Content-Encoding: gzip")]
    assert len(bomb) < 100_000
    async with HttpClient() as http_client:
        with pytest.raises(ConfigError, match="more than 52428800 bytes"):
            await http_client.send(get(server))


@pytest.mark.parametrize("depth", [201, 1_000, 10_000])
async def test_deep_nesting_is_refused_without_a_recursion_error(server, client, depth):
    server.answers = [http("200 OK", b"[" * depth + b"]" * depth)]
    with pytest.raises(ConfigError, match="nested deeper than 200"):
        await client.send(get(server))


async def test_nesting_up_to_the_bound_is_fine(server, client):
    server.answers = [http("200 OK", b"[" * 200 + b"]" * 200)]
    assert (await client.send(get(server))).status == 200


@pytest.mark.parametrize("body", [2**70, "\ud800"])
async def test_a_body_that_json_cannot_say_is_a_mistake_in_the_spec(client, body):
    with pytest.raises(ConfigError, match=r"POST http://erp\.example/ cannot be asked, its body is nothing that JSON"):
        await client.send(Request("POST", "http://erp.example/", json={"query": body}))


async def test_an_encoding_nobody_asked_for_is_refused(server, client):
    server.answers = [http("200 OK", b"xx", "Content-Encoding: br")]
    with pytest.raises(ConfigError, match="encoding 'br'"):
        await client.send(get(server))


async def test_an_unreachable_host_is_retryable(client):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        with pytest.raises(Retryable, match="cannot be reached"):
            await client.send(Request("GET", f"http://127.0.0.1:{held.getsockname()[1]}/"))


async def test_a_silent_server_is_retryable(server):
    async def silence():
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
        await server_gone.wait()

    server_gone = asyncio.Event()
    server.answers = [silence]
    async with HttpClient(HttpLimits(total=0.2)) as http_client:
        with pytest.raises(Retryable, match="in time"):
            await http_client.send(get(server, idempotent=False))
    server_gone.set()


@pytest.mark.parametrize("status", ["401 No", "403 No"])
async def test_a_refused_credential_needs_consent(server, client, status):
    server.answers = [http(status, f"wrong token {SECRET}".encode())]
    with pytest.raises(NeedsConsent) as caught:
        await client.send(get(server))
    assert SECRET not in str(caught.value)
    assert "wrong token ***" in str(caught.value)
    assert len(server.requests) == 1


async def test_other_refusals_are_for_a_person(server, client):
    server.answers = [http("422 No", b'{"error": "unknown field nope"}')]
    with pytest.raises(ConfigError, match="unknown field nope"):
        await client.send(get(server))
    server.answers = [http("404 No", b"<html>long page</html>")]
    with pytest.raises(ConfigError, match=r"\(404\); check"):
        await client.send(get(server))


async def test_an_allowed_status_is_handed_back(server, client):
    server.answers = [http("404 Gone", b'{"a": 1}')]
    response = await client.send(get(server, allow=frozenset({404})))
    assert (response.status, response.json) == (404, {"a": 1})


async def test_a_redirect_on_the_same_host_is_followed(server, client):
    server.answers = [http("308 There", b"", "Location: /other?x=1"), OK]
    assert (await client.send(get(server, params={"y": "2"}))).status == 200
    assert server.requests[1].startswith("GET /other?x=1 ")
    assert SECRET in server.requests[1]


async def test_a_redirect_to_another_host_is_refused(server, client):
    server.answers = [http("302 There", b"", f"Location: http://evil.example/{SECRET}?k={SECRET}")]
    with pytest.raises(ConfigError, match="redirects to GET http://evil") as caught:
        await client.send(get(server))
    assert SECRET not in str(caught.value)
    assert len(server.requests) == 1


async def test_a_redirect_to_nonsense_is_a_broken_answer(server, client):
    server.answers = [http("302 There", b"", "Location: http://[::1")]
    with pytest.raises(Retryable, match="broke off"):
        await client.send(get(server))


async def test_an_endless_redirect_ends(server, client):
    server.answers = [http("302 There", b"", "Location: /again")]
    with pytest.raises(ConfigError, match="more than 3 times"):
        await client.send(get(server))


async def test_no_cookie_goes_from_one_tenant_to_the_next(server, client):
    server.answers = [http("200 OK", b"[]", "Set-Cookie: session=abc; Path=/")]
    await client.send(get(server))
    await client.send(get(server))
    assert "cookie" not in server.requests[1].lower()


async def test_secrets_show_in_no_message_and_no_repr(server, client):
    key = f"{SECRET}/+="
    request = get(server, params={"api_key": key}, secrets=(key,), json={"password": SECRET})
    assert SECRET not in repr(request)
    assert SECRET not in repr(client)
    server.answers = [http("400 No", b"api_key=s3cr3t-token-of-a-tenant%2F%2B%3D is wrong")]
    with pytest.raises(ConfigError) as caught:
        await client.send(request)
    assert SECRET not in str(caught.value)
    assert "api_key=*** is wrong" in str(caught.value)


async def test_basic_credentials_show_in_no_message(server, client):
    header = basic("admin", SECRET)
    server.answers = [http("400 No", f"header was {header}".encode())]
    with pytest.raises(ConfigError) as caught:
        await client.send(Request("GET", server.url, headers={"Authorization": header}, secrets=(SECRET,)))
    assert header.split()[1] not in str(caught.value)


@pytest.mark.parametrize("value", ["bad\nvalue " + SECRET, "café " + SECRET])
async def test_a_key_that_is_no_header_value_is_named_without_its_text(server, client, value):
    server.answers = [OK]
    with pytest.raises(ConfigError) as caught:
        await client.send(Request("GET", server.url, headers={"X-Key": value}))
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("url", ["ftp://host/x", "not a url", "http://", "http://[::1"])
async def test_a_wrong_url_is_for_a_person(client, url):
    with pytest.raises(ConfigError):
        await client.send(Request("GET", url))


async def test_user_and_password_in_a_url_do_not_show(client):
    with pytest.raises(ConfigError) as caught:
        await client.send(Request("GET", f"ftp://me:{SECRET}@host/x?token={SECRET}"))
    assert SECRET not in str(caught.value)
