"""Visma.net ERP (https://www.visma.net/erp), its REST API as of 2026."""

from pathlib import Path

from connectors.folder import connector
from connectors.systems.visma_net.mapping import MAPPINGS

CONNECTOR = connector(Path(__file__).parent, MAPPINGS)
"""What the entry point ``visma-net`` names."""
