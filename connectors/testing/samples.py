"""A connector's samples: a few raw records of each stream, of the author's own making, after the vendor's contract."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import orjson

from connectors.spec import ConnectorSpec
from schemas.errors import ConfigError
from schemas.pages import Record

Samples = Mapping[str, list[Record]]
"""Raw records by stream, exactly as the session gives them."""


def load_samples(folder: Path) -> Samples:
    """The samples of every file ``<stream>.json`` in the folder; raises ConfigError for one that holds no records."""
    if not folder.is_dir():
        raise ConfigError(f"There is no folder {folder}; put a JSON list of raw records per stream into it.")
    return {path.stem: _records(path) for path in sorted(folder.glob("*.json"))}


def check_samples(spec: ConnectorSpec, samples: Samples) -> None:
    """Hold the names of samples against the streams; raises ConfigError for a stream without, or a file without."""
    streams = {stream.name for stream in spec.streams}
    missing, strange = sorted(streams - set(samples)), sorted(set(samples) - streams)
    if missing:
        raise ConfigError(
            f"The streams {', '.join(missing)} of {spec.title} have no samples; write samples/<stream>.json."
        )
    if strange:
        raise ConfigError(
            f"There are samples for {', '.join(strange)}, which {spec.title} has no stream for; rename them."
        )


def _records(path: Path) -> list[Record]:
    try:
        found = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ConfigError(f"{path} is no JSON ({error}); correct it.") from error
    if not isinstance(found, list) or not found or not all(isinstance(record, dict) for record in found):
        raise ConfigError(f"{path} must be a JSON list of at least one record; correct it.")
    return found
