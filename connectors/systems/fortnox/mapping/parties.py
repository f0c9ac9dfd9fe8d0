"""Customers and suppliers. The number of a person is an identity number, and is never taken."""

from __future__ import annotations

from typing import Any

from connectors.rules import Worked, choice, first, org_number, several, text, truth
from connectors.rules.streams import of
from connectors.systems.fortnox.mapping.common import BOOK, department, dims, place
from schemas.mapping import ABSENT, Constant, EntityMapping, MappingContext, Rule
from schemas.pages import Record

_VAT = {
    "SEVAT": "domestic",
    "SEREVERSEDVAT": "domestic_reverse",
    "EUREVERSEDVAT": "eu",
    "EUVAT": "eu",
    "EXPORT": "export",
    "NORMAL": "domestic",
    "REVERSE": "domestic_reverse",
    "EUINTERNAL": "eu",
}
"""Those of customers, then those of suppliers and their invoices."""

_CHANNELS = {"PRINT": "paper", "PRINTSERVICE": "paper", "EMAIL": "email"}


def _company_number(record: Record, context: MappingContext) -> Any:
    return None if record.get("Type") == "PRIVATE" else record.get("OrganisationNumber", ABSENT)


def _days(record: Record, context: MappingContext) -> Any:
    """Terms are named by a code, which is the number of days in most companies."""
    code = record.get("TermsOfPayment", ABSENT)
    if not isinstance(code, str):
        return code
    return int(code) if code.isascii() and code.isdigit() and len(code) <= 3 else None


_LAND = first(["CountryCode", Constant("SE")])


def _party(number: str) -> dict[str, Rule]:
    return {
        "number": text(number),
        "name": text("Name"),
        "vat_number": text("VATNumber"),
        "email": text("Email"),
        "phone": first([text("Phone1"), text("Phone2")]),
        "currency": first([text("Currency"), BOOK]),
        "payment_terms_days": Worked("terms", ("TermsOfPayment",), _days),
        "vat_treatment": choice("VATType", _VAT),
        "department": department(),
        "dims": dims(),
        "active": "Active",
    }


_POSTAL, _VISIT = place("postal", ""), place("visit", "Visiting", ("Address",))

_CUSTOMER = EntityMapping(
    entity="customer",
    fields={
        **_party("CustomerNumber"),
        "addresses": several([_POSTAL, _VISIT, place("delivery", "Delivery")]),
        "org_number": org_number(Worked("company_number", ("OrganisationNumber", "Type"), _company_number), _LAND),
        "is_person": truth("Type", among=["PRIVATE"]),
        "gln": text("GLN"),
        "invoice_email": text("EmailInvoice"),
        "invoice_channel": choice("DefaultDeliveryTypes.Invoice", _CHANNELS),
        "external_ref": text("ExternalReference"),
    },
)

_SUPPLIER = EntityMapping(
    entity="supplier",
    fields={
        **_party("SupplierNumber"),
        "org_number": org_number("OrganisationNumber", _LAND),
        "addresses": several([_POSTAL, _VISIT]),
    },
)

MAPPINGS = {"customers": of(_CUSTOMER), "suppliers": of(_SUPPLIER)}
