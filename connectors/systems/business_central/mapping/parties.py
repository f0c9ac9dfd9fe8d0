"""Customers, suppliers (vendors), and the people there."""

from __future__ import annotations

import re
from typing import Any

from connectors.rules import Worked, first, known, org_number, present, several, text, truth
from connectors.rules.derived import either
from connectors.rules.streams import of
from connectors.systems.business_central.mapping.common import (
    BOOK,
    CHANGED_AT,
    default_coding,
    default_department,
    one_of,
    place,
    word,
)
from schemas.mapping import ABSENT, EntityMapping, MappingContext, Ref, Rule
from schemas.pages import Record

_DAYS = re.compile(r"<?(\d{1,4})D>?")


def _terms(record: Record, context: MappingContext) -> Any:
    """Days, where the formula of the payment terms is a number of days and nothing else."""
    found = record.get("paymentTerm", ABSENT)
    if not isinstance(found, dict):
        return ABSENT if found is ABSENT else None
    days = _DAYS.fullmatch(str(found.get("dueDateCalculation") or ""))
    return int(days[1]) if days else None


def _is_active(record: Record, context: MappingContext) -> Any:
    """Blocked for everything is what the API has for inactive."""
    return word("blocked")(record, context) != "All" if "blocked" in record else ABSENT


_PARTY: dict[str, Rule] = {
    "number": text("number"),
    "name": first([text("displayName"), text("number")]),
    "org_number": org_number("taxRegistrationNumber", "country"),
    "email": text("email"),
    "phone": text("phoneNumber"),
    "addresses": several([place("postal")]),
    "currency": first([text("currencyCode"), BOOK]),
    "payment_terms_days": Worked("terms", ("paymentTerm.dueDateCalculation",), _terms),
    "department": default_department(),
    "dims": default_coding(),
    "active": Worked("active", ("blocked",), _is_active),
    "changed_at": CHANGED_AT,
}

_CUSTOMER = EntityMapping(
    entity="customer",
    fields={
        **_PARTY,
        "is_person": one_of("type", {"Person": True}, other=False),
        "credit_blocked": present(word("blocked")),
    },
)
_SUPPLIER = EntityMapping(entity="supplier", fields=_PARTY)


def _related(kind: str) -> Worked:
    """The key of the customer or vendor that a contact belongs to; the API may tell one, or a list of them."""

    def find(record: Record, context: MappingContext) -> Any:
        found = record.get("contactInformation") or []
        told = found if isinstance(found, list) else [found]
        return next((one.get("relatedId") for one in told if one.get("relatedType") == kind), None)

    return Worked("related", ("contactInformation.relatedId", "contactInformation.relatedType"), find)


_CUSTOMER_OF, _VENDOR_OF = _related("Customer"), _related("Vendor")


def _is_of_party(record: Record, context: MappingContext) -> bool:
    person = word("type")(record, context) == "Person"
    return person and (known(_CUSTOMER_OF(record, context)) or known(_VENDOR_OF(record, context)))


_CONTACT = EntityMapping(
    entity="contact",
    when=_is_of_party,  # companies are customers and vendors themselves
    fields={
        "party": either([Ref("customer", _CUSTOMER_OF), Ref("supplier", _VENDOR_OF)]),
        "number": text("number"),
        "name": text("displayName"),
        "title": text("jobTitle"),
        "email": text("email"),
        "phone": first([text("mobilePhoneNumber"), text("phoneNumber")]),
        "active": truth("privacyBlocked", negated=True),
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {"customers": of(_CUSTOMER), "vendors": of(_SUPPLIER), "contacts": of(_CONTACT)}
