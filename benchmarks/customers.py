"""Made-up customers of 0.5 KB, as an ERP's API gives them: the plainer sort of record, beside the invoices."""

from __future__ import annotations

from datetime import timedelta

from benchmarks.invoices import START
from schemas.mapping import Constant, EntityMapping
from schemas.pages import Record


def customer(number: int) -> Record:
    """One customer with an address."""
    return {
        "id": number,
        "url": f"https://erp.example/v2/customer/{number}",
        "customerNumber": 20_000 + number,
        "name": f"Bygg og Anlegg {number} AS",
        "organizationNumber": f"9{number:08}",
        "email": f"post@bygg-{number}.example",
        "invoiceEmail": f"faktura@bygg-{number}.example",
        "phoneNumber": f"+47 22 {number % 100:02} {number % 90:02} 00",
        "language": "NO",
        "currency": "NOK",
        "postalAddress": {"street": f"Havnegata {number % 99 + 1}", "zip": "0150", "city": "Oslo", "country": "NO"},
        "paymentTermsDays": 14,
        "isPrivate": False,
        "isInactive": False,
        "changedAt": (START + timedelta(seconds=number)).isoformat(),
    }


MAPPING = EntityMapping(
    "customer",
    {
        "number": lambda record, context: str(record["customerNumber"]),
        "name": "name",
        "is_person": "isPrivate",
        "org_number": lambda record, context: {"country": "NO", "value": record["organizationNumber"]},
        "email": "email",
        "invoice_email": "invoiceEmail",
        "phone": "phoneNumber",
        "currency": "currency",
        "payment_terms_days": "paymentTermsDays",
        "invoice_channel": Constant("email"),
        "source_url": "url",
        "changed_at": "changedAt",
    },
    unknown=("gln", "vat_number", "credit_blocked"),
)
