"""What the certificate tries: a connector, its samples, and the ERP to try it on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from connectors.base import Access, Connector
from connectors.spec import ConnectorSpec, StreamSpec
from connectors.testing.access import made_up
from connectors.testing.books import NOON
from connectors.testing.rest_erp import MOST, RestErp
from connectors.testing.samples import Samples, check_samples, load_samples
from connectors.testing.server import Erp
from schemas.errors import ConfigError

MakeErp = Callable[[ConnectorSpec, Samples, Access], Erp]

_LOOKUPS = 3
_DAYS_OF_WINDOWS = timedelta(days=45)


@dataclass(frozen=True)
class Kit:
    """``api`` says what the API does: the connector's own spec, unless a test knows better."""

    connector: Connector
    samples: Samples
    api: ConnectorSpec
    make: MakeErp = RestErp
    settings: Mapping[str, str] = field(default_factory=dict)

    def small(self) -> ConnectorSpec:
        """The connector's spec with pages of few records, so that few records make several."""
        return _small(self.connector.spec)

    def erp(self) -> Erp:
        """An ERP without records."""
        api = _small(self.api)
        return self.make(api, self.samples, made_up(api, self.settings))


def kit_of(
    connector: Connector,
    samples: Samples | Path | None = None,
    *,
    api: ConnectorSpec | None = None,
    make: MakeErp | None = None,
    settings: Mapping[str, str] | None = None,
) -> Kit:
    """The kit of a connector; its samples lie beside it unless they are given.

    Raises ConfigError where there are no samples, or where nothing can be made that answers as its API does.
    """
    found = samples if isinstance(samples, Mapping) else load_samples(samples or folder_of(connector) / "samples")
    check_samples(connector.spec, found)
    made = make or server_of(connector)
    if connector.spec.rest is None and made is None:
        raise ConfigError(
            f"{connector.spec.title} has sessions of its own; write a certificate.py with make_erp for it."
        )
    return Kit(connector, found, api or connector.spec, made or RestErp, settings or {})


def folder_of(connector: Connector) -> Path:
    """Where a connector has its samples; raises ConfigError where it does not say."""
    if connector.folder is None:
        raise ConfigError(
            f"{connector.spec.title} does not say where its samples are; give its Connector a folder, or name them."
        )
    return connector.folder


def server_of(connector: Connector) -> MakeErp | None:
    """What makes the ERP of a connector with sessions of its own: ``make_erp`` in the ``certificate.py`` beside it."""
    package = connector.open.__module__.rpartition(".")[0]
    if connector.spec.rest is not None or not package or find_spec(f"{package}.certificate") is None:
        return None
    return cast(MakeErp, import_module(f"{package}.certificate").make_erp)


def _small(spec: ConnectorSpec) -> ConnectorSpec:
    return spec.model_copy(update={"streams": tuple(map(_small_stream, spec.streams))})


def _small_stream(stream: StreamSpec) -> StreamSpec:
    changes: dict[str, object] = {"page_size": MOST, "lookup_size": min(stream.lookup_size, _LOOKUPS)}
    if stream.windows is not None:
        start = max(stream.windows.start, NOON.date() - _DAYS_OF_WINDOWS)
        changes["windows"] = stream.windows.model_copy(update={"start": start})
    return stream.model_copy(update=changes)
