"""Which models and fields a Tryton has: modules and versions differ, and a search refuses a name it does not know."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.spec import StreamSpec
from connectors.systems.tryton.answers import Dialect
from connectors.systems.tryton.queries import STAMP, old_stamps
from schemas.errors import ConfigError


class Catalogue:
    """What was found out in one session, model by model. Asked only once a search has been refused."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._models: dict[str, Mapping[str, str | None]] = {}

    async def model(self, name: str) -> Mapping[str, str | None]:
        """The model's fields with the model that each refers to; empty when there is no such model."""
        if name not in self._models:
            self._models[name] = await self._dialect.names(name)
        return self._models[name]

    async def has(self, model: str, path: str) -> bool:
        """Whether a dotted path leads somewhere."""
        here: str | None = model
        for part in path.split("."):
            fields = await self.model(here) if here else {}
            if part not in fields:
                return False
            here = fields[part]
        return True

    async def fields(self, stream: StreamSpec) -> tuple[str, ...]:
        """The stream's fields that there are, with the older stamps for STAMP; raises ConfigError without the model."""
        if not await self.model(stream.resource):
            raise ConfigError(
                f"This Tryton has no model '{stream.resource}' for the stream '{stream.name}'; "
                "install its module; the other streams are read meanwhile."
            )
        wanted = [
            name for field in stream.fields for name in (field, *(old_stamps(field) if field.endswith(STAMP) else ()))
        ]
        return tuple([name for name in wanted if await self.has(stream.resource, name)])
