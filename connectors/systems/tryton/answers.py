"""What both dialects give back, and how an answer is held to have that shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from connectors.http import Response
from connectors.systems.tryton.queries import Query
from schemas.errors import ConfigError, Drifted
from schemas.pages import Record


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a search, and the time on the server's clock when it answered (None: it did not say)."""

    records: list[Record] = field(repr=False)
    at: datetime | None = None


class UnknownName(ConfigError):  # noqa: N818 - it is a ConfigError, in the words of this folder
    """A search names a model or field that this Tryton does not have."""

    def __init__(self, name: str, model: str) -> None:
        super().__init__(
            f"This Tryton does not know '{name}' in a search of {model}; install the module that brings it, "
            "or check the database's name."
        )


class Dialect(Protocol):
    """One of Tryton's interfaces. Raises the errors of ``schemas.errors``."""

    title: str

    async def search(self, query: Query) -> Rows:
        """The rows of a query; may be repeated. Raises UnknownName for a model or field that there is not."""

    async def names(self, model: str) -> Mapping[str, str | None]:
        """The model's fields with the model that each refers to; empty when there is no such model."""

    async def close(self) -> None:
        """Give back what the dialect holds on the server."""


def rows_of(answer: Any, model: str) -> list[Record]:
    """The answer as rows with an id each; raises Drifted for any other shape."""
    if isinstance(answer, list) and all(isinstance(row, dict) and isinstance(row.get("id"), int) for row in answer):
        return answer
    raise Drifted(f"Tryton's answer to a search of {model} is no list of rows with ids; check its version.")


def server_time(response: Response) -> datetime | None:
    """The ``Date`` of an answer."""
    try:
        return parsedate_to_datetime(response.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return None
