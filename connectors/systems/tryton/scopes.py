"""Where records of a model say which company they belong to, and what is behind their reference fields."""

from __future__ import annotations

from connectors.systems.tryton.references import Reference

ABOVE = ("type", "parent.type", "parent.parent.type", "parent.parent.parent.type")
"""The kinds of a project work and of what is above it."""

SCOPES = {
    "company.company": "id",
    "company.employee": "company",
    "project.work": "company",
    "timesheet.work": "company",
    "timesheet.line": "company",
    "sale.sale": "company",
    "sale.line": "sale.company",
    "account.invoice": "company",
    "account.invoice.line": "company",
    "account.account": "company",
}
"""Where a model says which company it belongs to; parties and products belong to all companies."""

REFERENCES = {"time-entries": Reference("work.origin", "project.work", ("id", *ABOVE))}
"""Hours are booked on a timesheet work, whose origin is the project or task."""
