"""What Fortnox's records mean in the common model, one file per family."""

from connectors.systems.fortnox.mapping import (
    accounting,
    invoices,
    organisation,
    parties,
    people,
    projects,
    time,
    trade,
)
from schemas.mapping import StreamMapping

MAPPINGS: dict[str, StreamMapping] = {
    **organisation.MAPPINGS,
    **people.MAPPINGS,
    **parties.MAPPINGS,
    **projects.MAPPINGS,
    **time.MAPPINGS,
    **trade.MAPPINGS,
    **invoices.MAPPINGS,
    **accounting.MAPPINGS,
}
"""The mapping of every stream by its name."""
