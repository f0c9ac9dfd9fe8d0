"""Sending the REST engine's requests: who asks is shown, what the answer means is judged, a refused token renewed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.auth import BasicAuth, BearerAuth, HeaderAuth, NoAuth, OAuth1, Shown, auth_headers
from connectors.base import Access
from connectors.dialect import Meaning
from connectors.http import Http, Request, Response
from connectors.judging import AnswerJudge
from connectors.oauth1 import Once, authorization
from connectors.rest_requests import Ask
from connectors.rest_spec import RestApi
from connectors.spec import ConnectorSpec
from connectors.tokens import MemoryTokens, TokenSource, issued

EMPTY: frozenset[Meaning] = frozenset({"empty"})
ABSENT: frozenset[Meaning] = frozenset({"empty", "absent"})
"""What a caller may want to see: a list without records, or no such record."""

_REFUSED: frozenset[Meaning] = frozenset({"refused"})


class Caller:
    """Asks one API for one connection."""

    def __init__(
        self, spec: ConnectorSpec, api: RestApi, values: Mapping[str, str], access: Access, http: Http
    ) -> None:
        self._wait = spec.limits.wait
        self._api = api
        self._values = values
        self._http = http
        self._tokens, self._shown = _issued(api, values, access, http)
        secret = (setting.name for setting in spec.settings if setting.secret)
        self._secrets = tuple(values[name] for name in secret if name in values)

    async def send(self, ask: Ask, accepts: frozenset[Meaning] = EMPTY, empty: tuple[int, ...] = ()) -> Response:
        """Send a request; its answer is a success, or has one of the meanings that are accepted.

        ``empty`` are statuses that mean: no records. Raises as ``HttpClient.send`` does. A token that the API refuses
        is renewed once, and the request sent once more.
        """
        if self._tokens is None:
            return await self._once(ask, accepts, empty, None)
        token = await self._tokens.token()
        response = await self._once(ask, accepts | _REFUSED, empty, token)
        if response.meaning != "refused":
            return response
        await self._tokens.refused(token)
        return await self._once(ask, accepts, empty, await self._tokens.token())

    async def _once(self, ask: Ask, accepts: frozenset[Meaning], empty: tuple[int, ...], token: str | None) -> Response:
        headers, sign = self._credentials(token)
        judge = AnswerJudge(self._api.errors, self._wait, accepts, frozenset({*self._api.empty, *empty}))
        return await self._http.send(
            Request(
                ask.method,
                ask.url,
                ask.params,
                ask.body,
                headers={**ask.headers, **headers},
                secrets=(*self._secrets, *([token] if token else [])),
                judge=judge,
                sign=sign,
                cut=ask.cut,
            )
        )

    def _credentials(self, token: str | None) -> tuple[dict[str, str], Callable[[Request], dict[str, str]] | None]:
        auth = self._api.auth
        if isinstance(auth, OAuth1):
            return {}, lambda request: {"Authorization": _signature(auth, self._values, request)}
        if isinstance(auth, NoAuth | HeaderAuth | BasicAuth | BearerAuth):
            return auth_headers(auth, self._values), None
        assert self._shown is not None and token is not None  # noqa: S101, PT018 - issued kinds have both
        return auth_headers(self._shown, {**self._values, "access_token": token}), None


def _issued(
    api: RestApi, values: Mapping[str, str], access: Access, http: Http
) -> tuple[TokenSource | None, Shown | None]:
    auth: Any = issued(api, values)
    if auth is None:
        return None, None
    return access.tokens or MemoryTokens(auth, values, http, refresh=access.secrets.get("refresh_token")), auth.shown


def _signature(auth: OAuth1, values: Mapping[str, str], request: Request) -> str:
    return authorization(auth, values, request.method, request.url, request.params, Once.at(datetime.now(UTC)))
