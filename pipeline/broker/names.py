"""Names of queues, without the deployment's prefix; ``schemas.topics`` has those that subscribers see, too."""

from __future__ import annotations

from typing import Final

TRANSFORMER: Final = "transformer"
DISTRIBUTOR: Final = "distributor"

REASON: Final = "erpflow-reason"
"""The attribute that says why a message was buried."""


def dead_letters(queue: str) -> str:
    """The dead-letter queue of a queue."""
    return f"{queue}-dlq"
