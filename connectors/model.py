"""The ground that all specs stand on: immutable data that knows no other fields than its own."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,38}$")]


class SpecModel(BaseModel):
    """Base of every part of a spec."""

    model_config = ConfigDict(frozen=True, extra="forbid")
