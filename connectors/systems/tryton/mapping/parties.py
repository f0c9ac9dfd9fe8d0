"""Customers, suppliers and contacts. A party is what its categories say: either, both or neither."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from connectors.systems.tryton.mapping.common import CHANGED_AT, active, address, number_or_id, watch
from connectors.systems.tryton.mapping.identifiers import org_number, vat_number
from connectors.systems.tryton.values import decode
from schemas.ids import entity_id
from schemas.keys import value_at
from schemas.mapping import EntityMapping, FollowUpRule, Function, MappingContext, StreamMapping
from schemas.pages import Record

Kind = Literal["customer", "supplier"]
_DEFAULTS = {"customer": "Customer", "supplier": "Supplier"}
_PHONES = ("phone", "mobile")


def kinds(party: Any, context: MappingContext) -> list[Kind]:
    """What a party is, by the connection's options ``customer_categories`` and ``supplier_categories``."""
    given = {name.casefold() for item in value_at(party, "categories") or () if (name := item.get("name"))}
    both: tuple[Kind, ...] = ("customer", "supplier")
    return [kind for kind in both if not given.isdisjoint(_categories(kind, context))]


def _categories(kind: Kind, context: MappingContext) -> set[str]:
    wanted = context.options.get(f"{kind}_categories") or _DEFAULTS[kind]
    names: Iterable[str] = wanted.split(",") if isinstance(wanted, str) else wanted
    return {name.strip().casefold() for name in names}


def _is(kind: Kind) -> Function:
    return lambda record, context: kind in kinds(record, context)


def _party_ref(kind: Kind, party: Record, context: MappingContext) -> dict[str, Any]:
    key = str(party["id"])
    scope = context.tenant, context.system, context.company
    return {"entity": kind, "id": entity_id(scope, kind, key), "source_id": key, "number": party.get("code")}


def _same_party(other: Kind) -> Function:
    def find(record: Record, context: MappingContext) -> Any:
        return _party_ref(other, record, context) if other in kinds(record, context) else None

    return find


def _name(record: Record, context: MappingContext) -> Any:
    return record.get("name") or record.get("full_name")


def _first(types: tuple[str, ...], flag: str | None = None) -> Function:
    """The party's first mechanism of a type that is nobody's in particular, else anybody's."""

    def find(record: Record, context: MappingContext) -> Any:
        found = [item for item in active(record.get("contact_mechanisms")) if item.get("type") in types]
        found = [item for item in found if flag is None or item.get(flag)]
        general = [item for item in found if not item.get("name")]
        return next((item.get("value") for item in (*general, *found)), None)

    return find


def _addresses(record: Record, context: MappingContext) -> list[dict[str, Any]]:
    return [address(item, context) for item in active(record.get("addresses"))]


def _party(kind: Kind, other: Kind) -> EntityMapping:
    return EntityMapping(
        entity=kind,
        when=_is(kind),
        fields={
            "number": number_or_id("code"),
            "name": _name,
            "org_number": org_number("identifiers"),
            "vat_number": vat_number("identifiers"),
            "email": _first(("email",)),
            "invoice_email": _first(("email",), "invoice"),
            "phone": _first(_PHONES),
            "addresses": _addresses,
            "same_party_as": _same_party(other),
            "active": "active",
            "changed_at": CHANGED_AT,
            **({"currency": "customer_currency.code"} if kind == "customer" else {}),
        },
    )


def _contact_party(record: Record, context: MappingContext) -> Any:
    party = record["party"]
    return _party_ref(kinds(party, context)[0], party, context)


def _is_contact(record: Record, context: MappingContext) -> bool:
    # A mechanism without a name is the party's own and shows on the customer or supplier.
    return bool(record.get("name")) and bool(kinds(record.get("party"), context))


def _value_of(*types: str) -> Function:
    return lambda record, context: record.get("value") if record.get("type") in types else None


_CONTACT = EntityMapping(
    entity="contact",
    when=_is_contact,
    fields={
        "party": _contact_party,
        "name": "name",
        "email": _value_of("email"),
        "phone": _value_of(*_PHONES),
        "active": "active",
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {
    "addresses": watch("parties", "party"),
    "identifiers": watch("parties", "party"),
    "contacts": StreamMapping((_CONTACT,), (FollowUpRule("parties", "party.id"),), decode),
    "parties": StreamMapping((_party("customer", "supplier"), _party("supplier", "customer")), prepare=decode),
}
