"""Accounts and the entries of the general ledger."""

from __future__ import annotations

from connectors.rules import first, money, ref, text, truth
from connectors.rules.streams import of
from connectors.systems.business_central.mapping.common import BOOK, CHANGED_AT, coding, difference, one_of, word
from schemas.mapping import EntityMapping

_CATEGORIES = {
    "Assets": "asset",
    "Liabilities": "liability",
    "Equity": "equity",
    "Income": "income",
    "Cost of Goods Sold": "expense",
    "Expense": "expense",
}

_ACCOUNT = EntityMapping(
    entity="account",
    when=lambda record, context: (
        word("accountType")(record, context) in ("Posting", None)
    ),  # others are headings, totals
    fields={
        "number": text("number"),
        "name": first([text("displayName"), text("number")]),
        "kind": one_of("category", _CATEGORIES),
        "active": truth("blocked", negated=True),
        "changed_at": CHANGED_AT,
    },
)

_ENTRY = EntityMapping(
    entity="ledger_entry",
    fields={
        "number": text("entryNumber"),
        "voucher_number": first([text("documentNumber"), text("entryNumber")]),
        "voucher_type": word("documentType"),
        "posting_date": "postingDate",
        "account": ref("account", "accountId", "accountNumber"),
        "amount_company": money(difference("debitAmount", "creditAmount"), BOOK),
        "text": text("description"),
        "dims": coding(),
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {"accounts": of(_ACCOUNT), "ledger-entries": of(_ENTRY)}
