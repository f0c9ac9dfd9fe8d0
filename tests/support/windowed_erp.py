"""An ERP that must be asked by date, behind the REST engine: bookings, five on a page, a week at a time."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx

from connectors.base import Connector
from connectors.pagination import PageNumbers
from connectors.registry import Registry
from connectors.rest import open_rest
from connectors.rest_spec import RestApi, RestStream
from connectors.spec import ConnectorSpec, StreamSpec
from connectors.windows import Tier, Windows
from schemas.mapping import EntityMapping, StreamMapping
from tests.support.rest_api import Api

TIERS = (Tier(back="10d", every="5m"), Tier(back="60d", every="6h"), Tier(back="120d", every="2d"))
MAPPING = EntityMapping("project", {"number": "number", "name": "name", "open_for_time": "open"})


def spec(**more: Any) -> ConnectorSpec:
    days = Windows(
        params={"from": "{from}", "to": "{to}"}, tiers=TIERS, start=date(2025, 12, 1), step="7d",
        exclusive_end=True, ahead="2d",
    )  # fmt: skip
    stream = {
        "name": "bookings", "resource": "/bookings", "entities": ("project",), "windows": days, "page_size": 5,
        "deletes_every": "24h", "rest": RestStream(lookup="/bookings/{key}"),
    }  # fmt: skip
    rest = RestApi(base_url="https://erp.example", pages=PageNumbers())
    return ConnectorSpec(system="fake", title="Bookings", streams=(StreamSpec(**{**stream, **more}),), rest=rest)


class WindowedErp:
    """Bookings by id; ``asked`` has the days of each request."""

    def __init__(self, **stream: Any) -> None:
        self.spec = spec(**stream)
        self.bookings: dict[int, dict[str, Any]] = {}
        self.asked: list[tuple[str, str]] = []
        self.on_request: Any = lambda: None

    def book(self, id: int, day: str, **values: Any) -> None:
        new = {"id": id, "number": str(id), "name": f"Booking {id}", "open": True}
        self.bookings[id] = {**self.bookings.get(id, new), **values, "date": day}

    def registry(self) -> Registry:
        connector = Connector(self.spec, {"bookings": StreamMapping(entities=(MAPPING,))}, open_rest)
        return Registry({"fake": connector})

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(Api(self._answer))

    def days(self) -> tuple[str, str] | None:
        """The first and the last day of what was asked for since the last call."""
        asked, self.asked = self.asked, []
        return (min(first for first, _ in asked), max(last for _, last in asked)) if asked else None

    def _answer(self, request: httpx.Request) -> Any:
        if request.url.path != "/bookings":
            found = self.bookings.get(int(request.url.path.rpartition("/")[2]))
            return found or httpx.Response(404)
        first, last, page = (request.url.params[name] for name in ("from", "to", "page"))
        self.asked.append((first, last))
        found_all = sorted((b for b in self.bookings.values() if first <= b["date"] < last), key=lambda b: b["id"])
        self.on_request()
        return [dict(booking) for booking in found_all[5 * int(page) - 5 : 5 * int(page)]]
