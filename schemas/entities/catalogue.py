"""The catalogue of entities, and what can be asked about them by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from schemas.entities.accounting import Account, LedgerEntry, Payment, VatCode
from schemas.entities.common import Entity
from schemas.entities.invoices import PurchaseInvoice, SalesInvoice
from schemas.entities.organisation import Company, Department, Dimension, DimensionValue
from schemas.entities.parties import Contact, Customer, Supplier
from schemas.entities.people import Employee, EmployeeRate, Employment
from schemas.entities.projects import Activity, Project, ProjectTask
from schemas.entities.time import Absence, TimeApproval, TimeEntry, WageCode, WageLine
from schemas.entities.trade import Product, PurchaseOrder, SalesOrder

ENTITIES: Mapping[str, type[Entity]] = MappingProxyType(
    {
        "company": Company,
        "dimension": Dimension,
        "dimension_value": DimensionValue,
        "department": Department,
        "employee": Employee,
        "employment": Employment,
        "employee_rate": EmployeeRate,
        "customer": Customer,
        "supplier": Supplier,
        "contact": Contact,
        "project": Project,
        "project_task": ProjectTask,
        "activity": Activity,
        "time_entry": TimeEntry,
        "wage_line": WageLine,
        "wage_code": WageCode,
        "absence": Absence,
        "time_approval": TimeApproval,
        "vat_code": VatCode,
        "product": Product,
        "sales_order": SalesOrder,
        "purchase_order": PurchaseOrder,
        "sales_invoice": SalesInvoice,
        "purchase_invoice": PurchaseInvoice,
        "account": Account,
        "ledger_entry": LedgerEntry,
        "payment": Payment,
    }
)
"""Every entity of the common model by its name in snake_case."""


@cache
def field_names(entity: str) -> frozenset[str]:
    """The fields of an entity as they are called in JSON; KeyError if there is no such entity."""
    return frozenset(field.alias or name for name, field in ENTITIES[entity].model_fields.items())


@cache
def required_fields(entity: str) -> frozenset[str]:
    """The fields without which a record is rejected, as they are called in JSON."""
    fields = ENTITIES[entity].model_fields.items()
    return frozenset(field.alias or name for name, field in fields if field.is_required())


@cache
def sensitive_fields(entity: str) -> frozenset[str]:
    """The fields that stay off unless the tenant opts in, as they are called in JSON."""
    fields = ENTITIES[entity].model_fields.items()
    return frozenset(
        field.alias or name
        for name, field in fields
        if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("pii") == "sensitive"
    )
