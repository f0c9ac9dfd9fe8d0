"""The books of a run: the accounts of its pages added up, and whether both lines balance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from distributor.account import Account


@dataclass(frozen=True, slots=True)
class Balance:
    """``total`` of all accounts; ``in_flight`` are records of the journal that no account has yet.

    ``reasons`` says in one sentence each why the books do not balance; it is empty when they do.
    """

    total: Account
    in_flight: int
    reasons: tuple[str, ...]

    @property
    def balanced(self) -> bool:
        """Whether every record that was read, and every entity it gave, ended somewhere."""
        return not self.reasons


def total(accounts: Iterable[Account]) -> Account:
    """The sum of accounts; passes included, which move outcomes and add no records."""
    return sum(accounts, Account())


def balance(read: int, accounts: Iterable[Account]) -> Balance:
    """The books of a run: ``read`` records in its journal, ``accounts`` of all its pages and passes, sweeps
    apart.

    Records: read = mapped + skipped + rejected + held + in flight.
    Entities: produced = created + updated + unchanged + stale + deleted.
    """
    summed = total(accounts)
    in_flight = read - summed.read
    return Balance(summed, in_flight, tuple(_reasons(summed, in_flight)))


def _reasons(summed: Account, in_flight: int) -> Iterable[str]:
    if in_flight > 0:
        yield f"{in_flight} records are in flight: their pages are not accounted for yet."
    if in_flight < 0:
        yield f"The accounts have {-in_flight} more records than the journal; a page is accounted for twice."
    if lost := summed.record_balance():
        yield f"{lost} of {summed.read} records read ended nowhere; look at the accounts of the run's pages."
    if lost := summed.entity_balance():
        yield f"{lost} of {summed.produced} entities produced ended nowhere; look at the pages' accounts."
