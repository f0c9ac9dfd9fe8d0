"""The redirect of a consent page, received on the loopback (RFC 8252, 7.3): one request, then the door is closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from aiohttp import web

from schemas.errors import ConfigError, Retryable

_HOSTS = {"127.0.0.1", "localhost"}
_PAGE = (
    "<!doctype html><meta charset=utf-8><title>erpflow</title>"
    "<p>erpflow has the answer. This window can be closed; how it went is shown in the terminal."
)
DEFAULT = "http://127.0.0.1:0/callback"
"""Port 0 takes a free one, which issuers allow for the loopback address."""


class Loopback:
    """Waits for the one request; ``redirect`` is the address that the issuer is to send the browser to."""

    def __init__(self, redirect: str, answer: asyncio.Future[Mapping[str, str]]) -> None:
        self.redirect = redirect
        self._answer = answer

    async def answer(self, seconds: float) -> Mapping[str, str]:
        """The query of the redirect; raises Retryable when nobody has answered in that time."""
        try:
            async with asyncio.timeout(seconds):
                return await self._answer
        except TimeoutError:
            raise Retryable(f"Nobody has answered within {seconds:.0f} seconds; authorise once more.") from None


@asynccontextmanager
async def listening(redirect: str = DEFAULT) -> AsyncIterator[Loopback]:
    """Listen at an address like http://127.0.0.1:8912/callback until the block ends.

    Raises ConfigError for an address that is not on the loopback, and when its port is taken.
    """
    host, port, path = _parts(redirect)
    answer: asyncio.Future[Mapping[str, str]] = asyncio.get_running_loop().create_future()

    async def taken(request: web.Request) -> web.Response:
        if not answer.done():
            answer.set_result(dict(request.query))
        return web.Response(text=_PAGE, content_type="text/html", headers={"Referrer-Policy": "no-referrer"})

    app = web.Application()
    app.router.add_get(path, taken)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await _start(web.TCPSite(runner, "127.0.0.1", port), port)
        yield Loopback(f"http://{host}:{runner.addresses[0][1]}{path}", answer)
    finally:
        await runner.cleanup()


def _parts(redirect: str) -> tuple[str, int, str]:
    try:
        parts = urlsplit(redirect)
        host, port = parts.hostname or "", parts.port or 0
    except ValueError:
        host, port = "", 0
    if host not in _HOSTS or parts.scheme != "http" or parts.query or parts.fragment:
        raise ConfigError("The redirect must be an address of this machine, such as http://127.0.0.1:8912/callback.")
    return host, port, parts.path or "/"


async def _start(site: web.TCPSite, port: int) -> None:
    try:
        await site.start()
    except OSError as error:
        raise ConfigError(
            f"The redirect cannot be received on port {port} ({error.strerror}); give another with --redirect."
        ) from None
