"""How a stream's changes are asked for, as data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from connectors.model import Duration, Path, SpecModel

StampFormat = (
    Literal["iso", "iso-seconds", "date", "unix", "unix-ms", "http"] | Annotated[str, Field(pattern=r"%[YyjHMSfmdbBT]")]
)
"""A notation of instants: a name, or a pattern of ``strftime``; ``http`` is that of RFC 9110, 5.6.7."""


class Increment(SpecModel):
    """How changes are asked for. ``overlap`` is read again at every poll: stamps may become visible late.

    ``field`` is the path of the change stamp in a record, '' where records do not show theirs: the time on the
    API's clock when the poll began then stands for it. ``ordered`` promises that changes come in the order of
    their stamps, which lets a poll go on from the last one instead of counting pages.

    The rest is for the REST engine. The instant goes, in ``format``, wherever ``{since}`` stands: in ``params``
    and ``headers``, which are sent only when changes are asked for, or in the body of the stream; ``param`` is
    short for a parameter that is nothing else. ``zone`` is the IANA zone of stamps that name none; it may name a
    setting. ``exclusive`` says that the API answers with what is strictly after the instant. ``record_format`` is
    the notation in the records where it is not ISO 8601 nor ``format``.
    """

    field: Literal[""] | Path
    overlap: Duration = Field(default=timedelta(seconds=60), ge=timedelta(0), le=timedelta(days=366))
    ordered: bool = False
    param: str | None = None
    params: Mapping[str, str] = Field(default_factory=dict)
    headers: Mapping[str, str] = Field(default_factory=dict)
    format: StampFormat = "iso"
    record_format: StampFormat | None = None
    zone: str = "UTC"
    exclusive: bool = False
