"""The company, its dimensions and its departments."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from schemas.entities.common import Country, Currency, Entity, OrgNumber, Ref, Text, Value

DimensionKind = Literal["department", "cost_centre", "location", "project", "branch", "free", "other"]


class SubUnit(Value):
    """A unit that reports on its own (Norwegian underenhet, used in the a-melding)."""

    source_id: str | None = None
    name: str | None = None
    org_number: OrgNumber | None = None


class Company(Entity):
    """One company in the ERP. Entries up to and including ``locked_until`` can no longer be changed there."""

    name: Text
    org_number: OrgNumber | None = None
    vat_number: str | None = None
    base_currency: Currency
    country: Country | None = None
    time_zone: str | None = None
    locked_until: dt.date | None = None
    sub_units: list[SubUnit] | None = None


class Dimension(Entity):
    """A way to code entries. ``position`` is the ERP's own numbering of its free dimensions, from 1."""

    code: Text
    name: Text
    kind: DimensionKind
    position: int | None = None


class DimensionValue(Entity):
    """One value of a dimension; values may form a tree."""

    dimension: Ref
    code: Text
    name: Text
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    parent: Ref | None = None


class Department(Entity):
    """A department or cost centre; it is also published as a dimension value."""

    code: Text
    name: Text
    manager: Ref | None = None
    kind: Literal["department", "cost_centre", "other"] | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
