"""Which plan maps a page: the connector's mapping with the tenant's field rules, compiled and kept for a moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar

from pydantic import ValidationError

from connectors.registry import Registry
from pipeline.clock import Clock
from pipeline.store import connections, erasures
from pipeline.store.connections import ConnectionRow
from pipeline.store.engine import Store
from schemas.errors import ConfigError
from schemas.mapping import MappingContext, StreamMapping
from schemas.pages import PageHead
from transformer.overrides import FieldRule
from transformer.plan import StreamPlan, compile_stream

T = TypeVar("T")

KEPT_FOR = timedelta(seconds=30)
"""How long a change of a tenant's rules may take to be seen."""


class Plans:
    """Compiles plans on demand."""

    def __init__(self, store: Store, registry: Registry, clock: Clock) -> None:
        self._store = store
        self._registry = registry
        self._clock = clock
        self._rows: dict[str, tuple[datetime, ConnectionRow]] = {}
        self._fences: dict[str, int] = {}
        self._plans: dict[tuple[str, str], tuple[ConnectionRow, StreamPlan]] = {}

    async def of(self, head: PageHead) -> tuple[StreamPlan, MappingContext]:
        """The plan and context for a page; ConfigError when the connector or the connection is gone.

        Superseded when the connection was erased after the page was read.
        """
        row = await self._row(head)
        kept = self._plans.get((head.connection, head.stream))
        if kept is None or kept[0] is not row:
            kept = (row, self._compile(row, head))
            self._plans[head.connection, head.stream] = kept
        context = MappingContext(
            head.tenant, head.connection, head.system, head.company, head.read_at, dict(row.settings)
        )
        return kept[1], context

    async def _row(self, head: PageHead) -> ConnectionRow:
        now, connection = self._clock.now(), head.connection
        kept = self._rows.get(connection)
        if kept and kept[0] > now:
            return self._unless_erased(head, kept[1])
        async with self._store.reading() as tx:
            self._fences[connection] = await erasures.fence(tx, connection)
            self._unless_erased(head, None)
            row = await connections.get(tx, connection)
        if kept and kept[1] == row:
            row = kept[1]
        self._rows[connection] = (now + KEPT_FOR, row)
        return row

    def _unless_erased(self, head: PageHead, row: T) -> T:
        if head.read.epoch <= self._fences.get(head.connection, -1):
            raise erasures.gone(head.connection)
        return row

    def _compile(self, row: ConnectionRow, head: PageHead) -> StreamPlan:
        connector = self._registry.get(head.system)
        try:
            spec = connector.spec.stream(head.stream)
        except KeyError:
            raise ConfigError(
                f"The connector {head.system} has no stream '{head.stream}' (any more); install the version that read "
                "the page, and send it again."
            ) from None
        mapping = connector.mappings.get(head.stream, StreamMapping())
        return compile_stream(spec.key, mapping, _rules(row), row.sensitive, stream=head.stream)


def _rules(row: ConnectionRow) -> list[FieldRule]:
    try:
        return [FieldRule.model_validate(rule) for rule in row.rules]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigError(
            f"A field rule of connection {row.id} is wrong at {where}: {first['msg']}; correct the connection's rules."
        ) from None
