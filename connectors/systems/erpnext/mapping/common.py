"""What the mappings share: the site's zone, the company's currency, references by name, and coding.

A document's name is its key, and mostly what people call it, too.
"""

from __future__ import annotations

from connectors.rules import Worked, dim, first, instant, key, option, ref, several, text, truth
from schemas.mapping import Constant, Object, Ref, Several

ZONE = first([option("time_zone"), Constant("Europe/Oslo")])
BOOK = first([option("currency"), Constant("NOK")])
CURRENCY = first([text("currency"), BOOK])
CHANGED_AT = instant("modified", zone=ZONE)
ACTIVE = truth("disabled", negated=True)


def to(entity: str, path: str) -> Ref:
    """What is named at a path."""
    return ref(entity, path, path)


def value_of(dimension: str, path: str) -> Worked:
    """The source key of a value of a dimension: names are unique within a DocType only."""
    return key([Constant(dimension), path])


def coding(dimension: str, path: str) -> Object:
    """The coding by what is named at a path."""
    return dim(dimension, value_of(dimension, path), path)


def cost_center() -> Several:
    """The coding by cost centre."""
    return several([coding("cost_center", "cost_center")])
