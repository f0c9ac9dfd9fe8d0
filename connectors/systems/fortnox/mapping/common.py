"""What the mappings share: currencies, references by number, codings and addresses.

Numbers are keys in Fortnox. An empty text, and 0 where documents name others, say that there is none. Amounts and
counts are numbers in some resources and texts in others; the rules take both.
"""

from __future__ import annotations

from typing import Any

from connectors.rules import Value, Worked, address, dim, first, key, option, ref, several, text
from connectors.rules.amounts import number
from connectors.rules.values import getter, known
from schemas.entities.common import exact
from schemas.keys import composite_key
from schemas.mapping import ABSENT, Constant, MappingContext, Ref, Rule, Several
from schemas.pages import Record

BOOK = first([option("currency"), Constant("SEK")])
ZONE = first([option("time_zone"), Constant("Europe/Stockholm")])
CURRENCY = first(["Currency", BOOK])


def _rate(record: Record, context: MappingContext) -> Any:
    rate, units = record.get("CurrencyRate", ABSENT), record.get("CurrencyUnit")
    return exact(number(rate) / number(units or 1), 10) if known(rate) else rate


RATE = Worked("rate", ("CurrencyRate", "CurrencyUnit"), _rate)
"""Book currency for one unit of the document's: the rate is for ``CurrencyUnit`` units (100 for some currencies)."""
COST_CENTER = "cost-center"
"""Source key of the only dimension beside projects, which are projects here."""


def numbered(entity: str, path: str) -> Ref:
    """What is named by its number, which is its key."""
    number = text(path)
    return ref(entity, number, number, none=["0"])


def department(path: str = "CostCenter") -> Ref:
    """The cost centre as a department."""
    return numbered("department", path)


def dims(path: str = "CostCenter") -> Several:
    """The coding by cost centre."""
    return several([cost_center(path)])


def cost_center(path: str) -> Rule:
    """The coding by the cost centre at a path."""
    return dim(COST_CENTER, value_key(path), path)


def value_key(path: str) -> Worked:
    """The source key of a cost centre as a value of its dimension."""
    return key([Constant(COST_CENTER), path])


def account(number: Value, year: Value) -> Ref:
    """The account of a financial year: numbers repeat in every year, so that one without year names none."""
    get, year_of = getter(number), getter(year)

    def find(record: Record, context: MappingContext) -> Any:
        found, when = get(record, context), year_of(record, context)
        return composite_key((found, when)) if known(found) and found and known(when) else None

    return ref("account", Worked("account", (number, year), find), number)


def place(kind: Any, prefix: str, lines: tuple[str, ...] = ("Address1", "Address2")) -> Worked:
    """The address whose fields begin with a prefix."""
    parts = (f"{prefix}ZipCode", f"{prefix}City", f"{prefix}CountryCode")
    return address(kind, [f"{prefix}{line}" for line in lines], *parts)
