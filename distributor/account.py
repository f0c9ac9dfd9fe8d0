"""The account of a page: where each of its records and entities ended. Two lines, and each must balance."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Literal

Outcome = Literal["mapped", "skipped", "rejected", "held"]
"""Where one record that was read ended. A stale record is mapped or skipped: staleness shows in its
entities.
"""


@dataclass(frozen=True, slots=True)
class Account:
    """Counts of one page in one pass, or of many added up.

    The first line counts records that were read, the second entities, deletes included. Keys that were
    absent are no records that were read; their deletes are in the second line, and what the brake holds of
    them in neither. A pass moves records from one outcome to another: its ``read`` is 0, and counts of the
    first line may be negative.
    """

    read: int = 0
    mapped: int = 0
    skipped: int = 0
    rejected: int = 0
    held: int = 0
    produced: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    stale: int = 0
    deleted: int = 0

    def __add__(self, other: Account) -> Account:
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Account(*(mine + theirs for mine, theirs in pairs))

    def record_balance(self) -> int:
        """Records read that ended nowhere: 0, or the number in flight."""
        return self.read - self.mapped - self.skipped - self.rejected - self.held

    def entity_balance(self) -> int:
        """Entities produced that ended nowhere; anything but 0 is a fault."""
        ended = self.created + self.updated + self.unchanged + self.stale + self.deleted
        return self.produced - ended
