"""Which connectors there are: of the entry points ``erpflow.connectors``, ours and third parties', and of a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from connectors.base import Connector
from connectors.folder import connector as from_folder
from connectors.spec import StreamSpec
from schemas.entities import ENTITIES, field_names
from schemas.errors import ConfigError
from schemas.mapping import EntityMapping, StreamMapping

GROUP = "erpflow.connectors"

_YAML = (".yaml", ".yml")

_LONGEST = 900
"""Letters of a sentence about a mistake, which lists what is allowed."""


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a connector comes from: its name there, whose it is, and how it is loaded."""

    name: str
    owner: str
    load: Callable[[], Any]

    def fault(self, why: str) -> ConfigError:
        return ConfigError(
            f"The connector '{self.name}' of {self.owner} cannot be used: {why.rstrip('.')}; update or remove it."
        )


@dataclass(frozen=True, slots=True)
class Registry:
    """The connectors by system, and for each origin that is ``broken`` one sentence that says why.

    An origin is an entry point, a YAML file, or a folder with a ``spec.yaml``.
    """

    connectors: Mapping[str, Connector] = field(default_factory=dict)
    broken: Mapping[str, ConfigError] = field(default_factory=dict)

    @classmethod
    def load(cls, points: Iterable[EntryPoint] | None = None, folder: Path | None = None) -> Registry:
        """Load all installed connectors, and those in ``folder``: YAML files, and folders with a ``spec.yaml``.

        One that cannot be used is listed in ``broken`` and hides no other. Read once; a restart reads it again.
        """
        connectors: dict[str, Connector] = {}
        broken: dict[str, ConfigError] = {}
        installed = entry_points(group=GROUP) if points is None else points
        for origin in (*(_of_point(point) for point in installed), *_within(folder, broken)):
            try:
                connector = _load(origin)
                _refuse_double(connector, connectors)
            except ConfigError as error:
                broken[f"{origin.owner}:{origin.name}"] = error
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


def _of_point(point: EntryPoint) -> _Origin:
    owner = point.dist.name if point.dist is not None else point.value.partition(":")[0]
    return _Origin(point.name, owner, point.load)


def _within(folder: Path | None, broken: dict[str, ConfigError]) -> list[_Origin]:
    if folder is None:
        return []
    try:
        found = sorted(path for path in folder.iterdir() if not path.name.startswith((".", "_")))
        ours = [path for path in found if path.suffix in _YAML or (path.is_dir() and _has_yaml(path))]
    except OSError as error:
        why = f"The folder of connectors {folder} cannot be read ({error.strerror}); correct ERPFLOW_CONNECTORS."
        broken[str(folder)] = ConfigError(why)
        return []
    return [_Origin(path.name, str(folder), partial(from_folder, path)) for path in ours]


def _has_yaml(folder: Path) -> bool:
    return any(path.suffix in _YAML for path in folder.iterdir())


def _load(origin: _Origin) -> Connector:
    connector = _guarded(origin, origin.load)
    if not isinstance(connector, Connector):
        raise origin.fault("it is not a connectors.base.Connector")
    _guarded(origin, lambda: check(connector))
    return connector


def _guarded(origin: _Origin, work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as error:
        raise origin.fault(_said(error)) from error


def _said(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "its beginning"
        return " ".join(f"{error.title} is wrong at {where}: {first['msg']}".split())[:300]
    said = " ".join(str(error).split())
    return said[:_LONGEST] if isinstance(error, ConfigError) else f"{type(error).__name__} {said[:300]}"


def _refuse_double(connector: Connector, connectors: Mapping[str, Connector]) -> None:
    if connector.spec.system in connectors:
        raise ConfigError(f"The system '{connector.spec.system}' is registered twice; remove one of them.")
