"""ERPNext (https://erpnext.com), 15, by the REST API of Frappe."""

from pathlib import Path

from connectors.folder import connector
from connectors.systems.erpnext.mapping import MAPPINGS

CONNECTOR = connector(Path(__file__).parent, MAPPINGS)
"""What the entry point ``erpnext`` names."""
