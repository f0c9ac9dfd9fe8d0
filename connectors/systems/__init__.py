"""One folder per ERP: the folder is the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from connectors.base import Connector
from schemas.errors import ConfigError


def folders() -> list[str]:
    """The names of the folders that hold a system."""
    return sorted(path.parent.name for path in Path(__file__).parent.glob("*/__init__.py"))


def load(folder: str) -> Connector:
    """The connector of a folder, registered or not; raises ConfigError where it cannot be loaded."""
    try:
        found: Connector = import_module(f"{__name__}.{folder}").CONNECTOR
    except (ImportError, AttributeError, ValueError) as error:
        why = " ".join(str(error).split())[:300]
        raise ConfigError(f"The system in connectors/systems/{folder} cannot be loaded: {why}; correct it.") from error
    return found


def own() -> Mapping[str, Connector]:
    """The connectors of all folders by system; for documents and tests. Raises ConfigError."""
    found = [load(folder) for folder in folders()]
    return {connector.spec.system: connector for connector in found}
