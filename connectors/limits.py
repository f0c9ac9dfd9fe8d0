"""What an API allows, as data: the planner and the gate of the runtime keep it."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from connectors.model import Duration, SpecModel

Scope = Literal["application", "credential", "connection"]
"""What shares a limit: all connections of our application, those of one credential, or a connection alone."""


class Limit(SpecModel):
    """At most ``requests`` in any ``per``; the source of the figure belongs in a comment of the spec."""

    requests: int = Field(ge=1)
    per: Duration = Field(gt=timedelta(0))
    scope: Scope = "connection"


class Concurrency(SpecModel):
    """At most ``requests`` at the same moment.

    Each connection keeps to it; connections that share a wider ``scope`` may together exceed it, which the API tells.
    """

    requests: int = Field(ge=1)
    scope: Scope = "connection"


class QuotaHeaders(SpecModel):
    """Where the API's answers say what is left: names of headers, any of which may be missing.

    ``reset`` is in seconds from now, or an instant where ``reset_is`` says so (Unix seconds).
    """

    limit: str | None = None
    remaining: str | None = None
    reset: str | None = None
    reset_is: Literal["seconds", "unix"] = "seconds"


class Limits(SpecModel):
    """All limits that bind a system at once. ``wait`` is taken after a 429 that names no time."""

    rates: tuple[Limit, ...] = ()
    concurrent: Concurrency | None = None
    quota: QuotaHeaders | None = None
    wait: Duration = timedelta(seconds=5)
