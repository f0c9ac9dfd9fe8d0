"""Odoo (https://www.odoo.com), 19 and later, by its JSON-2 API."""

from pathlib import Path

from connectors.folder import connector
from connectors.systems.odoo.mapping import MAPPINGS

CONNECTOR = connector(Path(__file__).parent, MAPPINGS)
"""What the entry point ``odoo`` names."""
