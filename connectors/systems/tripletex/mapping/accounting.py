"""VAT codes, accounts and postings."""

from __future__ import annotations

from typing import Any

from connectors.rules import Worked, choice, decimal, dim, first, join, key, money, quantity, ref, several, text, truth
from connectors.rules.derived import either, minus
from connectors.rules.norway import kid_or_text, standard_code, vat_direction, vat_reversed
from connectors.rules.streams import of
from connectors.systems.tripletex.mapping.common import (
    BOOK,
    CHANGED_AT,
    CURRENCY,
    department_dim,
    employee,
    number_or_id,
    numbered,
)
from schemas.mapping import Constant, EntityMapping, MappingContext, Rule
from schemas.pages import Record

_VAT_CODE = EntityMapping(
    entity="vat_code",
    fields={
        "code": number_or_id(),
        "number": text("number"),
        "name": text("name"),
        "rate_percent": decimal("percentage", 6),
        "direction": vat_direction("number"),
        "reverse_charge": vat_reversed("number"),
        "deductible_percent": decimal("deductionPercentage", 6),
        "standard_code": standard_code("number"),
        "changed_at": CHANGED_AT,
    },
)

_KINDS = {
    "ASSETS": "asset",
    "EQUITY": "equity",
    "LIABILITIES": "liability",
    "OPERATING_REVENUES": "income",
    "OPERATING_EXPENSES": "expense",
    "INVESTMENT_INCOME": "income",
    "COST_OF_CAPITAL": "expense",
    "TAX_ON_ORDINARY_ACTIVITIES": "expense",
    "EXTRAORDINARY_INCOME": "income",
    "EXTRAORDINARY_COST": "expense",
    "TAX_ON_EXTRAORDINARY_ACTIVITIES": "expense",
}


def _requires(record: Record, context: MappingContext) -> Any:
    wanted = {"department": record.get("requiresDepartment"), "project": record.get("requiresProject")}
    return [name for name, needed in wanted.items() if needed]


_ACCOUNT = EntityMapping(
    entity="account",
    fields={
        "number": text("number"),
        "name": text("name"),
        "kind": choice("type", _KINDS),
        "vat_code": numbered("vat_code", "vatType"),
        "requires": Worked("requires", ("requiresDepartment", "requiresProject"), _requires),
        "standard_code": text("saftCode"),
        "active": truth("isInactive", negated=True),
        "changed_at": CHANGED_AT,
    },
)


def _free(index: int) -> Rule:
    """The coding by a free dimension."""
    path = f"freeAccountingDimension{index}"
    return dim(str(index), key([Constant(index), f"{path}.id"]), f"{path}.number")


_ENTRY = EntityMapping(
    entity="ledger_entry",
    fields={
        "voucher_number": join(["voucher.number", "voucher.year"], by="-"),
        "voucher_type": text("voucher.voucherType.name"),
        "posting_date": "date",
        "account": numbered("account", "account"),
        "amount_company": money("amount", BOOK),
        "amount": money("amountCurrency", CURRENCY),
        "currency": CURRENCY,
        "vat_code": numbered("vat_code", "vatType"),
        "vat_amount": money(minus("amountGross", "amount"), BOOK),
        "party": either(
            [
                ref("customer", "customer.id", "customer.customerNumber"),
                ref("supplier", "supplier.id", "supplier.supplierNumber"),
            ]
        ),
        "employee": employee(),
        "product": numbered("product", "product"),
        "quantity": quantity("quantityAmount1", first(["quantityType1.commonCode", "quantityType1.nameShort"])),
        "project": numbered("project", "project"),
        "dims": several([department_dim(), _free(1), _free(2), _free(3)]),
        "match_id": text("closeGroup.id"),
        "payment_ref": kid_or_text("externalRef"),
        "text": text("description"),
    },
)

MAPPINGS = {
    "vat-codes": of(_VAT_CODE),
    "accounts": of(_ACCOUNT),
    "postings": of(_ENTRY),
}
