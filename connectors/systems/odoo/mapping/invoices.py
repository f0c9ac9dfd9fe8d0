"""Invoices and credit notes of both directions, by ``move_type``. Drafts without a date are not invoices yet.

Odoo shows credit notes with positive amounts. Amounts in book currency have the sign of the books: what is bought is
negative there, and turned here.
"""

from __future__ import annotations

from typing import Any, Literal

from connectors.rules import Worked, choice, decimal, money, nested, payment_ref, ref, text
from connectors.rules.derived import minus
from connectors.systems.odoo.mapping.common import BOOK, CHANGED_AT, CURRENCY, lines, number_or_id, of, to
from schemas.mapping import EntityMapping, FollowUpRule, MappingContext, Rule, StreamMapping
from schemas.pages import Record

_TURNED = Worked("turned", ("move_type",), lambda record, context: str(record.get("move_type")).endswith("_refund"))
_LINE_TURNED = Worked("line_turned", ("_parent.move_type",), lambda line, context: _TURNED(line["_parent"], context))

_TYPES = {
    "out_invoice": "invoice",
    "out_refund": "credit_note",
    "in_invoice": "invoice",
    "in_refund": "credit_note",
}
_PAID = {
    "paid": "paid",
    "in_payment": "paid",
    "partial": "part_paid",
    "reversed": "credited",
}


def _status(record: Record, context: MappingContext) -> Any:
    if record.get("state") != "posted":
        return choice("state", {"draft": "draft", "cancel": "cancelled"})(record, context)
    return choice("payment_state", _PAID, other="booked")(record, context) or "booked"


def _is(direction: Literal["out", "in"]) -> Any:
    def when(record: Record, context: MappingContext) -> bool:
        return str(record.get("move_type")).startswith(f"{direction}_") and bool(record.get("invoice_date"))

    return when


def _both(name: str, path: str, *, bought: bool) -> dict[str, Rule]:
    return {
        name: money(path, CURRENCY, negated=_TURNED),
        f"{name}_company": money(decimal(f"{path}_signed", negated=bought), BOOK),
    }


def _invoice(entity: Literal["sales_invoice", "purchase_invoice"], *, bought: bool) -> dict[str, Rule]:
    return {
        "number": number_or_id("name"),
        "document_type": choice("move_type", _TYPES),
        "party": ref("supplier" if bought else "customer", "commercial_partner_id.id"),
        "invoice_date": "invoice_date",
        "due_date": "invoice_date_due",
        "delivery_date": "delivery_date",
        **_both("net", "amount_untaxed", bought=bought),
        **_both("vat", "amount_tax", bought=bought),
        **_both("gross", "amount_total", bought=bought),
        **_both("remaining", "amount_residual", bought=bought),
        "currency": CURRENCY,
        "status": Worked("invoice_status", ("state", "payment_state"), _status),
        "status_source": text("state"),
        "payment_ref": payment_ref("payment_reference", "free"),
        "credits": to(entity, "reversed_entry_id"),
        "references": nested({"yours": text("ref")}),
        "lines": lines("quantity", minus("price_total", "price_subtotal"), _LINE_TURNED),
        "changed_at": CHANGED_AT,
    }


_SALES = EntityMapping(entity="sales_invoice", when=_is("out"), fields=_invoice("sales_invoice", bought=False))
_PURCHASE = EntityMapping(entity="purchase_invoice", when=_is("in"), fields=_invoice("purchase_invoice", bought=True))

MAPPINGS = {
    "invoices": of(_SALES, _PURCHASE),
    "invoice-balances": StreamMapping(follow_ups=(FollowUpRule("invoices", "id"),)),
}
