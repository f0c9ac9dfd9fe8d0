"""What one erasure reaches. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class About:
    """Numbers by which rows of others point to the connection, and the causes that only its letters have."""

    streams: frozenset[int] = frozenset()
    messages: frozenset[int] = frozenset()
    replays: frozenset[int] = frozenset()
    causes: frozenset[str] = frozenset()

    def as_json(self) -> dict[str, Any]:
        """For the store."""
        return {name: sorted(getattr(self, name)) for name in ("streams", "messages", "replays", "causes")}

    @classmethod
    def from_json(cls, stored: Any) -> About:
        """The inverse of ``as_json``; nothing is known yet where nothing is stored."""
        return cls(**{name: frozenset(some) for name, some in (stored or {}).items()})


@dataclass(frozen=True, slots=True)
class Scope:
    """``alone``: the tenant keeps no other connection. ``since``: one of that name was made again after then.

    ``epoch`` is the last one that is erased; None while nothing is erased yet, and all that there is counts.
    """

    connection: str
    tenant: str
    system: str
    credential: str
    epoch: int | None = None
    alone: bool = False
    since: datetime | None = None
    about: About = field(default_factory=About)
