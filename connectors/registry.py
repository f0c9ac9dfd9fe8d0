"""Which connectors there are: those of the entry points ``erpflow.connectors``, ours and third parties' alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from connectors.base import Connector
from connectors.spec import StreamSpec
from schemas.entities import ENTITIES, field_names
from schemas.errors import ConfigError
from schemas.mapping import EntityMapping, StreamMapping

GROUP = "erpflow.connectors"


@dataclass(frozen=True, slots=True)
class Registry:
    """The connectors by system, and for each entry point that is ``broken`` one sentence that says why."""

    connectors: Mapping[str, Connector] = field(default_factory=dict)
    broken: Mapping[str, ConfigError] = field(default_factory=dict)

    @classmethod
    def load(cls, points: Iterable[EntryPoint] | None = None) -> Registry:
        """Load all installed connectors. One that cannot be used is listed in ``broken`` and hides no other."""
        connectors: dict[str, Connector] = {}
        broken: dict[str, ConfigError] = {}
        for point in entry_points(group=GROUP) if points is None else points:
            try:
                connector = _load(point)
                _refuse_double(connector, connectors)
            except ConfigError as error:
                broken[f"{_package(point)}:{point.name}"] = error
            else:
                connectors[connector.spec.system] = connector
        return cls(dict(sorted(connectors.items())), broken)

    def get(self, system: str) -> Connector:
        """The connector of a system; raises ConfigError that lists those that exist."""
        if system not in self.connectors:
            there = ", ".join(self.connectors) or "none"
            raise ConfigError(f"There is no connector for the system '{system}'; installed are: {there}.")
        return self.connectors[system]


def check(connector: Connector) -> None:
    """Hold a connector's mappings against its spec and the common model; raises ConfigError with the first fault."""
    streams = {stream.name: stream for stream in connector.spec.streams}
    for name in connector.mappings:
        if name not in streams:
            raise ConfigError(f"there is a mapping for the stream '{name}', which the spec does not have")
    for stream in streams.values():
        mapping = connector.mappings.get(stream.name, StreamMapping())
        _check_entities(stream, mapping)
        for rule in mapping.follow_ups:
            if rule.stream not in streams:
                raise ConfigError(f"stream '{stream.name}' follows up '{rule.stream}', which does not exist")


def _check_entities(stream: StreamSpec, mapping: StreamMapping) -> None:
    mapped = {entity.entity for entity in mapping.entities}
    if mapped != set(stream.entities):
        raise ConfigError(
            f"stream '{stream.name}' declares the entities {sorted(stream.entities)} and maps {sorted(mapped)}"
        )
    for entity in mapping.entities:
        _check_fields(stream, entity)


def _check_fields(stream: StreamSpec, mapping: EntityMapping) -> None:
    if mapping.entity not in ENTITIES:
        raise ConfigError(f"stream '{stream.name}' gives '{mapping.entity}', which is no entity")
    strange = ({*mapping.fields} | {*mapping.unknown}) - field_names(mapping.entity)
    if strange:
        raise ConfigError(
            f"stream '{stream.name}' names fields that '{mapping.entity}' does not have: {sorted(strange)}"
        )


def _load(point: EntryPoint) -> Connector:
    connector = _guarded(point, point.load)
    if not isinstance(connector, Connector):
        raise _fault(point, "it is not a connectors.base.Connector")
    _guarded(point, lambda: check(connector))
    return connector


def _guarded(point: EntryPoint, work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as error:
        said = " ".join(str(error).split())[:300]
        raise _fault(point, said if isinstance(error, ConfigError) else f"{type(error).__name__} {said}") from error


def _refuse_double(connector: Connector, connectors: Mapping[str, Connector]) -> None:
    if connector.spec.system in connectors:
        raise ConfigError(f"The system '{connector.spec.system}' is registered twice; uninstall one package.")


def _fault(point: EntryPoint, why: str) -> ConfigError:
    return ConfigError(f"The connector '{point.name}' of {_package(point)} cannot be used: {why}; update or remove it.")


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value.partition(":")[0]
