"""The envelope of everything that travels: one CloudEvents 1.0 event as JSON.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md. The extension attributes that are set are also
the SNS message attributes, at most ten: with more, raw delivery drops the message without a word.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.errors import Poison

Change = Literal["created", "updated", "deleted"]
Origin = Literal["increment", "backfill", "scan", "lookup", "retransform", "replay", "sweep", "republish"]

FILTERABLE = ("tenant", "connection", "system", "stream", "entity", "change", "origin", "traceparent")


class Envelope(BaseModel):
    """One event. ``data`` is its content; ``dataref`` is the archive key instead, when the content is too big."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(min_length=1, description="The same event has the same id in every delivery.")
    source: str = Field(min_length=1)
    type: str = Field(min_length=1)
    time: datetime = Field(description="When the ERP was read, UTC.")
    subject: str | None = None
    datacontenttype: Literal["application/json"] = "application/json"
    tenant: str
    connection: str
    system: str
    stream: str | None = None
    entity: str | None = None
    change: Change | None = None
    origin: Origin | None = None
    contentencoding: Literal["zstd-base64url"] | None = None
    traceparent: str | None = None
    dataref: str | None = None
    data: Any = None

    def to_json(self) -> bytes:
        """The message body; attributes that are not set are left out."""
        return self.model_dump_json(exclude_none=True).encode()

    def attributes(self) -> dict[str, str]:
        """What a subscriber's filter policy may name, all of them text."""
        values = {name: getattr(self, name) for name in FILTERABLE}
        return {name: value for name, value in values.items() if value is not None}


def decode(body: bytes | str) -> Envelope:
    """Read one message body; raises Poison when it is not a CloudEvents event of ours."""
    try:
        return Envelope.model_validate(orjson.loads(body))
    except (orjson.JSONDecodeError, ValidationError) as error:
        raise Poison(f"A message is not a CloudEvents event: {_first_line(error)}; see its dead letter.") from error


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}"
    return str(error).splitlines()[0]
