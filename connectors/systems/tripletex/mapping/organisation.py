"""The company, its departments, and its free dimensions.

Departments are a dimension, too: that of the source key ``department``, which the company gives. The free dimensions
are known by their index (1 to 3), their values by index and id.
"""

from __future__ import annotations

from connectors.rules import Worked, items, key, org_number, ref, text, truth
from connectors.rules.streams import of
from connectors.systems.tripletex.mapping.common import CHANGED_AT, ZONE, department_value, employee, number_or_id
from schemas.mapping import Constant, EntityMapping, MappingContext
from schemas.pages import Record

NORWAY = Constant("NO")


def _active(record: Record, context: MappingContext) -> bool:
    """Whether its last day is still to come; most have none."""
    return (record.get("endDate") or "9999-12-31") >= context.read_at.date().isoformat()


_COMPANY = EntityMapping(
    entity="company",
    fields={
        "name": text("name"),
        "org_number": org_number("organizationNumber", NORWAY),
        "base_currency": "currency.code",
        "country": "address.country.isoAlpha2Code",
        "time_zone": ZONE,
        "sub_units": items(
            "divisions",
            {
                "source_id": text("id"),
                "name": text("name"),
                "org_number": org_number("organizationNumber", NORWAY),
            },
        ),
        "active": Worked("company_active", ("endDate",), _active),
        "changed_at": CHANGED_AT,
    },
)

_DEPARTMENTS = EntityMapping(
    entity="dimension",
    key=lambda record, context: "department",
    fields={
        "code": Constant("department"),
        "name": Constant("Department"),
        "kind": Constant("department"),
    },
)

_DEPARTMENT = EntityMapping(
    entity="department",
    fields={
        "code": number_or_id("departmentNumber"),
        "number": text("departmentNumber"),
        "name": text("name"),
        "manager": employee("departmentManager"),
        "kind": Constant("department"),
        "active": truth("isInactive", negated=True),
        "changed_at": CHANGED_AT,
    },
)

_DEPARTMENT_VALUE = EntityMapping(
    entity="dimension_value",
    key=department_value("id"),
    fields={
        "dimension": ref("dimension", Constant("department")),
        "code": number_or_id("departmentNumber"),
        "number": text("departmentNumber"),
        "name": text("name"),
        "active": truth("isInactive", negated=True),
        "changed_at": CHANGED_AT,
    },
)

_DIMENSION = EntityMapping(
    entity="dimension",
    key=text("dimensionIndex"),
    fields={
        "code": text("dimensionIndex"),
        "name": text("dimensionName"),
        "kind": Constant("free"),
        "position": "dimensionIndex",
        "active": "active",
        "changed_at": CHANGED_AT,
    },
)

_VALUE = EntityMapping(
    entity="dimension_value",
    key=key(["dimensionIndex", "id"]),
    fields={
        "dimension": ref("dimension", "dimensionIndex"),
        "code": number_or_id(),
        "number": text("number"),
        "name": text("displayName"),
        "active": "active",
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {
    "companies": of(_COMPANY, _DEPARTMENTS),
    "departments": of(_DEPARTMENT, _DEPARTMENT_VALUE),
    "dimensions": of(_DIMENSION),
    "dimension-values": of(_VALUE),
}
