"""VAT codes, accounts and postings."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.rules import Worked, choice, decimal, first, key, money, quantity, ref, several, text
from connectors.rules.amounts import number
from connectors.rules.derived import either
from connectors.rules.streams import of
from connectors.systems.visma_net.mapping.common import BOOK, CHANGED_AT, coded, day, internal, numbered
from schemas.mapping import ABSENT, EntityMapping, MappingContext, Ref
from schemas.pages import Record


def _schedule(path: str) -> Worked:
    """A field of the rate that holds on the day of reading, else of the first one to come."""

    def find(record: Record, context: MappingContext) -> Any:
        known = [one for one in record.get("schedules") or [] if one.get("startDate")]
        dated = sorted(known, key=lambda one: str(one["startDate"]))
        today = context.read_at.date().isoformat()
        held = [one for one in dated if str(one["startDate"])[:10] <= today] or dated[:1]
        return held[-1].get(path, ABSENT) if held else ABSENT

    return Worked("schedule", ("schedules.startDate", f"schedules.{path}"), find)


_VAT_CODE = EntityMapping(
    entity="vat_code",
    fields={
        "code": text("vatId"),
        "number": text("vatId"),
        "name": text("description"),
        "rate_percent": decimal(_schedule("vatRate"), 6),
        "direction": choice(_schedule("groupType"), {"Output": "output", "Input": "input"}),
        "reverse_charge": "reverseVat",
        "deductible_percent": decimal(_schedule("deductibleVatRate"), 6),
        "valid_from": day(_schedule("startDate")),
        "valid_to": day("notValidAfter"),
        "changed_at": CHANGED_AT,
    },
)

_ACCOUNT = EntityMapping(
    entity="account",
    fields={
        "number": text("accountCd"),
        "name": first([text("description"), text("accountCd")]),
        "kind": choice("type", {"Asset": "asset", "Liability": "liability", "Income": "income", "Expense": "expense"}),
        "active": "active",
        "changed_at": CHANGED_AT,
    },
)

_POSTED = frozenset({"Posted", "Completed"})


def _less(suffix: str) -> Worked:
    """Debit less credit."""

    def find(line: Record, context: MappingContext) -> Decimal:
        return number(line.get(f"debitAmount{suffix}") or 0) - number(line.get(f"creditAmount{suffix}") or 0)

    return Worked("debit_less_credit", (f"debitAmount{suffix}", f"creditAmount{suffix}"), find)


def _party(module: str) -> Worked:
    """The customer or supplier, which the ledger of the line tells."""

    def find(line: Record, context: MappingContext) -> Any:
        return line.get("customerSupplier", ABSENT) if line.get("module") == module else None

    return Worked("party", ("customerSupplier", "module"), find)


_CURRENCY = first(["_parent.currencyId", BOOK])
_PARTIES = [
    Ref("customer", _party("ModuleAR"), _party("ModuleAR")),
    Ref("supplier", _party("ModuleAP"), _party("ModuleAP")),
]

_ENTRY = EntityMapping(
    entity="ledger_entry",
    each="journalTransactionLines",
    when=lambda record, context: record.get("status") in _POSTED,
    key=key(["_parent.module", "_parent.batchNumber", "lineNumber"]),
    fields={
        "voucher_number": text("_parent.batchNumber"),
        "voucher_type": text("_parent.module"),
        "posting_date": day("_parent.transactionDate"),
        "account": numbered("account", "accountNumber"),
        "amount_company": money(_less(""), BOOK),
        "amount": money(_less("InCurrency"), _CURRENCY),
        "currency": _CURRENCY,
        "vat_code": ref("vat_code", first(["vat.id", "vatCode.id"]), first(["vat.id", "vatCode.id"])),
        "party": either(_PARTIES),
        "product": numbered("product", "inventoryNumber"),
        "quantity": quantity("quantity", "uom"),
        "project": internal("project", "project"),
        "project_task": internal("project_task", "projectTask"),
        "dims": several([coded("branch", "branch"), coded("subaccount", "subaccount.subaccountNumber")]),
        "text": first([text("transactionDescription"), text("description"), text("_parent.description")]),
        "changed_at": Worked("changed_at", (), lambda line, context: CHANGED_AT(line["_parent"], context)),
    },
)

MAPPINGS = {"vat-codes": of(_VAT_CODE), "accounts": of(_ACCOUNT), "journals": of(_ENTRY)}
