"""Payments of customers and to suppliers. Refunds and voids are payments the other way."""

from __future__ import annotations

from connectors.rules import Value, Worked, first, items, key, money, ref, text
from connectors.rules.derived import total
from connectors.rules.norway import kid_or_text
from connectors.rules.streams import of
from connectors.systems.visma_net.mapping.common import BOOK, CHANGED_AT, day, numbered
from schemas.mapping import Constant, EntityMapping, Items, MappingContext, Rule
from schemas.pages import Record

_BACK = ("Refund", "VoidPayment")
_NO_PAYMENTS = ("CreditNote", "DebitAdj", "SmallBalanceWo", "VoidRefund")
"""Credit notes that settle invoices, and write-offs, are in the lists, too; no money moves by them."""


def _direction(given: str, back: str) -> Worked:
    return Worked("direction", ("type",), lambda record, context: back if record.get("type") in _BACK else given)


def _moves_money(record: Record, context: MappingContext) -> bool:
    return record.get("type") not in _NO_PAYMENTS


def _settled(entity: str, currency: Value) -> Items:
    """What a payment settles; its lines have the currency of the payment."""
    invoice = ref(entity, key(["documentType", "refNbr"]), text("refNbr"))
    return items("paymentLines", {"invoice": invoice, "amount": money("amountPaid", currency)})


_SHARED: dict[str, Rule] = {
    "number": text("refNbr"),
    "date": day("applicationDate"),
    "payment_ref": kid_or_text("paymentRef"),
    "changed_at": CHANGED_AT,
}

_CURRENCY = first(["currency", BOOK])

_INCOMING = EntityMapping(
    entity="payment",
    key=key([Constant("incoming"), "type", "refNbr"]),
    when=_moves_money,
    fields={
        **_SHARED,
        "direction": _direction("incoming", "outgoing"),
        "amount": money(first(["paymentAmountInCurrency", "paymentAmount"]), _CURRENCY),
        "amount_company": money("paymentAmount", BOOK),
        "currency": _CURRENCY,
        "party": numbered("customer", "customer.number"),
        "method": text("paymentMethod.id"),
        "allocations": _settled("sales_invoice", first(["_parent.currency", BOOK])),
        "write_off": money("writeOffAmount", BOOK),
    },
)

_PAID_IN = first(["currency.id", BOOK])

_OUTGOING = EntityMapping(
    entity="payment",
    key=key([Constant("outgoing"), "type", "refNbr"]),
    when=_moves_money,
    fields={
        **_SHARED,
        "direction": _direction("outgoing", "incoming"),
        "amount": money("paymentAmount", _PAID_IN),
        "currency": _PAID_IN,
        "party": numbered("supplier", "supplier.number"),
        "method": text("paymentMethod"),
        "allocations": _settled("purchase_invoice", first(["_parent.currency.id", BOOK])),
        "write_off": money(total("paymentLines", "balanceWriteOff"), _PAID_IN),
    },
)

MAPPINGS = {"customer-payments": of(_INCOMING), "supplier-payments": of(_OUTGOING)}
