"""The client, its departments, its locations and its free dimensions.

Departments and locations are dimensions, too, of the source keys ``department`` and ``location``, which the company
gives; the free ones are known by their ordinal (1 to 3). A value's key is that of its dimension, a slash and its id.
"""

from __future__ import annotations

from connectors.rules import first, items, key, org_number, ref, text
from connectors.rules.streams import of
from connectors.systems.poweroffice.mapping.common import BOOK, CHANGED_AT, NORWAY, ZONE, employee, value_key
from schemas.mapping import Constant, EntityMapping, Rule

_COMPANY = EntityMapping(
    entity="company",
    fields={
        "name": first([text("Name"), text("LegalName")]),
        "org_number": org_number("OrganizationNumber", first(["MailAddress.CountryCode", NORWAY])),
        "base_currency": first(["financial.CurrencyCode", BOOK]),
        "country": first(["MailAddress.CountryCode", NORWAY]),
        "time_zone": ZONE,
        "locked_until": "locks.LockDate",
        "sub_units": items(
            "enterprises",
            {
                "source_id": text("Id"),
                "name": text("Name"),
                "org_number": org_number("EnterpriseNo", NORWAY),
            },
        ),
        "changed_at": CHANGED_AT,
    },
)


def _fixed(code: str, name: str) -> EntityMapping:
    """A dimension that every client has."""
    return EntityMapping(
        entity="dimension",
        key=lambda record, context: code,
        fields={"code": Constant(code), "name": Constant(name), "kind": Constant(code)},
    )


def _value(dimension: Rule) -> dict[str, Rule]:
    return {
        "dimension": dimension,
        "code": text("Code"),
        "number": text("Code"),
        "name": text("Name"),
        "active": "IsActive",
        "changed_at": CHANGED_AT,
    }


def _value_of(code: str) -> EntityMapping:
    dimension = ref("dimension", Constant(code))
    return EntityMapping(entity="dimension_value", key=value_key(code, "Id"), fields=_value(dimension))


_DEPARTMENT = EntityMapping(
    entity="department",
    fields={
        "code": text("Code"),
        "number": text("Code"),
        "name": text("Name"),
        "manager": employee("ManagerEmployee"),
        "kind": Constant("department"),
        "active": "IsActive",
        "changed_at": CHANGED_AT,
    },
)

_DIMENSION = EntityMapping(
    entity="dimension",
    key=text("Ordinal"),
    fields={
        "code": text("Ordinal"),
        "name": first([text("Name"), text("Ordinal")]),
        "kind": Constant("free"),
        "position": "Ordinal",
        "active": "IsActive",
    },
)

_FREE_VALUE = EntityMapping(
    entity="dimension_value",
    key=key(["Ordinal", "Id"]),
    fields={**_value(ref("dimension", "Ordinal")), "external_ref": text("ExternalImportReference")},
)

MAPPINGS = {
    "company": of(_COMPANY, _fixed("department", "Department"), _fixed("location", "Location")),
    "departments": of(_DEPARTMENT, _value_of("department")),
    "locations": of(_value_of("location")),
    "dimensions": of(_DIMENSION),
    "dimension-values": of(_FREE_VALUE),
}
