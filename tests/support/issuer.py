"""An OAuth 2.0 issuer on the loopback with single-use refresh tokens, and the API that its access tokens open."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

CLIENT, SECRET = "erpflow-client", "s3cr3t-of-the-client"


@dataclass
class Consent:
    """What one consent has led to. ``current`` is the only refresh token that is good, but for the grace."""

    number: int
    current: str
    access: set[str] = field(default_factory=set)
    previous: str | None = None
    rotated_at: float = 0.0
    revoked: bool = False


@dataclass
class Issuer:
    """Counts what it did. ``grace``: seconds in which a used token is taken once more, else it ends the consent.

    ``pause`` is the longest wait before, and again after, a token is exchanged; ``answers`` are given instead of the
    next ones: (status, body), or None to exchange the token and break off the answer.
    """

    grace: float = 0.0
    lifetime: float = 3600.0
    pause: float = 0.0
    consents: list[Consent] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    answers: list[tuple[int, str] | None] = field(default_factory=list)
    rotated: int = 0
    repeated: int = 0
    refused: int = 0
    busy: int = 0
    busiest: int = 0
    url: str = ""
    clock: Callable[[], float] = time.monotonic
    _numbers: Any = field(default_factory=lambda: count(1))

    def consent(self) -> str:
        """A person consents: the first refresh token."""
        self.consents.append(Consent(len(self.consents), self._name("refresh")))
        return self.consents[-1].current

    async def token(self, request: web.Request) -> web.Response:
        """The token endpoint."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form | {"authorization": request.headers.get("Authorization", "")})
        if self.answers:
            planned = self.answers.pop(0)
            if planned is not None:
                return web.Response(status=planned[0], text=planned[1], content_type="application/json")
            self._granted(form)
            return await _broken_off(request)
        self.busy += 1
        self.busiest = max(self.busy, self.busiest)
        try:
            await asyncio.sleep(random.uniform(0, self.pause))
            answer = self._granted(form)
            await asyncio.sleep(random.uniform(0, self.pause))
        finally:
            self.busy -= 1
        return web.json_response(answer, status=400 if "error" in answer else 200)

    async def authorize(self, request: web.Request) -> web.Response:
        """The consent page of a person who always agrees: straight back with a code."""
        asked, code = dict(request.query), self._name("code")
        self.codes[code] = asked
        answer = {"state": asked["state"], "code": code}
        raise web.HTTPFound(f"{asked['redirect_uri']}?{urlencode(answer)}")

    async def api(self, request: web.Request) -> web.Response:
        """One record for whoever has a good access token."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        good = any(token in one.access and not one.revoked for one in self.consents)
        return web.json_response([{"id": 1}] if good else {"error": "invalid_token"}, status=200 if good else 401)

    def _granted(self, form: dict[str, str]) -> dict[str, Any]:
        match form.get("grant_type"):
            case "refresh_token":
                return self._refreshed(form["refresh_token"])
            case "authorization_code":
                return self._exchanged(form)
            case _:
                return {"access_token": self._name("access"), "expires_in": self.lifetime}

    def _exchanged(self, form: dict[str, str]) -> dict[str, Any]:
        asked = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"]:
            return {"error": "invalid_grant"}
        self.consent()
        return self._pair(self.consents[-1])

    def _refreshed(self, refresh: str) -> dict[str, Any]:
        for one in self.consents:
            if refresh == one.current and not one.revoked:
                self.rotated += 1
                one.previous, one.rotated_at = refresh, self.clock()
                one.current = self._name("refresh")
                return self._pair(one)
            if refresh == one.previous and not one.revoked:
                return self._again(one)
        self.refused += 1
        return {"error": "invalid_grant", "error_description": "The refresh token is not known."}

    def _again(self, one: Consent) -> dict[str, Any]:
        """A used token: within the grace another pair, which replaces the lost one; else the end, as for a thief."""
        if self.clock() - one.rotated_at <= self.grace:
            self.repeated += 1
            one.current = self._name("refresh")
            return self._pair(one)
        one.revoked = True
        self.refused += 1
        return {"error": "invalid_grant", "error_description": "The refresh token was used before."}

    def _pair(self, one: Consent) -> dict[str, Any]:
        access = self._name("access")
        one.access.add(access)
        return {
            "access_token": access,
            "refresh_token": one.current,
            "expires_in": self.lifetime,
            "token_type": "Bearer",
        }

    def _name(self, kind: str) -> str:
        return f"{kind}-{next(self._numbers)}-{random.getrandbits(64):016x}"


async def _broken_off(request: web.Request) -> web.Response:
    response = web.StreamResponse(headers={"Content-Length": "1000", "Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"access_token": "half')
    assert request.transport is not None
    request.transport.close()
    return response  # type: ignore[return-value]


@asynccontextmanager
async def issuing(issuer: Issuer) -> AsyncIterator[Issuer]:
    """Serve it on a free loopback port."""
    app = web.Application()
    app.router.add_post("/token", issuer.token)
    app.router.add_get("/authorize", issuer.authorize)
    app.router.add_get("/customers", issuer.api)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        issuer.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield issuer
    finally:
        await runner.cleanup()
