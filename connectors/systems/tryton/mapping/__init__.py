"""What Tryton's records mean in the common model, one file per family."""

from connectors.systems.tryton.mapping import accounting, organisation, parties, projects, time, trade
from schemas.mapping import StreamMapping

MAPPINGS: dict[str, StreamMapping] = {
    **organisation.MAPPINGS,
    **parties.MAPPINGS,
    **projects.MAPPINGS,
    **time.MAPPINGS,
    **trade.MAPPINGS,
    **accounting.MAPPINGS,
}
"""The mapping of every stream by its name."""
