"""The parts of a connector's spec: its settings and its streams."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from connectors.increment import Increment
from connectors.model import Duration, Path, Slug, SpecModel
from connectors.rest_spec import RestStream
from connectors.windows import Windows


class SettingSpec(SpecModel):
    """One thing that a connection to this system must or may be given; secrets are stored encrypted."""

    name: str
    description: str
    secret: bool = False
    required: bool = True
    default: str | None = None


class StreamSpec(SpecModel):
    """One resource of a system that is polled.

    ``key`` holds the paths of the source key, several for a composite one. ``deletes`` says how absence is
    found out: by listing all keys, by a full scan, or not at all; absence is confirmed by key where
    ``lookup_size`` is not 0. ``refreshes`` names streams whose records this one makes stale; it is then
    primed before their first load. A stream with ``windows`` is polled as often as its narrowest tier says, and
    ``every`` does not count. ``fields`` are those that are asked for; the REST engine drops the others of a record as
    it arrives, where there are any.
    """

    name: Slug
    entities: tuple[str, ...] = ()
    key: tuple[Path, ...] = Field(default=("id",), min_length=1)
    resource: str = Field(description="Path or model name of the resource in the ERP.")
    fields: tuple[str, ...] = ()
    increment: Increment | None = None
    windows: Windows | None = None
    deletes: Literal["keys", "scan", "none"] = "scan"
    refreshes: tuple[Slug, ...] = ()
    page_size: int = Field(default=500, ge=1, le=10_000)
    lookup_size: int = Field(default=0, ge=0, le=1_000, description="Keys per lookup request; 0: no lookups.")
    every: Duration = Field(default=timedelta(minutes=5), gt=timedelta(0), le=timedelta(days=366))
    deletes_every: Duration = Field(default=timedelta(hours=24), gt=timedelta(0), le=timedelta(days=366))
    rest: RestStream = RestStream()
