"""PowerOffice Go (https://www.poweroffice.no), v2 of its API."""

from pathlib import Path

from connectors.folder import connector
from connectors.systems.poweroffice.mapping import MAPPINGS

CONNECTOR = connector(Path(__file__).parent, MAPPINGS)
"""What the entry point ``poweroffice`` names."""
