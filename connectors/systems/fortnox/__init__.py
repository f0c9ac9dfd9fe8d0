"""Fortnox (https://www.fortnox.se), version 3 of its REST API and the API of Fortnox Tid."""

from pathlib import Path

from connectors.folder import connector
from connectors.systems.fortnox.mapping import MAPPINGS

CONNECTOR = connector(Path(__file__).parent, MAPPINGS)
"""What the entry point ``fortnox`` names."""
