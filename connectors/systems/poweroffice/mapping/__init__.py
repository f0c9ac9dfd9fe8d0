"""What PowerOffice's records mean in the common model, one file per family."""

from connectors.systems.poweroffice.mapping import (
    accounting,
    invoices,
    organisation,
    parties,
    people,
    projects,
    trade,
    wages,
)
from schemas.mapping import StreamMapping

MAPPINGS: dict[str, StreamMapping] = {
    **organisation.MAPPINGS,
    **people.MAPPINGS,
    **parties.MAPPINGS,
    **projects.MAPPINGS,
    **wages.MAPPINGS,
    **trade.MAPPINGS,
    **invoices.MAPPINGS,
    **accounting.MAPPINGS,
}
"""The mapping of every stream by its name."""
