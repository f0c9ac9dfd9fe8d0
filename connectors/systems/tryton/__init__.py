"""Tryton (https://www.tryton.org), 8.2 over REST or JSON-RPC, 7.0 LTS over JSON-RPC."""

from pathlib import Path

from connectors.base import Connector
from connectors.coverage import with_unknown
from connectors.folder import coverage_of
from connectors.systems.tryton.mapping import MAPPINGS
from connectors.systems.tryton.session import open_tryton
from connectors.systems.tryton.spec import SPEC

_FOLDER = Path(__file__).parent
_COVERAGE = coverage_of(_FOLDER)

CONNECTOR = Connector(SPEC, with_unknown(MAPPINGS, _COVERAGE), open_tryton, coverage=_COVERAGE, folder=_FOLDER)
"""What the entry point ``tryton`` names."""
