"""What Business Central's records mean in the common model, one file per family."""

from connectors.systems.business_central.mapping import accounting, invoices, organisation, parties, projects, trade
from schemas.mapping import StreamMapping

MAPPINGS: dict[str, StreamMapping] = {
    **organisation.MAPPINGS,
    **parties.MAPPINGS,
    **projects.MAPPINGS,
    **trade.MAPPINGS,
    **invoices.MAPPINGS,
    **accounting.MAPPINGS,
}
"""The mapping of every stream by its name."""
