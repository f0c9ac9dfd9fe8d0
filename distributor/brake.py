"""The brake: many deletes at once are more likely a fault of an API or a credential than a wish of the
tenant.
"""

from __future__ import annotations

from dataclasses import dataclass

SHARE = 20
"""One in so many records, 5 %, may go within a day."""
FEW = 10
"""So many records may always go within a day, unless they are all of a stream."""
HANDFUL = 5
"""A stream of no more records than this may lose them all."""


@dataclass(frozen=True, slots=True)
class Brake:
    """What a stream may lose over a rolling day, counted in raw records that lose an entity, whatever the
    origin.

    ``alive`` are the stream's records with a live entity now, ``deleted`` those that lost one within the
    day before now. ``allowance`` is how many of that day's deletes a person has released, 0 if nobody did.
    """

    alive: int
    deleted: int = 0
    allowance: int = 0

    def holds(self, wanted: int, *, empty: bool = False) -> bool:
        """Whether ``wanted`` more records must be held; ``empty`` marks an answer that had no record at
        all.
        """
        total = self.deleted + wanted
        if wanted == 0 or total <= self.allowance:
            return False
        lived = self.alive + self.deleted
        everything = total >= lived > HANDFUL
        many = total > FEW and total * SHARE > lived
        return empty or everything or many
