"""Version numbers of what was read: they order all reads of one stream, whatever the queues do.

A *read number* (epoch, number) is drawn from the store before the request to the ERP is sent. A *version* adds
the record's position in the page and the pass. Both have a text form of fixed width, so that comparing the texts
is comparing the numbers: in SQL, in JSON, and in a subscriber's own language.
"""

from __future__ import annotations

from typing import NamedTuple


class ReadNumber(NamedTuple):
    """Identity and order of one request to an ERP: the lease's epoch and the count within it."""

    epoch: int
    number: int

    def __str__(self) -> str:
        return f"{self.epoch:010d}.{self.number:010d}"

    @classmethod
    def parse(cls, text: str) -> ReadNumber:
        """The inverse of ``str``; raises ValueError on anything else."""
        epoch, number = text.split(".")
        return cls(int(epoch), int(number))

    def at(self, index: int, pass_number: int = 0) -> Version:
        """The version of the record at ``index`` (from 0) of this read, in the given pass."""
        return Version(self.epoch, self.number, index, pass_number)


class Version(NamedTuple):
    """Order of one record among all reads of its stream; the larger one is the newer truth."""

    epoch: int
    number: int
    index: int  # type: ignore[assignment]  # hides tuple.index, which a version has no use for
    pass_number: int

    def __str__(self) -> str:
        return f"{self.epoch:010d}.{self.number:010d}.{self.index:07d}.{self.pass_number:05d}"

    @classmethod
    def parse(cls, text: str) -> Version:
        """The inverse of ``str``; raises ValueError on anything else."""
        epoch, number, index, pass_number = text.split(".")
        return cls(int(epoch), int(number), int(index), int(pass_number))

    @property
    def read(self) -> ReadNumber:
        """The read that this record came from."""
        return ReadNumber(self.epoch, self.number)
