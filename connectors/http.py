"""The one HTTP client of all connectors: bounded answers, mapped errors, retries, and no secret in any message."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import httpcore
import httpx
import orjson
from tenacity import AsyncRetrying, RetryCallState

from connectors.body import MAX_BODY, BoundedBody, parse_json
from connectors.exchange import Departure, Gate, Http, Judge, Params, Request, Response, basic
from connectors.http_errors import from_httpx, from_status
from connectors.redact import place, redact, snippet
from connectors.retry import NEVER, RetryPolicy
from schemas.errors import ConfigError, ErpflowError

__all__ = ["Gate", "Http", "HttpClient", "HttpLimits", "Judge", "Params", "Request", "Response", "basic"]

_REDIRECTS = 3
_AT_ONCE = 256 * 1024  # bytes that are taken from a connection in one step; asyncio hands over no more
_TEXT = 2_000  # bytes of an answer that is no JSON
_SENDING = "http11.send_request_headers.started"
_KEPT_ON_REDIRECT = {307, 308}  # method and body stay; the others turn a POST into a GET (RFC 9110, 15.4)


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Bounds of the client: seconds, bytes and connections. ``total`` bounds one attempt, however slowly it drips."""

    connect: float = 10.0
    read: float = 60.0
    total: float = 300.0
    body: int = MAX_BODY
    connections: int = 100


class HttpClient:
    """Sends requests for all connectors; safe for many tasks. Keeps no cookies, so tenants share no session.

    ``transport``, ``sleep`` and ``chance`` are for tests. Close it by ``aclose`` or use it as a context
    manager.
    """

    def __init__(
        self,
        limits: HttpLimits | None = None,
        policy: RetryPolicy | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._limits = limits or HttpLimits()
        self._policy = policy or RetryPolicy()
        self._sleep = sleep
        self._chance = chance
        self._client = _client(self._limits, transport)

    async def __aenter__(self) -> HttpClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections; the client cannot be used afterwards."""
        await self._client.aclose()

    async def send(self, request: Request) -> Response:
        """Send a request and read its whole answer.

        Raises Retryable (no or broken answer, 5xx), RateLimited (429), NeedsConsent (401, 403) and
        ConfigError (other statuses, an answer beyond the bounds, a redirect to another host), or what the request's
        judge says. Idempotent requests were retried before.
        """
        policy = self._policy if request.idempotent else NEVER
        retrying = AsyncRetrying(
            retry=lambda state: self._wait(policy, state) is not None,
            wait=lambda state: self._wait(policy, state) or 0.0,
            sleep=self._sleep,
            reraise=True,
        )
        response: Response = await retrying(self._attempt, request)
        return response

    def _wait(self, policy: RetryPolicy, state: RetryCallState) -> float | None:
        error = state.outcome.exception() if state.outcome else None
        return None if error is None else policy.wait(state.attempt_number, error, self._chance())

    async def _attempt(self, request: Request) -> Response:
        for _ in range(_REDIRECTS + 1):
            response = await self._exchange(request)
            target = _redirect(request, response)
            if target is None:
                return response
            request = replace(request, url=target, params=())
        raise ConfigError(f"{request.where} redirects more than {_REDIRECTS} times; correct the URL.")

    async def _exchange(self, request: Request) -> Response:
        departure = await request.gate.enter() if request.gate is not None else None
        try:
            async with asyncio.timeout(self._limits.total):
                return await self._stream(request, departure)
        except ErpflowError:
            raise
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, UnicodeError) as error:
            # The cause is dropped on purpose: httpx quotes refused header values in it.
            raise from_httpx(error, request.where) from None

    async def _stream(self, request: Request, departure: Departure | None) -> Response:
        built = self._build(request)
        if departure is not None:
            built.extensions["trace"] = _before_sending(departure)
        answer = await self._client.send(built, stream=True)
        try:
            body = BoundedBody(answer.headers.get("content-encoding", ""), request.where, self._limits.body)
            async for chunk in answer.aiter_raw():
                body.add(chunk)
        finally:
            await answer.aclose()
            if request.gate is not None:
                await request.gate.learned(answer.status_code, answer.headers)
        return _judge(request, answer, body.content())

    def _build(self, request: Request) -> httpx.Request:
        limits = self._limits
        timeout = httpx.Timeout(request.timeout or limits.read, connect=limits.connect, pool=limits.total)
        content, kind = _body(request)
        headers = {**request.headers, **(request.sign(request) if request.sign else {})}
        if content is not None:
            headers.setdefault("Content-Type", kind)
        return self._client.build_request(
            request.method, _url(request), content=content, headers=headers, timeout=timeout
        )


def _before_sending(departure: Departure) -> Callable[[str, Mapping[str, Any]], Awaitable[None]]:
    """See "trace" in httpx's request extensions: httpcore names each step, and waits for what is said to it."""

    async def traced(event: str, _info: Mapping[str, Any]) -> None:
        if event == _SENDING:
            await departure()

    return traced


def _body(request: Request) -> tuple[bytes | None, str]:
    if request.form is not None:
        return urlencode(request.form).encode(), "application/x-www-form-urlencoded"
    try:
        return (None if request.json is None else orjson.dumps(request.json)), "application/json"
    except orjson.JSONEncodeError as error:
        raise ConfigError(
            f"{request.where} cannot be asked, its body is nothing that JSON can say ({error}); correct the spec."
        ) from None


def _client(limits: HttpLimits, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    # By default a page of 1 MB comes in twenty steps, each of them through five layers.
    httpcore.AsyncHTTP11Connection.READ_NUM_BYTES = _AT_ONCE
    return httpx.AsyncClient(
        headers={
            "User-Agent": f"erpflow/{_version()}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        },
        limits=httpx.Limits(max_connections=limits.connections, max_keepalive_connections=limits.connections // 5),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        transport=transport,
    )


def _url(request: Request) -> httpx.URL:
    params = request.params.items() if isinstance(request.params, Mapping) else request.params
    url = httpx.URL(request.url)
    return url.copy_with(params=url.params.merge(httpx.QueryParams(list(params)))) if params else url


def _version() -> str:
    try:
        return version("erpflow")
    except PackageNotFoundError:
        return "checkout"


def _judge(request: Request, answer: httpx.Response, content: bytes) -> Response:
    if answer.has_redirect_location and answer.status_code not in request.allow:
        return Response(answer.status_code, dict(answer.headers), None)
    response = _response(request, answer, content)
    now = datetime.now(UTC)
    judged = request.judge(request, response, now) if request.judge else None
    if isinstance(judged, ErpflowError):
        raise judged
    if judged is not None:
        return judged
    if answer.is_success or answer.status_code in request.allow:
        return response
    said = snippet(content, request.hidden)
    raise from_status(answer.status_code, answer.headers, request.where, said, now)


def _response(request: Request, answer: httpx.Response, content: bytes) -> Response:
    headers = dict(answer.headers)
    if answer.is_success:
        return Response(answer.status_code, headers, parse_json(content, request.where, request.cut))
    document, text = None, ""
    if "json" in headers.get("content-type", "") and (request.judge or answer.status_code in request.allow):
        document = _leniently(content, request)
    if document is None or request.judge:
        text = content[:_TEXT].decode("utf-8", "replace")
    return Response(answer.status_code, headers, document, text)


def _leniently(content: bytes, request: Request) -> Any:
    """The JSON of an error; where it is none, its status says enough."""
    try:
        return parse_json(content, request.where)
    except ErpflowError:
        if request.judge is None:
            raise
        return None


def _redirect(request: Request, response: Response) -> str | None:
    if response.status not in {301, 302, 303, 307, 308} or response.status in request.allow:
        return None
    location = response.headers.get("location", "")
    repeatable = request.method in ("GET", "HEAD") or response.status in _KEPT_ON_REDIRECT
    target = _resolved(request.url, location)
    if target is not None and repeatable and _origin(target) == _origin(request.url):
        return target
    shown = redact(place(request.method, target or location), request.hidden)
    raise ConfigError(
        f"{request.where} redirects to {shown}, which is not followed with credentials; "
        "enter the final URL in the connection's settings."
    )


def _resolved(url: str, location: str) -> str | None:
    try:
        return urljoin(url, location)
    except ValueError:
        return None


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
