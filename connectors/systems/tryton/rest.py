"""Tryton's REST interface (new in 8.2): ``GET /<db>/rest/model/<model>`` with a bearer key.

https://docs.tryton.org/latest/server/topics/user_application.html; the rest was observed on 8.2.1.
"""

from __future__ import annotations

import html
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import orjson

from connectors.http import Http, Request, Response
from connectors.systems.tryton.answers import Rows, UnknownName, rows_of, server_time
from connectors.systems.tryton.queries import Query
from schemas.errors import ErpflowError, Retryable

_PAST_THE_END = 416
_BROKEN = 500
_UNKNOWN_NAME = re.compile(r"<p>'([\w.]+)'</p>")


class RestDialect:
    """Asks by REST. Stateless; the key stays valid until somebody cancels it in Tryton."""

    title = "REST"

    def __init__(self, http: Http, url: str, database: str, key: str, context: dict[str, Any]) -> None:
        self._http = http
        self._base = f"{url}/{quote(database, safe='')}/rest/model/"
        self._headers = {"Authorization": f"bearer {key}", "X-Tryton-Context": _packed(context)}

    async def search(self, query: Query) -> Rows:
        """The rows of a query. Raises UnknownName for a model or field that there is not."""
        response = await self._http.send(
            Request(
                "GET",
                self._base + quote(query.model, safe=""),
                params=_params(query),
                headers=self._headers,
                allow=frozenset({_PAST_THE_END, _BROKEN}),
            )
        )
        if response.status == _BROKEN:
            raise _broken(response, query)
        records = [] if response.status == _PAST_THE_END else response.json
        return Rows(rows_of(records, query.model), server_time(response))

    async def names(self, model: str) -> Mapping[str, str | None]:
        """The model's fields with the model that each refers to; empty when there is no such model."""
        fields = Query("ir.model.field", [["model", "=", model]], ("name", "relation"), limit=1_000)
        return {row["name"]: row.get("relation") for row in (await self.search(fields)).records}

    async def close(self) -> None:
        """Nothing to give back."""


def _params(query: Query) -> tuple[tuple[str, str], ...]:
    return (
        *(("f", name) for name in query.fields),
        ("d", _packed(query.domain)),
        ("o", _packed(query.order)),
        ("s", str(query.limit)),
        ("p", "0"),
    )


def _packed(value: Any) -> str:
    return urlsafe_b64encode(orjson.dumps(value)).decode()


def _broken(response: Response, query: Query) -> ErpflowError:
    unknown = _UNKNOWN_NAME.search(html.unescape(response.text))
    if unknown is None:
        return Retryable(f"Tryton failed (500) at a search of {query.model}; if this stays, look into its log.")
    return UnknownName(unknown[1], query.model)
