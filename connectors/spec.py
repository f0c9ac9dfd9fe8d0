"""A connector is data: what a system's settings, streams and oddities are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from connectors.auth import Auth, NoAuth, auth_templates
from connectors.model import Slug, SpecModel
from connectors.pagination import NoPages, Pagination
from connectors.templates import names

StampFormat = Literal["iso", "iso-seconds", "date", "unix", "unix-ms"]


class SettingSpec(SpecModel):
    """One thing that a connection to this system must or may be given; secrets are stored encrypted."""

    name: str
    description: str
    secret: bool = False
    required: bool = True
    default: str | None = None


class Increment(SpecModel):
    """How changes are asked for. ``overlap`` is read again at every poll: stamps may become visible late.

    ``field`` is the path of the change stamp in a record. ``ordered`` promises that changes come in the
    order of their stamps, which lets a poll go on from the last one instead of counting pages. The rest is
    for the REST engine: ``param`` takes the instant in ``format``, ``zone`` is the IANA zone of stamps that
    name none, and ``exclusive`` says that the API answers with what is strictly after it.
    """

    field: str
    overlap: timedelta = timedelta(seconds=60)
    ordered: bool = False
    param: str | None = None
    format: StampFormat = "iso"
    zone: str = "UTC"
    exclusive: bool = False


class RestStream(SpecModel):
    """What the REST engine needs to know of a stream; its ``resource`` is the path of the list.

    ``records`` is the path of the list in an answer, '' for the answer itself; ``lookup`` the path of one
    record (``/customers/{key}``, 404 being absent), found in its answer at ``record``. ``params`` go with
    every list request, ``keys_params`` also where only keys are needed, ``newest_params`` where only the
    last changed record is.
    """

    records: str = ""
    record: str = ""
    lookup: str | None = None
    params: Mapping[str, str] = Field(default_factory=dict)
    keys_params: Mapping[str, str] = Field(default_factory=dict)
    newest_params: Mapping[str, str] | None = None
    pages: Pagination | None = None


class StreamSpec(SpecModel):
    """One resource of a system that is polled.

    ``key`` holds the paths of the source key, several for a composite one. ``deletes`` says how absence is
    found out: by listing all keys, by a full scan, or not at all; absence is confirmed by key where
    ``lookup_size`` is not 0. ``refreshes`` names streams whose records this one makes stale; it is then
    primed before their first load.
    """

    name: Slug
    entities: tuple[str, ...] = ()
    key: tuple[str, ...] = ("id",)
    resource: str = Field(description="Path or model name of the resource in the ERP.")
    fields: tuple[str, ...] = ()
    increment: Increment | None = None
    deletes: Literal["keys", "scan", "none"] = "scan"
    refreshes: tuple[Slug, ...] = ()
    page_size: int = Field(default=500, ge=1, le=10_000)
    lookup_size: int = Field(default=0, ge=0, le=1_000, description="Keys per lookup request; 0: no lookups.")
    every: timedelta = timedelta(minutes=5)
    deletes_every: timedelta = timedelta(hours=24)
    rest: RestStream = RestStream()


class RestApi(SpecModel):
    """What the REST engine needs to know of a system; texts may name settings and secrets as ``{name}``."""

    base_url: str = "{base_url}"
    auth: Auth = NoAuth()
    pages: Pagination = NoPages()
    headers: Mapping[str, str] = Field(default_factory=dict)


class ConnectorSpec(SpecModel):
    """A system: its settings and streams; ``rest`` only where the REST engine reads it."""

    system: Slug
    title: str
    settings: tuple[SettingSpec, ...] = ()
    streams: tuple[StreamSpec, ...] = Field(min_length=1)
    rest: RestApi | None = None

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
    def _templates_can_be_filled(self) -> Self:
        if self.rest is None:
            return self
        given = {setting.name for setting in self.settings if setting.required or setting.default is not None}
        templates = [self.rest.base_url, *self.rest.headers.values(), *auth_templates(self.rest.auth)]
        lookups = [stream.rest.lookup or "" for stream in self.streams]
        paths = [stream.resource for stream in self.streams]
        wanted = set().union(*map(names, (*templates, *paths)))
        missing = wanted - given - {"company"} | set().union(*map(names, lookups)) - given - {
            "company",
            "key",
        }
        if missing:
            raise ValueError(f"templates name {sorted(missing)}, which no required setting gives")
        return self

    @model_validator(mode="after")
    def _lookups_have_a_path(self) -> Self:
        for stream in self.streams:
            if self.rest is not None and stream.lookup_size and not stream.rest.lookup:
                raise ValueError(f"stream '{stream.name}' has a lookup_size and no rest.lookup path")
        return self


def _unique(what: str, given: Iterable[str]) -> None:
    twice = sorted(name for name, count in Counter(given).items() if count > 1)
    if twice:
        raise ValueError(f"{what} names {twice} come twice")
