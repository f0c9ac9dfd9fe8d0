"""Customers, suppliers, and the people there."""

from __future__ import annotations

from typing import Any

from connectors.rules import Worked, first, join, org_number, several, text, truth, when
from connectors.rules.derived import either
from connectors.rules.streams import of
from connectors.rules.values import getter, known
from connectors.systems.visma_net.mapping.common import BOOK, CHANGED_AT, place
from schemas.mapping import ABSENT, EntityMapping, MappingContext, Ref, Rule
from schemas.pages import Record

_LAND = first(["mainAddress.country.id", "location.countryId"])


def _days(record: Record, context: MappingContext) -> Any:
    """Terms have a code, which is the number of days in most companies."""
    code = getter("creditTerms.id")(record, context)
    if not isinstance(code, str):
        return code
    return int(code) if code.isascii() and code.isdigit() and len(code) <= 3 else None


def _channel(record: Record, context: MappingContext) -> Any:
    """AutoInvoice is Visma's way to the networks of electronic invoices."""
    ways = {"acceptAutoInvoices": "ehf_peppol", "sendInvoicesByEmail": "email", "printInvoices": "paper"}
    return next((channel for name, channel in ways.items() if record.get(name)), None)


_PARTY: dict[str, Rule] = {
    "number": text("number"),
    "name": text("name"),
    "org_number": org_number("corporateId", _LAND),
    "vat_number": text("vatRegistrationId"),
    "email": text("mainContact.email"),
    "phone": first([text("mainContact.phone1"), text("mainContact.phone2")]),
    "currency": first([text("currencyId"), BOOK]),
    "payment_terms_days": Worked("terms", ("creditTerms.id",), _days),
    "changed_at": CHANGED_AT,
}

_CUSTOMER = EntityMapping(
    entity="customer",
    fields={
        **_PARTY,
        "active": truth("status", among=["Active", "CreditHold", "OneTime"]),
        "legal_name": text("mainContact.name"),
        "gln": text("gln"),
        "invoice_email": text("invoiceContact.email"),
        "addresses": several(
            [place("visit", "mainAddress"), place("postal", "invoiceAddress"), place("delivery", "deliveryAddress")]
        ),
        "invoice_channel": Worked("channel", ("acceptAutoInvoices", "sendInvoicesByEmail", "printInvoices"), _channel),
        "credit_blocked": truth("status", among=["CreditHold"]),
    },
)

_SUPPLIER = EntityMapping(
    entity="supplier",
    fields={
        **_PARTY,
        "active": truth("status", among=["Active", "HoldPayments", "OneTime"]),
        "legal_name": text("mainContact.name"),
        "invoice_email": text("remitContact.email"),
        "addresses": several(
            [place("visit", "mainAddress"), place("postal", "remitAddress"), place("other", "supplierAddress")]
        ),
        "credit_blocked": truth("status", among=["HoldPayments"]),
    },
)


def _account_of(supplier: bool) -> Worked:
    """The number of the account that a contact is of, where it is of that kind."""

    def find(record: Record, context: MappingContext) -> Any:
        number, kind = record.get("businessAccount", ABSENT), str(record.get("businessAccountType")).casefold()
        fits = ("vendor" in kind or "supplier" in kind) is supplier
        return number if known(number) and fits else None

    return Worked("business_account", ("businessAccount", "businessAccountType"), find)


_PARTIES = [
    Ref("customer", _account_of(False), _account_of(False)),
    Ref("supplier", _account_of(True), _account_of(True)),
]

_CONTACT = EntityMapping(
    entity="contact",
    when=when("businessAccount"),
    fields={
        "party": either(_PARTIES),
        "number": text("contactId"),
        "name": first([text("displayName"), join(["firstName", "lastName"])]),
        "first_name": text("firstName"),
        "last_name": text("lastName"),
        "title": text("position"),
        "email": text("email"),
        "phone": first([text("phone1"), text("phone2"), text("phone3")]),
        "active": "active",
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {"customers": of(_CUSTOMER), "suppliers": of(_SUPPLIER), "contacts": of(_CONTACT)}
