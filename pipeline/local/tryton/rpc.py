"""Changing a Tryton as its users do, through JSON-RPC. For tests and the demo; the connector has its own client."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import httpx

from schemas.errors import ConfigError, Retryable

ANSWER_SECONDS = 60.0  # Tryton answers a login slowly on purpose after failed ones


class TrytonRpc:
    """A logged-in session of one user.

    Every method raises ConfigError with Tryton's own words when it refuses, Retryable when it does not answer.
    """

    def __init__(self, client: httpx.AsyncClient, url: str, authorization: str, context: dict[str, Any]) -> None:
        self._client = client
        self._url = url
        self._headers = {"Authorization": authorization}
        self._context = context

    @classmethod
    async def login(cls, client: httpx.AsyncClient, url: str, user: str, password: str, company: int) -> TrytonRpc:
        """Log in at ``url`` (…/<database>/rpc/) and work in ``company``."""
        call = {"id": 0, "method": "common.db.login", "params": [user, {"password": password}]}
        answer = await _post(client, url, call)
        if not answer.get("result"):
            raise ConfigError(f"Tryton at {url} refused the login of {user!r}; check the password.")
        token = base64.b64encode(f"{user}:{answer['result'][0]}:{answer['result'][1]}".encode()).decode()
        return cls(client, url, f"Session {token}", {"company": company, "companies": [company]})

    async def call(self, method: str, *params: Any) -> Any:
        """Call ``model.<model>.<method>``; the context is added. Values go and come as Python's own types."""
        body = {"id": 1, "method": method, "params": _encode([*params, self._context])}
        answer = await _post(self._client, self._url, body, self._headers)
        if "error" in answer:
            raise ConfigError(f"Tryton refused {method}: {answer['error']}.")
        return _decode(answer["result"])

    async def create(self, model: str, *rows: dict[str, Any]) -> list[int]:
        """Create records; their ids, in order."""
        ids = await self.call(f"model.{model}.create", list(rows))
        return [int(id) for id in ids]

    async def write(self, model: str, ids: Sequence[int], values: dict[str, Any]) -> None:
        """Give records the values."""
        await self.call(f"model.{model}.write", list(ids), values)

    async def delete(self, model: str, ids: Sequence[int]) -> None:
        """Delete records for good."""
        await self.call(f"model.{model}.delete", list(ids))

    async def archive(self, model: str, ids: Sequence[int], *, archived: bool = True) -> None:
        """Hide records, or bring them back; only models with an ``active`` field."""
        await self.write(model, ids, {"active": not archived})

    async def search(self, model: str, domain: list[Any]) -> list[int]:
        """The ids that match, rising."""
        ids = await self.call(f"model.{model}.search", domain, 0, None, [["id", "ASC"]])
        return [int(id) for id in ids]

    async def read(self, model: str, ids: Sequence[int], fields: Sequence[str]) -> list[dict[str, Any]]:
        """The fields of records that exist."""
        rows = await self.call(f"model.{model}.read", list(ids), list(fields))
        return [dict(row) for row in rows]


async def _post(
    client: httpx.AsyncClient, url: str, body: dict[str, Any], headers: dict[str, str] | None = None
) -> dict[str, Any]:
    method = body["method"]
    try:
        response = await client.post(url, json=body, headers=headers, timeout=ANSWER_SECONDS)
    except httpx.TransportError as error:
        raise Retryable(
            f"Tryton at {url} did not answer {method} ({type(error).__name__}); see that it runs."
        ) from error
    if response.status_code != httpx.codes.OK:
        raise Retryable(f"Tryton at {url} answered {response.status_code} to {method}; read its log.")
    return dict(response.json())


def _encode(value: Any) -> Any:
    """JSON as Tryton writes it: other types are objects with a ``__class__``."""
    if isinstance(value, dict):
        return {key: _encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encode(item) for item in value]
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    if isinstance(value, datetime.timedelta):
        return {"__class__": "timedelta", "seconds": value.total_seconds()}
    if isinstance(value, datetime.datetime):
        naive = value.astimezone(datetime.UTC)
        names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
        return {"__class__": "datetime", **{name: getattr(naive, name) for name in names}}
    if isinstance(value, datetime.date):
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    return value


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return [_decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    match value.get("__class__"):
        case "Decimal":
            return Decimal(value["decimal"])
        case "timedelta":
            return datetime.timedelta(seconds=value["seconds"])
        case "date":
            return datetime.date(value["year"], value["month"], value["day"])
        case "datetime":
            parts = {key: item for key, item in value.items() if key != "__class__"}
            return datetime.datetime(**parts, tzinfo=datetime.UTC)
    return {key: _decode(item) for key, item in value.items()}
