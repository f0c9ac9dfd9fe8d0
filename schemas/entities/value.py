"""The ground that value types and entities stand on: their common configuration and the simple types."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

CONFIG = ConfigDict(
    extra="forbid",
    frozen=True,
    serialize_by_alias=True,  # the field `from` is the attribute `from_`
    validate_by_name=True,
    validate_by_alias=True,
    coerce_numbers_to_str=True,  # ERPs give numbers of things as JSON numbers
    hide_input_in_errors=True,  # an error is shown and logged; a record is not
)


class Value(BaseModel):
    """Base of the value types: small, immutable, without identity."""

    model_config = CONFIG


def _to_utc(value: dt.datetime) -> dt.datetime:
    return value.astimezone(dt.UTC)


Text = Annotated[str, Field(min_length=1)]
"""Text that says something."""
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217.")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")]
Instant = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""A moment, UTC; a stamp without zone is an error."""
Moment = Annotated[Instant | dt.date, Field(union_mode="left_to_right")]
"""An instant, or only its day where the ERP keeps no more."""

Personal = Field(json_schema_extra={"pii": "personal"})
"""Marks a field that tells about a natural person."""
Sensitive = Field(json_schema_extra={"pii": "sensitive"})
"""Marks a field that is off unless a tenant opts in: national id, bank account, wage, cause of absence."""
