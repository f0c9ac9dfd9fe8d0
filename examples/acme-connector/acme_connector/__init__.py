"""The connector for Acme, an ERP that does not exist: a spec and three mappings."""

from pathlib import Path

from acme_connector.mapping import MAPPINGS
from acme_connector.spec import SPEC
from connectors.base import Connector
from connectors.rest import open_rest

CONNECTOR = Connector(spec=SPEC, mappings=MAPPINGS, open=open_rest, folder=Path(__file__).parent)
"""What the entry point ``acme`` names."""
