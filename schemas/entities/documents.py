"""What orders and invoices have in common: their lines, and amounts in the document's currency."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic_core import PydanticCustomError

from schemas.entities.common import Dim, Hours, Money, Percent, Price, Quantity, Ref, Text, Value


class HouseWork(Value):
    """The share of a line that counts for the Swedish tax reduction on house work."""

    type: Text
    hours: Hours | None = None


class Line(Value):
    """A line of an order or invoice, in the document's currency; a text line has a net of 0."""

    line_id: Text
    kind: Literal["product", "account", "text", "other"] | None = None
    product: Ref | None = None
    account: Ref | None = None
    description: str | None = None
    quantity: Quantity | None = None
    unit_price: Price | None = None
    discount_percent: Percent | None = None
    net: Money
    vat_code: Ref | None = None
    vat_rate: Percent | None = None
    vat_amount: Money | None = None
    project: Ref | None = None
    project_task: Ref | None = None
    employee: Ref | None = None
    dims: list[Dim] | None = None
    house_work: HouseWork | None = None


def same_currency(currency: str | None, amounts: Iterable[Money | None]) -> None:
    """Raise where an amount is not in the document's currency. Called by the documents' validators."""
    others = {amount.currency for amount in amounts if amount is not None} - {currency}
    if currency is not None and others:
        message = "has the currency {currency}, but amounts in {others}"
        context = {"currency": currency, "others": ", ".join(sorted(others))}
        raise PydanticCustomError("currency", message, context)


def amounts_of(lines: Iterable[Line] | None) -> Iterator[Money | None]:
    """The amounts of lines, which are all in the document's currency."""
    for line in lines or ():
        yield line.net
        yield line.vat_amount
