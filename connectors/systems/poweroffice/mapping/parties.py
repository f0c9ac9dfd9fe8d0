"""Customers, suppliers and contacts. What is both has one id in both lists, but does not say so."""

from __future__ import annotations

from connectors.rules import Worked, choice, first, join, org_number, ref, several, text
from connectors.rules.streams import of
from connectors.systems.poweroffice.mapping.common import CHANGED_AT, NORWAY, coded, department_dim, place
from schemas.mapping import EntityMapping, MappingContext, Rule
from schemas.pages import Record

_CHANNELS = {
    "PdfByEmail": "email",
    "EHF": "ehf_peppol",
    "Efaktura": "efaktura",
    "AvtaleGiro": "efaktura",
    "Print": "paper",
}


def _active(record: Record, context: MappingContext) -> bool:
    """Neither archived as a contact, nor switched off on this side of it."""
    return not record.get("IsArchived") and record.get("IsActive") is not False


_PARTY: dict[str, Rule] = {
    "number": first([text("Number"), text("Id")]),
    "name": first([text("Name"), join(["FirstName", "LastName"]), text("LegalName")]),
    "legal_name": text("LegalName"),
    "is_person": "IsPerson",
    "org_number": org_number("OrganizationNumber", first(["MailAddress.CountryCode", NORWAY])),
    "email": text("EmailAddress"),
    "phone": text("PhoneNumber"),
    "addresses": several([place("postal", "MailAddress")]),
    "currency": text("CurrencyCode"),
    "active": Worked("active", ("IsArchived", "IsActive"), _active),
    "external_ref": first([text("ExternalImportReference"), text("ExternalNumber")]),
    "changed_at": CHANGED_AT,
}

_CUSTOMER = EntityMapping(
    entity="customer",
    fields={
        **_PARTY,
        "invoice_email": text("InvoiceEmailAddress"),
        "payment_terms_days": "PaymentTerm",
        "invoice_channel": choice("InvoiceDeliveryType", _CHANNELS),
        "vat_treatment": choice("IsVatFree", {"true": "exempt"}, other=None),
        "department": coded("department", "Department"),
        "dims": several([department_dim()]),
    },
)

_SUPPLIER = EntityMapping(entity="supplier", fields=_PARTY)


_CONTACT = EntityMapping(
    entity="contact",
    fields={
        "party": ref("customer", "ContactId"),
        "name": join(["FirstName", "LastName"]),
        "first_name": text("FirstName"),
        "last_name": text("LastName"),
        "title": text("Title"),
        "email": text("EmailAddress"),
        "phone": text("PhoneNumber"),
        "is_default": "IsDefault",
        "active": "IsActive",
        "external_ref": text("ExternalCode"),
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {
    "customers": of(_CUSTOMER),
    "suppliers": of(_SUPPLIER),
    "contacts": of(_CONTACT),
}
