"""Made-up invoices of 1.4 KB, as an ERP's API gives them, and a connector whose session has them in memory.

A page is kept as the JSON text that an HTTP answer would have, and parsed when it is read, on both sides of the
benchmark: parsing belongs to a poll, the network does not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from connectors.base import Access, Connector, ReadAnswer, ReadRequest
from connectors.http import HttpClient
from connectors.increment import Increment
from connectors.registry import Registry
from connectors.spec import ConnectorSpec, StreamSpec
from schemas.mapping import Choice, EntityMapping, Items, MappingContext, Ref, StreamMapping
from schemas.pages import Record

SYSTEM = "benchmark"
STREAM = "invoices"
START = datetime(2026, 1, 1, tzinfo=UTC)
STATUS = {"BOOKED": "booked", "SENT": "sent", "PAID": "paid"}
TEXTS = ("Cable ladder, 3 m, hot-dip galvanised", "Fitter, normal time", "Junction box IP65, grey", "Travel to site")


def invoice(number: int) -> Record:
    """One invoice with three lines."""
    lines = [_line(number, position) for position in range(1, 4)]
    net = sum(line["_net"] for line in lines)
    return {
        "id": number,
        "url": f"https://erp.example/v2/invoice/{number}",
        "invoiceNumber": f"2026-{number:07}",
        "documentType": "invoice",
        "status": ("BOOKED", "SENT", "PAID")[number % 3],
        "customer": {"id": 10_000 + number % 700, "number": str(20_000 + number % 700), "name": f"Bygg {number % 700}"},
        "project": {"id": 500 + number % 90, "number": f"P-{number % 90:04}"},
        "invoiceDate": (START + timedelta(days=number % 300)).date().isoformat(),
        "dueDate": (START + timedelta(days=number % 300 + 14)).date().isoformat(),
        "currency": "NOK",
        "net": _kroner(net),
        "vat": _kroner(net // 4),
        "gross": _kroner(net + net // 4),
        "remaining": "0.00" if number % 3 == 2 else _kroner(net + net // 4),
        "yourReference": f"Anlegg {number % 41}",
        "ourReference": f"Saksbehandler {number % 23}",
        "deliveryAddress": {"street": f"Havnegata {number % 99 + 1}", "zip": "0150", "city": "Oslo", "country": "NO"},
        "kid": f"{number:014}",
        "invoiceRemark": f"Work done by the end of week {number % 52 + 1} as agreed at the site meeting",
        "comment": None,
        "isCredited": False,
        "lines": [{name: value for name, value in line.items() if name != "_net"} for line in lines],
        "changedAt": stamp(number).isoformat(),
    }


def stamp(number: int) -> datetime:
    """When an invoice was last changed."""
    return START + timedelta(seconds=number)


def _line(number: int, position: int) -> dict[str, Any]:
    quantity, price = number % 17 + position, 12_550 + number * 37 % 90_000
    net = quantity * price
    return {
        "id": number * 10 + position,
        "product": {"id": 3_000 + number * position % 900, "number": f"EL{number * position % 900:06}"},
        "description": TEXTS[(number + position) % len(TEXTS)],
        "quantity": str(quantity),
        "unit": "EA",
        "unitPrice": _kroner(price),
        "discountPercent": "0",
        "net": _kroner(net),
        "vatRate": "25",
        "vatAmount": _kroner(net // 4),
        "_net": net,
    }


def _kroner(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def pages(count: int, size: int) -> list[bytes]:
    """The answers of the made-up API, one JSON text for each page."""
    numbers = range(1, count + 1)
    return [orjson.dumps([invoice(n) for n in numbers[at : at + size]]) for at in range(0, count, size)]


def _money(source: str) -> Any:
    def read(record: Record, context: MappingContext) -> Any:
        return {"amount": record[source], "currency": record.get("currency", "NOK")}

    return read


_LINE = {
    "line_id": lambda line, context: str(line["id"]),
    "product": Ref("product", "product.id", number="product.number"),
    "description": "description",
    "quantity": lambda line, context: {"value": line["quantity"], "unit": line["unit"]},
    "unit_price": lambda line, context: {"amount": line["unitPrice"], "currency": "NOK", "per": line["unit"]},
    "discount_percent": "discountPercent",
    "net": _money("net"),
    "vat_rate": "vatRate",
    "vat_amount": _money("vatAmount"),
}

MAPPING = EntityMapping(
    "sales_invoice",
    {
        "number": "invoiceNumber",
        "document_type": "documentType",
        "party": Ref("customer", "customer.id", number="customer.number"),
        "project": Ref("project", "project.id", number="project.number"),
        "invoice_date": "invoiceDate",
        "due_date": "dueDate",
        "net": _money("net"),
        "vat": _money("vat"),
        "gross": _money("gross"),
        "remaining": _money("remaining"),
        "currency": "currency",
        "status": Choice("status", STATUS),
        "status_source": "status",
        "references": lambda record, context: {"yours": record["yourReference"], "ours": record["ourReference"]},
        "lines": Items("lines", _LINE),
        "source_url": "url",
        "changed_at": "changedAt",
    },
    unknown=("payment_ref", "retention"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """The made-up ERP; also the session that reads it."""

    answers: list[bytes]

    def registry(self) -> Registry:
        """A registry with a connector to this ERP and no other."""
        spec = ConnectorSpec(
            system=SYSTEM,
            title="Made-up invoices",
            streams=(
                StreamSpec(
                    name=STREAM, resource="invoices", entities=("sales_invoice",),
                    increment=Increment(field="changedAt"), deletes="none",
                ),
            ),
        )  # fmt: skip
        return Registry({SYSTEM: Connector(spec, {STREAM: StreamMapping((MAPPING,))}, self._open)})

    @asynccontextmanager
    async def _open(self, spec: ConnectorSpec, access: Access, http: HttpClient) -> AsyncIterator[Source]:
        yield self

    async def read(self, request: ReadRequest) -> ReadAnswer:
        """Parse one answer; the position is its number."""
        here = request.position or 0
        records = orjson.loads(self.answers[here])
        stamps: list[datetime | None] = [datetime.fromisoformat(record["changedAt"]) for record in records]
        return ReadAnswer(records, stamps, here + 1 if here + 1 < len(self.answers) else None)

    async def stamp(self, stream: StreamSpec) -> datetime | None:
        """The stamp of the last invoice."""
        newest: str = orjson.loads(self.answers[-1])[-1]["changedAt"]
        return datetime.fromisoformat(newest)

    async def check(self) -> str:
        """Nobody asks."""
        return "Reads from memory."
