"""What the REST engine needs to know of a system and its streams, as data.

Texts may name settings and secrets of the connection as ``{name}``, ``{company}``, and what the engine fills in for a
request: ``{since}`` (changes), ``{from}`` and ``{to}`` (windows), ``{key}`` and ``{keys}`` (lookups), ``{limit}``,
``{position}`` (the page), ``{key}`` (details and children). A composite key's parts are ``{key1}``, ``{key2}`` …
A parameter, header or part of a body that names something without a value is left out: ``{since}`` is in no full scan,
``{position}`` in no first page but of counted ones, an optional setting only where it is given. Paths must be complete.

In a body, a text that is nothing but ``{keys}`` becomes a list, ``{limit}`` and a numeric ``{position}`` a number, and
what is marked as ``{name:int}`` a number, or a list of them. In GraphQL, put spaces inside of braces: ``{ code }``.
Where a template of the list names ``{position}`` or ``{limit}``, the parameter of the pagination for it is not sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from connectors.auth import Auth, NoAuth
from connectors.dialect import ErrorDialect
from connectors.model import Path, SpecModel
from connectors.pagination import NoPages, Pagination

Method = Literal["GET", "POST"]


OptionalPath = Literal[""] | Path


class Lookup(SpecModel):
    """Records by key: one request each, or ``lookup_size`` keys at once where something names ``{keys}``.

    ``records`` is the path of the record, or of the list where many are asked for; an answer that has a list there
    for one key is taken too. 404 and 410 mean absent. A lookup by one key gives whole records, without details.
    """

    path: str
    method: Method = "GET"
    params: Mapping[str, str] = Field(default_factory=dict)
    body: Any = None
    records: OptionalPath = ""
    separator: str = Field(default=",", description="Between keys, in texts.")


class PerRecord(SpecModel):
    """One more request for each record of a page: its detail, or its children.

    ``into`` is the field that takes what is found at the path ``records`` of the answer; '' replaces the record by
    it. ``most`` bounds a list: an answer that is longer may be cut off, and is an error. ``when`` is the path of a
    field of the record that must be true. A record whose detail is gone (404, 410) is left out; children that are none
    may be told by a status in ``empty``.
    """

    path: str
    method: Method = "GET"
    params: Mapping[str, str] = Field(default_factory=dict)
    body: Any = None
    records: OptionalPath = ""
    into: str = ""
    most: int = Field(default=1_000, ge=1, le=10_000)
    when: Path | None = None
    empty: tuple[int, ...] = ()


class RestStream(SpecModel):
    """What the REST engine needs to know of a stream; its ``resource`` is the path of the list.

    ``records`` is the path of the list in an answer, '' for the answer itself. ``params`` go with every list request,
    ``keys_params`` also where only keys are needed, ``newest_params`` where only the last changed record is.
    ``lookup`` may be short: a path with ``{key}``, ``record`` then being the path of the record in its answer.
    ``empty`` lists statuses that say: no records.
    """

    method: Method = "GET"
    records: OptionalPath = ""
    record: OptionalPath = ""
    lookup: str | Lookup | None = None
    params: Mapping[str, str] = Field(default_factory=dict)
    keys_params: Mapping[str, str] = Field(default_factory=dict)
    newest_params: Mapping[str, str] | None = None
    body: Any = None
    keys_body: Any = None
    pages: Pagination | None = None
    per_record: tuple[PerRecord, ...] = ()
    empty: tuple[int, ...] = ()

    def lookups(self) -> Lookup | None:
        """How records are asked for by key, in its long form."""
        return Lookup(path=self.lookup, records=self.record) if isinstance(self.lookup, str) else self.lookup


class RestApi(SpecModel):
    """What the REST engine needs to know of a system.

    ``headers`` go with every request; they may name ``{limit}``. ``check`` is the path that ``connections test`` asks
    for, else it is one record of the first stream. ``empty`` counts for all lists.
    """

    base_url: str = "{base_url}"
    auth: Auth = NoAuth()
    pages: Pagination = NoPages()
    headers: Mapping[str, str] = Field(default_factory=dict)
    errors: ErrorDialect = ErrorDialect()
    empty: tuple[int, ...] = ()
    check: str | None = None
