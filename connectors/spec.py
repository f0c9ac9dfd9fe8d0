"""A connector is data: what a system's settings, streams and oddities are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from connectors.increment import Increment
from connectors.limits import Limits
from connectors.model import Duration, Path, Slug, SpecModel
from connectors.rest_spec import RestApi, RestStream
from connectors.spec_checks import stream_faults, template_faults
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


class ConnectorSpec(SpecModel):
    """A system: its settings and streams; ``rest`` only where the REST engine reads it."""

    system: Slug
    title: str
    settings: tuple[SettingSpec, ...] = ()
    streams: tuple[StreamSpec, ...] = Field(min_length=1)
    rest: RestApi | None = None
    limits: Limits = Limits()

    def stream(self, name: str) -> StreamSpec:
        """The stream of that name; KeyError if there is none."""
        return {stream.name: stream for stream in self.streams}[name]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        _unique("stream", (stream.name for stream in self.streams))
        _unique("setting", (setting.name for setting in self.settings))
        return self

    @model_validator(mode="after")
    def _references_lead_somewhere(self) -> Self:
        known = {stream.name for stream in self.streams}
        for stream in self.streams:
            for other in stream.refreshes:
                if other not in known:
                    raise ValueError(f"stream '{stream.name}' refreshes '{other}', which does not exist")
        return self

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        faults = [*stream_faults(self), *template_faults(self)]
        if faults:
            raise ValueError("; ".join(faults))
        return self


def _unique(what: str, given: Iterable[str]) -> None:
    twice = sorted(name for name, count in Counter(given).items() if count > 1)
    if twice:
        raise ValueError(f"{what} names {twice} come twice")
