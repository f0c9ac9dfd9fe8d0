"""What ERPNext's documents mean in the common model, one file per family."""

from connectors.systems.erpnext.mapping import money, organisation, projects
from schemas.mapping import StreamMapping

MAPPINGS: dict[str, StreamMapping] = {**organisation.MAPPINGS, **projects.MAPPINGS, **money.MAPPINGS}
"""The mapping of every stream by its name."""
