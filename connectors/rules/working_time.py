"""Hours that an ERP keeps as a quantity of some unit: hours, minutes, or days whose length only the tenant knows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.rules.amounts import decimal, number
from connectors.rules.units import unit_code
from connectors.rules.values import Value, Worked, getter, known
from schemas.entities.common import exact
from schemas.errors import Rejected
from schemas.mapping import MappingContext
from schemas.pages import Record

_IN_AN_HOUR = {"HUR": Decimal(1), "MIN": Decimal(60), "SEC": Decimal(3_600)}


def worked_hours(value: Value, unit: Value, per_day: Value) -> Worked:
    """Decimal hours with 4 decimals of a quantity in a ``unit`` of time.

    Days count as ``per_day`` hours. Raises Rejected for them where that says nothing, and for what is no unit of time.
    """
    count, word, length = decimal(value), getter(unit), getter(per_day)

    def work(record: Record, context: MappingContext) -> Any:
        found = count(record, context)
        if not known(found):
            return found
        code = unit_code(word(record, context))
        if code == "DAY":
            return exact(found * _hours_of_a_day(length(record, context)))
        if code not in _IN_AN_HOUR:
            raise Rejected("The time worked is not counted in hours, minutes or days; correct its unit in the ERP.")
        return exact(found / _IN_AN_HOUR[code])

    return Worked("worked_hours", (value, unit), work)


def _hours_of_a_day(found: Any) -> Decimal:
    if not known(found):
        raise Rejected("The time worked is counted in days; set 'hours_per_day' of the connection.")
    return number(found)
