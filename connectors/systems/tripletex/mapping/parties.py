"""Customers, suppliers and contacts. A party that is both has one id in both lists, and is told twice."""

from __future__ import annotations

from typing import Any, Literal

from connectors.rules import Worked, choice, first, join, org_number, present, ref, several, text, truth, when
from connectors.rules.streams import of
from connectors.systems.tripletex.mapping.common import CHANGED_AT, CURRENCY, department, dims, number_or_id, place
from connectors.systems.tripletex.mapping.organisation import NORWAY
from schemas.mapping import ABSENT, EntityMapping, FollowUpRule, MappingContext, Rule, StreamMapping
from schemas.pages import Record

_CHANNELS = {
    "EMAIL": "email",
    "EHF": "ehf_peppol",
    "EFAKTURA": "efaktura",
    "AVTALEGIRO": "efaktura",
    "PAPER": "paper",
}


def _terms(record: Record, context: MappingContext) -> Any:
    """Days, where the terms are days: months and fixed days of a month are not."""
    if "invoicesDueIn" not in record:
        return ABSENT
    return record["invoicesDueIn"] if record.get("invoicesDueInType", "DAYS") == "DAYS" else None


def _gln(record: Record, context: MappingContext) -> Any:
    """The number, which is 0 where there is none."""
    return text("globalLocationNumber")(record, context) if record.get("globalLocationNumber") else None


def _party(kind: Literal["customer", "supplier"], other: Literal["customer", "supplier"]) -> dict[str, Rule]:
    flag = f"is{other.capitalize()}"
    both = Worked("other_side", ("id", flag), lambda record, context: record["id"] if record.get(flag) else None)
    return {
        "number": number_or_id(f"{kind}Number"),
        "name": text("name"),
        "is_person": "isPrivateIndividual",
        "org_number": org_number("organizationNumber", first(["postalAddress.country.isoAlpha2Code", NORWAY])),
        "email": text("email"),
        "invoice_email": text("invoiceEmail"),
        "phone": first([text("phoneNumber"), text("phoneNumberMobile")]),
        "addresses": several(
            [place("postal", "postalAddress"), place("visit", "physicalAddress"), place("delivery", "deliveryAddress")]
        ),
        "currency": CURRENCY,
        "same_party_as": ref(other, both, f"{other}Number"),
        "active": truth("isInactive", negated=True),
        "changed_at": CHANGED_AT,
    }


_CUSTOMER = EntityMapping(
    entity="customer",
    fields={
        **_party("customer", "supplier"),
        "gln": Worked("gln", ("globalLocationNumber",), _gln),
        "payment_terms_days": Worked("terms", ("invoicesDueIn", "invoicesDueInType"), _terms),
        "invoice_channel": choice("invoiceSendMethod", _CHANNELS),
        "department": department(),
        "dims": dims(),
    },
)

_SUPPLIER = EntityMapping(entity="supplier", fields=_party("supplier", "customer"))

_CONTACT = EntityMapping(
    entity="contact",
    when=when(present("customer.id")),  # the company's own contacts belong to no party
    fields={
        "party": ref("customer", "customer.id", "customer.customerNumber"),
        "name": first([text("displayName"), join(["firstName", "lastName"])]),
        "first_name": text("firstName"),
        "last_name": text("lastName"),
        "email": text("email"),
        "phone": first([text("phoneNumberMobile"), text("phoneNumberWork")]),
        "active": truth("isInactive", negated=True),
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {
    "customers": of(_CUSTOMER),
    "suppliers": of(_SUPPLIER),
    "contacts": of(_CONTACT),
    "inactive-customers": StreamMapping(follow_ups=(FollowUpRule("customers", "id"),)),
    "inactive-suppliers": StreamMapping(follow_ups=(FollowUpRule("suppliers", "id"),)),
}
