"""What the invoices look like, as JSON Schema: for those that must declare it. Imports nothing of erpflow."""

from __future__ import annotations

from typing import Any

_TEXT: dict[str, Any] = {"type": ["null", "string"]}
_NUMBER: dict[str, Any] = {"type": ["null", "integer"]}


def _of(**fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": ["null", "object"], "properties": fields}


_LINE = _of(
    id=_NUMBER, product=_of(id=_NUMBER, number=_TEXT), description=_TEXT, quantity=_TEXT, unit=_TEXT, unitPrice=_TEXT,
    discountPercent=_TEXT, net=_TEXT, vatRate=_TEXT, vatAmount=_TEXT,
)  # fmt: skip

INVOICE = _of(
    id=_NUMBER, url=_TEXT, invoiceNumber=_TEXT, documentType=_TEXT, status=_TEXT,
    customer=_of(id=_NUMBER, number=_TEXT, name=_TEXT), project=_of(id=_NUMBER, number=_TEXT),
    invoiceDate=_TEXT, dueDate=_TEXT, currency=_TEXT, net=_TEXT, vat=_TEXT, gross=_TEXT, remaining=_TEXT,
    yourReference=_TEXT, ourReference=_TEXT, deliveryAddress=_of(street=_TEXT, zip=_TEXT, city=_TEXT, country=_TEXT),
    kid=_TEXT, invoiceRemark=_TEXT, comment=_TEXT, isCredited={"type": ["null", "boolean"]},
    lines={"type": ["null", "array"], "items": _LINE}, changedAt=_TEXT,
)  # fmt: skip
