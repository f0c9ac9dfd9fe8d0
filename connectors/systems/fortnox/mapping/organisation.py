"""The company, its cost centres, and its wage codes.

Cost centres are departments, and the values of the dimension ``cost-center``, which the company gives. Fortnox has no
list of wage codes: those that attendance and absence are registered by come with the company, from the contract.
"""

from __future__ import annotations

from connectors.rules import org_number, ref, text
from connectors.rules.streams import of
from connectors.systems.fortnox.mapping.common import BOOK, COST_CENTER, ZONE, value_key
from connectors.systems.fortnox.mapping.wage_codes import WAGE_CODE
from schemas.mapping import Constant, EntityMapping

_COMPANY = EntityMapping(
    entity="company",
    fields={
        "name": text("Name"),
        "org_number": org_number("OrganizationNumber", "CountryCode"),
        "vat_number": text("VATNumber"),
        "base_currency": BOOK,
        "country": text("CountryCode"),
        "time_zone": ZONE,
        "locked_until": "locked.EndDate",
    },
)

_COST_CENTERS = EntityMapping(
    entity="dimension",
    key=lambda record, context: COST_CENTER,
    fields={
        "code": Constant(COST_CENTER),
        "name": Constant("Cost centre"),
        "kind": Constant("cost_centre"),
    },
)

_DEPARTMENT = EntityMapping(
    entity="department",
    fields={
        "code": text("Code"),
        "number": text("Code"),
        "name": text("Description"),
        "kind": Constant("cost_centre"),
        "active": "Active",
    },
)

_VALUE = EntityMapping(
    entity="dimension_value",
    key=value_key("Code"),
    fields={
        "dimension": ref("dimension", Constant(COST_CENTER)),
        "code": text("Code"),
        "number": text("Code"),
        "name": text("Description"),
        "active": "Active",
    },
)

MAPPINGS = {
    "company": of(_COMPANY, _COST_CENTERS, WAGE_CODE),
    "cost-centers": of(_DEPARTMENT, _VALUE),
}
