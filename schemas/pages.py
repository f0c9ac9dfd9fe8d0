"""Pages: the unit of journal, transport and accounting between the stages.

A *raw page* holds up to a few hundred records of one stream exactly as the ERP gave them; a *domain page* holds what
the mapping made of the same records, one result for each. Both share the head, which says what was read and when.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.envelope import Origin
from schemas.version import ReadNumber, Version

RAW_PAGE = "erpflow.raw.page.v1"
DOMAIN_PAGE = "erpflow.domain.page.v1"

Record = dict[str, Any]
"""One record as the ERP gave it: parsed JSON, nothing added, renamed or removed."""


class PageHead(BaseModel):
    """Identity of a page. (run, number, pass_number) is unique; ``read`` orders it among all pages of the stream.

    ``first_index`` is the position of the page's first record within its read: 0, unless several pages come from one
    server-side export. ``absent`` lists source keys that were asked for by id and do not exist (any more).
    """

    model_config = ConfigDict(frozen=True)

    tenant: str
    connection: str
    system: str
    company: str = Field(description="Key of the company in the ERP.")
    stream: str
    run: str
    number: int = Field(ge=0)
    pass_number: int = Field(default=0, ge=0)
    read: ReadNumber
    first_index: int = Field(default=0, ge=0)
    origin: Origin
    read_at: datetime
    count: int = Field(ge=0)
    absent: tuple[str, ...] = ()
    traceparent: str

    def version(self, index: int) -> Version:
        """Version of the record at ``index`` of this page."""
        return self.read.at(self.first_index + index, self.pass_number)

    @property
    def scope(self) -> tuple[str, str, str]:
        """(tenant, system, company): the space in which source keys are unique."""
        return self.tenant, self.system, self.company


class RawPage(BaseModel):
    """Records of one stream as they were read."""

    model_config = ConfigDict(frozen=True)

    head: PageHead
    records: list[Record]


class MappedEntity(BaseModel):
    """One entity out of a record. ``body`` is the validated entity as JSON; ``digest`` covers what it says.

    The digest leaves out absent fields and the ERP's own change stamp, so that neither a new optional field nor a
    mere touch makes an event.
    """

    model_config = ConfigDict(frozen=True)

    entity: str
    id: str
    digest: str
    body: dict[str, Any]


class Reject(BaseModel):
    """Why a record was not mapped: ``field`` of the common model (or of the record), one sentence, its error class."""

    model_config = ConfigDict(frozen=True)

    field: str | None = None
    reason: str
    error: str = "Rejected"


class Result(BaseModel):
    """What became of one record of a page: mapped (to one or more entities), skipped (to none), or rejected.

    ``key`` is the record's source key, None when the record has none (which is a reject).
    """

    model_config = ConfigDict(frozen=True)

    index: int
    key: str | None
    status: Literal["mapped", "skipped", "rejected"]
    entities: list[MappedEntity] = []
    reject: Reject | None = None


class FollowUp(BaseModel):
    """A record that must be read again by its key, because something it shows lives in another stream."""

    model_config = ConfigDict(frozen=True)

    stream: str
    key: str


class DomainPage(BaseModel):
    """Results of one raw page, in the order of its records."""

    model_config = ConfigDict(frozen=True)

    head: PageHead
    results: list[Result]
    follow_ups: list[FollowUp] = []
