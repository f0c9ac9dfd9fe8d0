"""Every connector of this repository has its certificate: those that are registered, those in folders, the examples."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from connectors.base import Connector
from connectors.folder import connector as from_folder
from connectors.registry import Registry
from pipeline.certificate.checks import ALL
from pipeline.certificate.kit import Kit, kit_of
from pipeline.certificate.plugin import hold
from pipeline.certificate.verdicts import Check
from schemas.errors import ConfigError

ROOT = Path(__file__).parents[2]
SYSTEMS, EXAMPLES = ROOT / "connectors" / "systems", ROOT / "examples"


def places() -> Iterator[str]:
    """The folders of all systems and examples, in order: ``connectors/systems/tryton``, ``examples/brisk``."""
    for folder in sorted((*SYSTEMS.iterdir(), *EXAMPLES.iterdir(), *EXAMPLES.glob("*/*"))):
        if (folder / "spec.yaml").exists() or (folder / "spec.py").exists():
            yield folder.relative_to(ROOT).as_posix()


@cache
def kit(place: str) -> Kit | ConfigError:
    try:
        return kit_of(found(ROOT / place))
    except ConfigError as error:
        return error


def found(folder: Path) -> Connector:
    if not (folder / "__init__.py").exists():
        return from_folder(folder)
    if folder.parent != SYSTEMS:
        sys.path.insert(0, str(folder.parent))
    module = f"connectors.systems.{folder.name}" if folder.parent == SYSTEMS else folder.name
    connector: Connector = import_module(module).CONNECTOR
    return connector


@pytest.mark.parametrize("place", list(places()))
@pytest.mark.parametrize("check", ALL, ids=[check.name for check in ALL])
def test_every_connector_has_its_certificate(place: str, check: Check):
    tried = kit(place)
    if isinstance(tried, ConfigError):
        pytest.fail(str(tried), pytrace=False)
    hold(tried, check)


def test_every_registered_connector_of_ours_is_among_them():
    registered = {system for system, one in Registry.load().connectors.items() if one.spec.system != "acme"}
    tried = {one.connector.spec.system for place in places() if isinstance(one := kit(place), Kit)}
    assert registered <= tried
