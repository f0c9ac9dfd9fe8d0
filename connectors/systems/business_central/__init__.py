"""Microsoft Dynamics 365 Business Central online, API v2.0 (https://learn.microsoft.com/dynamics365/business-central)."""

from pathlib import Path

from connectors.folder import connector
from connectors.systems.business_central.mapping import MAPPINGS

CONNECTOR = connector(Path(__file__).parent, MAPPINGS)
"""What the entry point ``business-central`` names."""
