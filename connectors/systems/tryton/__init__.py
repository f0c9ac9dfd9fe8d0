"""Tryton (https://www.tryton.org), 8.2 over REST or JSON-RPC, 7.0 LTS over JSON-RPC."""

from connectors.base import Connector
from connectors.systems.tryton.mapping import MAPPINGS
from connectors.systems.tryton.session import open_tryton
from connectors.systems.tryton.spec import SPEC

CONNECTOR = Connector(spec=SPEC, mappings=MAPPINGS, open=open_tryton)
"""What the entry point ``tryton`` names."""
