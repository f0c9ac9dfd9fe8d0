"""Tripletex (https://www.tripletex.no), v2 of its REST API."""

from pathlib import Path

from connectors.folder import connector
from connectors.systems.tripletex.mapping import MAPPINGS

CONNECTOR = connector(Path(__file__).parent, MAPPINGS)
"""What the entry point ``tripletex`` names."""
