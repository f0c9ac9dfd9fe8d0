"""The parts of a connector's folder that this check needs beside the connector itself."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
import yaml

import connectors.systems
from connectors.base import Connector

SYSTEMS = Path(connectors.systems.__path__[0])


def connector_of(system: str) -> Connector:
    """The connector of a system of ours, registered or not."""
    found: Connector = import_module(f"connectors.systems.{system.replace('-', '_')}").CONNECTOR
    return found


def samples_of(system: str) -> dict[str, list[dict[str, Any]]]:
    """The samples by stream."""
    folder = SYSTEMS / system.replace("-", "_") / "samples"
    return {path.stem: orjson.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))}


def left_out_of(system: str) -> dict[str, dict[str, Any]]:
    """By stream: fields of the contract that are not mapped, and why."""
    path = SYSTEMS / system.replace("-", "_") / "coverage.yaml"
    document: dict[str, Any] = yaml.safe_load(path.read_text()) if path.exists() else {}
    found: dict[str, dict[str, Any]] = document.get("left_out") or {}
    return found
