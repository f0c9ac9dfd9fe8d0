"""A connector from its folder: ``spec.yaml``, ``mapping.yaml``, ``coverage.yaml`` and ``samples``; or from one file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from connectors.base import Connector, Opener
from connectors.coverage import Coverage, with_unknown
from connectors.reading.coverage import read_coverage
from connectors.reading.document import Document, Part
from connectors.reading.mapping import read_mappings
from connectors.reading.spec import read_spec
from connectors.rest import open_rest
from schemas.errors import ConfigError
from schemas.mapping import StreamMapping

_BESIDE = ("mappings", "coverage")
"""What a single file has beside the keys of its spec."""


def connector(
    path: Path,
    mappings: Mapping[str, StreamMapping] | None = None,
    open: Opener = open_rest,  # noqa: A002 - as the field of Connector
) -> Connector:
    """The connector of a folder, or of one YAML file that has ``mappings`` beside its spec.

    ``mappings`` are those written in Python; a stream may be in these or in ``mapping.yaml``, not in both. ``open`` is
    for systems that the REST engine cannot read. Raises ConfigError in one sentence with file and line. Called when a
    connector's module is imported, and by the registry; may be repeated.
    """
    document = Document.read(path / "spec.yaml" if path.is_dir() else path)
    written = _written_mappings(document, path)
    twice = sorted(written.keys() & (mappings or {}).keys())
    if twice:
        raise ConfigError(f"The stream '{twice[0]}' is mapped in Python and in YAML; remove one of them.")
    all_mappings = {**written, **(mappings or {})}
    entities = {name: list(dict.fromkeys(one.entity for one in found.entities)) for name, found in all_mappings.items()}
    spec = read_spec(document, entities, _BESIDE)
    coverage = _coverage(document, path)
    if coverage is not None:
        all_mappings = with_unknown(all_mappings, coverage)
    return Connector(spec, all_mappings, open, coverage=coverage, folder=path if path.is_dir() else None)


def coverage_of(folder: Path) -> Coverage:
    """What ``coverage.yaml`` of a folder says; for connectors whose spec is Python. Raises ConfigError."""
    document = Document.read(folder / "coverage.yaml")
    return read_coverage(Part(document, (), document.data))


def _written_mappings(document: Document, path: Path) -> dict[str, StreamMapping]:
    found = _part(document, path, "mappings", "mapping.yaml")
    return {} if found is None else read_mappings(found)


def _coverage(document: Document, path: Path) -> Coverage | None:
    found = _part(document, path, "coverage", "coverage.yaml")
    return None if found is None else read_coverage(found)


def _part(document: Document, path: Path, key: str, name: str) -> Part | None:
    """A part of a connector: a file of its folder, or a key of the single file."""
    whole = Part(document, (), document.data)
    if not path.is_dir():
        return whole.child(key) if key in document.data else None
    if key in document.data:
        raise whole.child(key).fault(f"belongs into {name} beside it")
    if not (path / name).exists():
        return None
    beside = Document.read(path / name)
    return Part(beside, (), beside.data)
