"""What the REST engine takes out of an answer: its records, its link, its time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.http import Response
from connectors.pagination import NoPages
from connectors.spec import StreamSpec
from schemas.errors import Drifted
from schemas.keys import source_key, value_at
from schemas.pages import Record
from schemas.slices import Slices


def list_at(response: Response, path: str, stream: StreamSpec) -> Sequence[Record]:
    """The list of records at a path of an answer, '' being the answer itself; raises Drifted when there is none."""
    if response.meaning in ("empty", "absent"):
        return []
    found = part_at(response, path)
    if isinstance(found, Slices):
        return found
    if _is_lone(found, stream):
        return [found]
    if isinstance(found, list) and all(isinstance(record, dict) for record in found):
        return found
    where = f"at '{path}'" if path else "as its answer"
    raise Drifted(f"The stream '{stream.name}' has no list of records {where}; compare the spec with the API.")


def _is_lone(found: Any, stream: StreamSpec) -> bool:
    """Whether an answer is a record itself, as the company is: for a stream whose own pages are none.

    It must have the key, for errors are objects, too.
    """
    lone = isinstance(found, dict) and isinstance(stream.rest.pages, NoPages)
    return lone and source_key(found, stream.key) is not None


def part_at(response: Response, path: str) -> Any:
    """What is at a path of an answer, '' being the answer itself."""
    return value_at(response.json, path) if path else response.json


def link_of(response: Response) -> str:
    """The ``Link`` header."""
    return response.headers.get("link", "")


def server_time(response: Response) -> datetime | None:
    """When the answer was given, by the clock of the API's server; None where it does not say."""
    try:
        return parsedate_to_datetime(response.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return None
