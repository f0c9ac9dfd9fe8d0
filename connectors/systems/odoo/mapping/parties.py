"""Partners: customers and suppliers by their ranks, and the people of companies. One record may be several of them."""

from __future__ import annotations

from typing import Any, Literal

from connectors.rules import Worked, address, country, first, org_number, ref, several, text, truth
from connectors.systems.odoo.mapping.common import CHANGED_AT, of
from schemas.mapping import EntityMapping, MappingContext, Rule
from schemas.pages import Record

_ADDRESS = address("postal", ["street", "street2"], "zip", "city", "country_id.name")


def _has_rank(kind: str) -> Any:
    return lambda record, context: (record.get(f"{kind}_rank") or 0) > 0


def _party(kind: Literal["customer", "supplier"], other: Literal["customer", "supplier"]) -> EntityMapping:
    rank = _has_rank(other)
    both = Worked(
        "other_side",
        ("id", f"{other}_rank"),
        lambda record, context: record["id"] if rank(record, context) else None,
    )
    fields: dict[str, Rule] = {
        "number": first([text("ref"), text("id")]),
        "name": text("name"),
        "is_person": truth("is_company", negated=True),
        "org_number": org_number("company_registry", country("country_id.name")),
        "vat_number": text("vat"),
        "email": text("email"),
        "phone": text("phone"),
        "addresses": several([_ADDRESS]),
        "same_party_as": ref(other, both),
        "active": "active",
        "changed_at": CHANGED_AT,
    }
    return EntityMapping(entity=kind, when=_has_rank(kind), fields=fields)


def _is_contact(record: Record, context: MappingContext) -> bool:
    """A person at a company; other addresses of it (invoice, delivery) are no people."""
    return bool(record.get("parent_id")) and not record.get("is_company") and record.get("type") in ("contact", None)


def _kind_of_party(record: Record, context: MappingContext) -> Any:
    """The company's key where the ranks of the person say that it is a supplier only."""
    only = _has_rank("supplier")(record, context) and not _has_rank("customer")(record, context)
    return record["parent_id"]["id"] if only else None


def _contact(entity: Literal["customer", "supplier"]) -> EntityMapping:
    """A contact of a customer, or of a supplier where only the latter's rank is set."""
    fields: dict[str, Rule] = {
        "party": ref(entity, "parent_id.id"),
        "name": text("name"),
        "title": text("function"),
        "email": text("email"),
        "phone": text("phone"),
        "number": text("ref"),
        "active": "active",
        "changed_at": CHANGED_AT,
    }
    supplies = entity == "supplier"

    def when(record: Record, context: MappingContext) -> bool:
        return _is_contact(record, context) and (_kind_of_party(record, context) is not None) is supplies

    return EntityMapping(entity="contact", when=when, fields=fields)


MAPPINGS = {
    "partners": of(
        _party("customer", "supplier"), _party("supplier", "customer"), _contact("customer"), _contact("supplier")
    )
}
