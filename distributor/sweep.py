"""Sweeps: which records that scans no longer see may be deleted, and when.

A record is gone when two complete scans did not see it and nothing read it since the first of them began.
Where an ERP can be asked by key, candidates are looked up instead, and come back as the ``absent`` keys of
a page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from distributor.brake import Brake
from distributor.decide import delete
from distributor.rows import Decision, State
from schemas.version import ReadNumber, Version


@dataclass(frozen=True, slots=True)
class Scan:
    """One full reading of a stream, or of a part of it, the ``scope``.

    ``start`` is the read number drawn before its first request, ``end`` that of its last. ``complete``: it
    came to the last page. ``keyless`` counts its records without key, ``records`` all of them; both are
    only final when its pages are accounted for.
    """

    start: ReadNumber
    end: ReadNumber
    complete: bool
    records: int
    keyless: int = 0
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What of the stream is unfinished: a hold on it, its oldest page (any run, any pass) without an
    account, and whether an earlier complete scan is not swept yet.
    """

    held: bool = False
    oldest: ReadNumber | None = None
    earlier_scan: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """go: delete the candidates · wait: ask again later · cancel: this scan will never delete anything."""

    action: Literal["go", "wait", "cancel"]
    reason: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is known of one source key in the scanned scope; None is never.

    ``version`` is its record row's, ``seen`` the read number at which a scan listed it last, ``letter`` the
    version of its letter whatever its state: a reject is a sighting too. ``alive``: it has a live entity.
    ``letter_open``: its letter is not closed.
    """

    key: str
    version: Version | None = None
    seen: ReadNumber | None = None
    letter: Version | None = None
    alive: bool = False
    letter_open: bool = False

    def last(self) -> ReadNumber | None:
        """When the ERP last showed this record, in any way."""
        reads = [version.read for version in (self.version, self.letter) if version is not None]
        return max([*reads, self.seen] if self.seen is not None else reads, default=None)


def previous_of(scan: Scan, scans: Iterable[Scan]) -> Scan | None:
    """The scan that confirms this one: the newest earlier one of the scope that is complete and has no
    keyless.
    """
    fit = (one for one in scans if one.scope == scan.scope and one.complete and not one.keyless)
    return max((one for one in fit if one.start < scan.start), key=lambda one: one.start, default=None)


def sweepable(scan: Scan, previous: Scan | None, backlog: Backlog) -> Verdict:
    """Whether a scan may delete now. Called by the closer under the stream's lock; may be asked any time
    again.
    """
    if not scan.complete:
        return Verdict("wait", "The scan has not come to its last page.")
    if backlog.held:
        return Verdict("wait", "The stream is held; its parked pages may show the records.")
    if backlog.oldest is not None and backlog.oldest <= scan.end:
        return Verdict("wait", "Pages read before the scan's end are not accounted for.")
    if backlog.earlier_scan:
        return Verdict("wait", "An earlier scan of the stream is not swept.")
    if scan.keyless:
        return Verdict("cancel", f"{scan.keyless} records of the scan have no key and may be any of those missed.")
    if previous is None:
        return Verdict("cancel", "It is the first complete scan; a second one must miss the same records.")
    return Verdict("go", "Two complete scans and nothing since show what is gone.")


def candidates(sightings: Iterable[Sighting], previous: Scan) -> list[str]:
    """The keys that neither scan saw and nothing else showed since the first of the two began.

    The reference of the store's query, which must find the same. Records without a live entity are
    candidates for the sake of their open letters.
    """
    return [one.key for one in sightings if (one.alive or one.letter_open) and _unseen(one, previous.start)]


def _unseen(sighting: Sighting, start: ReadNumber) -> bool:
    last = sighting.last()
    return last is None or last < start


def braked(scan: Scan, losing: int, brake: Brake) -> bool:
    """Whether the whole sweep is held; ``losing`` is the number of candidates that are alive."""
    return brake.holds(losing, empty=scan.records == 0)


def sweep(scan: Scan, keys: Iterable[str], state: State, *, hold: bool) -> Decision:
    """The deletes of a sweep as of the scan's start, so that whatever was read since wins; may be cut into
    parts.

    With ``hold`` (see ``braked``) records with a live entity are only named as held. The account belongs to
    the sweep's own books, not to those of a run.
    """
    return delete(keys, scan.start.at(0), state, hold=hold)
