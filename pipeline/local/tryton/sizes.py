"""How much the made-up company has of everything."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Numbers of records; the same numbers always give the same records.

    ``parties`` are business partners; the company and its employees have a party each besides.
    ``projects`` have ``tasks_per_project`` tasks each; of the invoices some are drafts, some credit notes.
    Raises ValueError for sizes that cannot be: documents need parties, time needs projects and employees.
    """

    parties: int = 2000
    products: int = 500
    employees: int = 50
    projects: int = 200
    tasks_per_project: int = 3
    timesheet_lines: int = 5000
    sales_orders: int = 300
    customer_invoices: int = 200
    supplier_invoices: int = 50

    def __post_init__(self) -> None:
        least = {"parties": 10, "products": 5, "employees": 1, "projects": 1, "tasks_per_project": 1}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value < least.get(field.name, 0):
                raise ValueError(f"{field.name} must be at least {least.get(field.name, 0)}, not {value}.")

    def to_json(self) -> str:
        """The sizes as one line of JSON, the same text for the same sizes."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Sizes:
        """The sizes that ``to_json`` wrote; raises TypeError or ValueError for anything else."""
        return cls(**json.loads(text))


DEMO = Sizes()
SMALL = Sizes(
    parties=60,
    products=20,
    employees=6,
    projects=8,
    tasks_per_project=3,
    timesheet_lines=120,
    sales_orders=12,
    customer_invoices=12,
    supplier_invoices=6,
)
