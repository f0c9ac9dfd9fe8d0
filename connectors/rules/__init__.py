"""Rules that the mappings of all systems share, in Python as functions, in YAML by the same names.

The first argument of a rule is what stands behind its name in YAML, the others stand beside it:
``money("total", currency="currency.code")`` is ``{money: total, currency: currency.code}``. Every rule tells absent
from null as ``schemas.mapping`` does, gives exact numbers, and raises ``schemas.errors.Rejected`` for a value that it
cannot take, without showing it.
"""

from connectors.rules.amounts import decimal, hours, money, price, quantity
from connectors.rules.links import dim, items, nested, ref, several
from connectors.rules.parties import address, country, org_number, payment_ref
from connectors.rules.texts import choice, first, join, key, option, present, text, truth, when
from connectors.rules.times import date, instant, local_time
from connectors.rules.units import UNITS, unit_code
from connectors.rules.values import Value, Worked, getter, known, paths

__all__ = [
    "UNITS",
    "Value",
    "Worked",
    "address",
    "choice",
    "country",
    "date",
    "decimal",
    "dim",
    "first",
    "getter",
    "hours",
    "instant",
    "items",
    "join",
    "key",
    "known",
    "local_time",
    "money",
    "nested",
    "option",
    "org_number",
    "paths",
    "payment_ref",
    "present",
    "price",
    "quantity",
    "ref",
    "several",
    "text",
    "truth",
    "unit_code",
    "when",
]
