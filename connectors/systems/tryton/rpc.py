"""Tryton's JSON-RPC: ``POST /<db>/rpc/`` (8.2) or ``/<db>/`` (7.0 LTS) with a session. Observed on 8.2.1 and 7.0."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connectors.http import Http, Request, Response
from connectors.redact import redact
from connectors.systems.tryton.answers import Rows, UnknownName, rows_of, server_time
from connectors.systems.tryton.queries import Query
from schemas.errors import ConfigError, Drifted, ErpflowError, NeedsConsent, Retryable

_LOGIN_TIMEOUT = 60.0  # after some wrong passwords Tryton lets the answer itself take 25 s
_NO_SUCH_PATH = frozenset({404, 405})
_UNAUTHORIZED = 401
_UNKNOWN_NAME = re.compile(r"'([\w.]+)'")
_FOR_A_PERSON = frozenset({"UserError", "UserWarning", "AccessError", "AccessButtonError"})


@dataclass(frozen=True, slots=True)
class Login:
    """Who logs in; never shown."""

    user: str
    password: str

    def __repr__(self) -> str:
        return "Login(***)"


class RpcDialect:
    """Asks by JSON-RPC. Logs in at the first call, again when the session has run out, and out at the end."""

    title = "JSON-RPC"

    def __init__(self, http: Http, url: str, database: str, login: Login, context: dict[str, Any]) -> None:
        self._http = http
        self._root = f"{url}/{quote(database, safe='')}/"
        self._login = login
        self._context = context
        self._path = "rpc/"
        self._session: str | None = None

    async def search(self, query: Query) -> Rows:
        """The rows of a query. Raises UnknownName for a model or field that there is not."""
        order = [list(term) for term in query.order]
        params = [query.domain, 0, query.limit, order, list(query.fields), self._context]
        response = await self._call(f"model.{query.model}.search_read", params)
        result = _result(response, query.model, self._secrets())
        return Rows(rows_of(result, query.model), server_time(response))

    async def names(self, model: str) -> Mapping[str, str | None]:
        """The model's fields with the model that each refers to; empty when there is no such model."""
        response = await self._call(f"model.{model}.fields_get", [[], self._context])
        try:
            found = _result(response, model, self._secrets())
        except UnknownName:
            return {}
        if not isinstance(found, dict):
            raise Drifted(f"Tryton's answer about the fields of {model} has another shape; check its version.")
        return {name: field.get("relation") for name, field in found.items()}

    async def close(self) -> None:
        """Log out, so that sessions do not pile up; a failure does no harm, they end by themselves."""
        if self._session is not None:
            with suppress(ErpflowError):
                await self._post("common.db.logout", [], idempotent=False)
            self._session = None

    async def _call(self, method: str, params: list[Any]) -> Response:
        fresh = self._session is None
        if fresh:
            await self._log_in()
        response = await self._post(method, params)
        if response.status == _UNAUTHORIZED and not fresh:
            await self._log_in()
            response = await self._post(method, params)
        if response.status == _UNAUTHORIZED:
            raise NeedsConsent("Tryton ends the session as soon as it begins; check the user in Tryton.")
        return response

    async def _log_in(self) -> None:
        self._session = None
        params = [self._login.user, {"password": self._login.password}]
        response = await self._post("common.db.login", params, allow=_NO_SUCH_PATH | {_UNAUTHORIZED}, idempotent=False)
        if response.status in _NO_SUCH_PATH and self._path:
            self._path = ""  # 7.0: the interface is the database's root
            return await self._log_in()
        if response.status in _NO_SUCH_PATH:
            raise ConfigError("There is no such Tryton database at this address; check base_url and database.")
        result = None
        if response.status != _UNAUTHORIZED:
            result = _result(response, "res.user", self._secrets())
        if not isinstance(result, list) or len(result) < 2:  # 8.2 gives three items, 7.0 two
            raise NeedsConsent(
                "Tryton refused user or password; enter the right ones with: erpflow connections authorize."
            )
        text = f"{self._login.user}:{result[0]}:{result[1]}"
        self._session = b64encode(text.encode()).decode()
        return None

    async def _post(
        self,
        method: str,
        params: list[Any],
        allow: frozenset[int] = frozenset({_UNAUTHORIZED}),
        idempotent: bool = True,
    ) -> Response:
        headers = {"Authorization": f"Session {self._session}"} if self._session else {}
        return await self._http.send(
            Request(
                "POST",
                self._root + self._path,
                json={"id": 1, "method": method, "params": params},
                headers=headers,
                timeout=_LOGIN_TIMEOUT,
                allow=allow,
                idempotent=idempotent,
                secrets=self._secrets(),
            )
        )

    def _secrets(self) -> tuple[str, ...]:
        return (self._login.password, *([self._session] if self._session else []))


def _result(response: Response, model: str, secrets: tuple[str, ...]) -> Any:
    answer = response.json
    if not isinstance(answer, dict) or not ("result" in answer or "error" in answer):
        raise Drifted(f"Tryton's answer about {model} is no JSON-RPC answer; check base_url and its version.")
    if answer.get("error"):
        raise _refusal(answer["error"], model, secrets)
    return answer.get("result")


def _refusal(error: Any, model: str, secrets: tuple[str, ...]) -> ErpflowError:
    """The error of an answer with HTTP 200: ``["'name'", ""]`` or ``["UserError", ["message",
    "description", null]]``.
    """
    items = error if isinstance(error, list) else [error]
    name = str(items[0])
    if unknown := _UNKNOWN_NAME.fullmatch(name):
        return UnknownName(unknown[1], model)
    if name in _FOR_A_PERSON:
        told = items[1] if len(items) > 1 else ""
        text = str(told[0] if isinstance(told, list) and told else told)
        return ConfigError(f"Tryton refused {model}: {redact(text[:200], secrets)}; check the user's access.")
    return Retryable(f"Tryton failed at {model} ({redact(name[:100], secrets)}); if this stays, look into its log.")
