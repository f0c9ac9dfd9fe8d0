"""What there is to say of a connector, as rows of tables and as one document. Pure."""

from __future__ import annotations

from typing import Any

from connectors.base import Connector
from connectors.coverage import LEVELS
from connectors.coverage_pages import levels
from connectors.lag import Lag, lags, shown
from connectors.spec import StreamSpec

Row = dict[str, Any]


def document(connector: Connector) -> Row:
    """The whole spec with what follows from it: the mode and lags of each stream, and the coverage by entity."""
    spec = connector.spec.model_dump(mode="json")
    for stream, told in zip(connector.spec.streams, spec["streams"], strict=True):
        told["mode"] = mode(stream)
        told["lags"] = [_lag(lag) for lag in lags(stream)]
    return {**spec, "coverage": {entity: dict(found) for entity, found in levels(connector).items()}}


def _lag(lag: Lag) -> Row:
    seconds = None if lag.within is None else lag.within.total_seconds()
    return {"what": lag.what, "within_seconds": seconds, "text": lag.text}


def mode(stream: StreamSpec) -> str:
    """How a stream's changes are found."""
    if stream.increment:
        return "increment"
    return "windows" if stream.windows else "comparison"


def settings(connector: Connector) -> list[Row]:
    """A row for each setting."""
    return [
        {
            "setting": setting.name,
            "kind": "secret" if setting.secret else "setting",
            "required": "yes" if setting.required else "no",
            "default": setting.default,
            "description": setting.description,
        }
        for setting in connector.spec.settings
    ]


def streams(connector: Connector) -> list[Row]:
    """A row for each stream; ``seen`` is how late changes and deletes are seen at worst."""
    return [
        {
            "stream": stream.name,
            "entities": ", ".join(stream.entities),
            "mode": mode(stream),
            "deletes": stream.deletes,
            "seen": "; ".join(lag.text for lag in lags(stream)),
        }
        for stream in connector.spec.streams
    ]


def limits(connector: Connector) -> list[Row]:
    """A row for each limit that the spec names."""
    found = connector.spec.limits
    rows = [
        {"limit": f"{rate.requests} requests", "in": shown(rate.per), "shared by": rate.scope} for rate in found.rates
    ]
    if found.concurrent is not None:
        many = f"{found.concurrent.requests} requests"
        rows.append({"limit": many, "in": "the same moment", "shared by": found.concurrent.scope})
    return rows


def coverage(connector: Connector) -> list[Row]:
    """A row for each entity: how many of its fields have which level."""
    return [
        {"entity": entity, **{level: found[level] for level in LEVELS}} for entity, found in levels(connector).items()
    ]
