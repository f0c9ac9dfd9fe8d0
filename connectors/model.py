"""The ground that all specs stand on: immutable data that knows no other fields than its own."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from schemas.keys import path_parts

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,38}$")]

_SHORT = re.compile(r"(\d{1,6})(s|m|h|d|w)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _duration(value: Any) -> Any:
    found = _SHORT.fullmatch(value) if isinstance(value, str) else None
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
"""A timedelta, which a text may give as ``30s``, ``5m``, ``24h``, ``14d`` or ``2w`` (or as ISO 8601: ``PT5M``)."""


def _path(value: str) -> str:
    path_parts(value)
    if not value.isprintable():
        raise ValueError("a path has a line break or another sign that cannot be seen; write it without")
    return value


Path = Annotated[str, AfterValidator(_path)]
"""The way to a value in an answer: dotted names, see ``schemas.keys.path_parts``."""


class SpecModel(BaseModel):
    """Base of every part of a spec."""

    model_config = ConfigDict(frozen=True, extra="forbid")
