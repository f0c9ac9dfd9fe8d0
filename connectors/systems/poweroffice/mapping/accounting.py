"""VAT codes, accounts and postings."""

from __future__ import annotations

from typing import Any

from connectors.rules import Worked, choice, first, money, quantity, ref, text
from connectors.rules.derived import either
from connectors.rules.norway import standard_code, vat_direction, vat_reversed
from connectors.rules.streams import of
from connectors.systems.poweroffice.mapping.common import BOOK, CHANGED_AT, CURRENCY, coded, dims, numbered, vat_percent
from schemas.mapping import EntityMapping, MappingContext
from schemas.pages import Record

_VAT_CODE = EntityMapping(
    entity="vat_code",
    fields={
        "code": first([text("Code"), text("Id")]),
        "number": text("Code"),
        "name": first([text("Name"), text("Description")]),
        "rate_percent": vat_percent("Rate"),
        "direction": vat_direction("Code"),
        "reverse_charge": vat_reversed("Code"),
        "standard_code": standard_code("Code"),
        "valid_from": "ValidFrom",
        "valid_to": "ValidTo",
        "active": "IsActive",
    },
)

_KINDS = {
    "Asset": "asset",
    "Liability": "liability",
    "Equity": "equity",
    "Income": "income",
    "Expense": "expense",
}


def _requires(record: Record, context: MappingContext) -> Any:
    wanted = {"department": record.get("IsDepartmentRequired"), "project": record.get("IsProjectRequired")}
    return [name for name, needed in wanted.items() if needed]


_ACCOUNT = EntityMapping(
    entity="account",
    fields={
        "number": text("AccountNo"),
        "name": text("Name"),
        "kind": choice("GeneralLedgerAccountType", _KINDS),
        "vat_code": ref("vat_code", "VatCodeId", "VatCode"),
        "requires": Worked("requires", ("IsDepartmentRequired", "IsProjectRequired"), _requires),
        "active": "IsActive",
        "changed_at": CHANGED_AT,
    },
)


def _contact_on(number: str) -> Worked:
    """The contact, where the posting is on the sub-ledger account of its side; an employee is one, too."""
    return Worked(
        "contact_on",
        ("ContactId", number),
        lambda record, context: record.get("ContactId") if record.get(number) is not None else None,
    )


_ENTRY = EntityMapping(
    entity="ledger_entry",
    fields={
        "voucher_number": text("VoucherNo"),
        "voucher_type": text("VoucherType"),
        "posting_date": "PostingDate",
        "account": numbered("account", "Account"),
        "amount_company": money("Amount", BOOK),
        "amount": money("CurrencyAmount", CURRENCY),
        "currency": CURRENCY,
        "vat_code": ref("vat_code", "VatId", "VatCode"),
        "vat_amount": money("VatAmount", BOOK),
        "party": either(
            [
                ref("customer", _contact_on("CustomerAccountNo"), "CustomerAccountNo"),
                ref("supplier", _contact_on("SupplierAccountNo"), "SupplierAccountNo"),
            ]
        ),
        "employee": ref("employee", _contact_on("EmployeeAccountNo"), "EmployeeAccountNo"),
        "product": coded("product", "Product"),
        "quantity": quantity("Quantity"),
        "project": coded("project", "Project"),
        "dims": dims(),
        "text": first([text("Description"), text("VoucherDescription")]),
        "external_ref": text("ExternalImportReference"),
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {"vat-codes": of(_VAT_CODE), "accounts": of(_ACCOUNT), "postings": of(_ENTRY)}
