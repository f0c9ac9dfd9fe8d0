"""A connector is data: what a system's settings, streams and oddities are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Self

from pydantic import Field, model_validator

from connectors.limits import Limits
from connectors.model import Slug, SpecModel
from connectors.rest_spec import RestApi
from connectors.spec_checks import stream_faults, template_faults
from connectors.stream_spec import SettingSpec as SettingSpec
from connectors.stream_spec import StreamSpec as StreamSpec


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
        faults = stream_faults(self.streams, self.rest)
        faults += template_faults(self.streams, self.rest, self.settings) if self.rest else []
        if faults:
            raise ValueError("; ".join(faults))
        return self


def _unique(what: str, given: Iterable[str]) -> None:
    twice = sorted(name for name, count in Counter(given).items() if count > 1)
    if twice:
        raise ValueError(f"{what} names {twice} come twice")
