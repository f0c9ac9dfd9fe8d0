"""When a credential is renewed, and what a failure of that means: pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal
from zlib import crc32

from connectors.auth import AuthorizationCode, Issued
from connectors.templates import names_within
from pipeline.store.tokens import CredentialRow
from schemas.errors import ConfigError, NeedsConsent, RateLimited

AHEAD = (0.7, 0.9)
"""Parts of a token's life after which it is renewed; where between them is each credential's own."""

IDLE = (0.5, 0.7)
"""The same, of the time after which an unused refresh token dies."""

_LONGEST_MARGIN = timedelta(seconds=10)
_FIRST_PAUSE, _LIMITED = timedelta(seconds=2), timedelta(minutes=1)

LAST_PAUSE = timedelta(minutes=5)
"""The longest that an issuer which cannot be asked is left alone."""


@dataclass(frozen=True, slots=True)
class CustodyPolicy:
    """``within`` bounds a call to an issuer, ``wait`` how long one waits for another process's renewal.

    A claim outlives the call by half, so that two never ask at once.
    """

    within: timedelta = timedelta(seconds=20)
    wait: timedelta = timedelta(seconds=45)
    again: timedelta = timedelta(seconds=5)

    def call(self, auth: Issued) -> timedelta:
        """How long this issuer may take: of a grace, claim and repeated call together use up half at most."""
        grace = auth.grace if isinstance(auth, AuthorizationCode) else timedelta(0)
        return min(self.within, max(grace / 5, timedelta(seconds=1))) if grace else self.within

    def claim(self, auth: Issued) -> timedelta:
        """How long a claim holds."""
        return self.call(auth) * 1.5


Need = Literal["use", "ahead", "renew", "wait", "later", "dead"]


def need(row: CredentialRow, refused: bool, now: datetime) -> Need:
    """What to do for a token now.

    use it · renew it ahead of time, or use it if that fails · renew it · wait for another's renewal · come again
    later · nothing, until a person acts. ``refused``: the API took the stored token no more.
    """
    if row.state == "dead":
        return "dead"
    claimed, blocked = _after(row.claim_until, now), _after(row.try_at, now)
    if row.issued_at is not None and not refused and usable(row, now):
        due = row.tried_at is not None or now >= renew_at(row)
        return "ahead" if due and not claimed and not blocked else "use"
    if claimed:
        return "wait"
    return "later" if blocked else "renew"


def usable(row: CredentialRow, now: datetime) -> bool:
    """Whether the token is good for a request that is sent now."""
    if row.issued_at is None or row.expires_at is None:
        return row.issued_at is not None
    margin = min(_LONGEST_MARGIN, (row.expires_at - row.issued_at) / 20)
    return now < row.expires_at - margin


def renew_at(row: CredentialRow) -> datetime:
    """When the token is to be renewed, ahead of its end."""
    if row.issued_at is None or row.expires_at is None:
        return datetime.max.replace(tzinfo=UTC)
    return row.issued_at + (row.expires_at - row.issued_at) * _within(AHEAD, row.name)


def good_until(row: CredentialRow, now: datetime, again: timedelta) -> datetime:
    """Until when a usable token needs no look at the store; one that should be renewed is looked at ``again`` soon."""
    due = renew_at(row)
    if row.tried_at is None and now < due:
        return due
    return min(now + again, row.expires_at or now + again)


def neglected(row: CredentialRow, now: datetime) -> bool:
    """Whether a live credential must be renewed though nobody asks for its token."""
    if row.state == "dead" or _after(row.claim_until, now) or _after(row.try_at, now):
        return False
    return row.tried_at is not None or (row.keep_at is not None and row.keep_at <= now)


def keep_at(auth: Issued, name: str, issued_at: datetime) -> datetime | None:
    """When a refresh token that nobody uses is renewed, before idleness ends it; None where it does not."""
    if not isinstance(auth, AuthorizationCode) or auth.idle is None:
        return None
    return issued_at + auth.idle * _within(IDLE, name)


@dataclass(frozen=True, slots=True)
class Setback:
    """A renewal that failed. ``dead``: why a person must act. ``open``: the refresh token may still be used up."""

    dead: str | None
    open: bool
    pause: timedelta = field(default=timedelta(0))


def setback(error: Exception, row: CredentialRow, auth: Issued, earlier: bool) -> Setback:
    """What a failed renewal means; ``earlier``: the outcome of an attempt before this one is not known either."""
    rotates = isinstance(auth, AuthorizationCode) and auth.rotates
    if isinstance(error, NeedsConsent):
        return Setback(_why(str(error), rotates and earlier), open=False)
    answered = isinstance(error, RateLimited | ConfigError)
    unknown = rotates and (earlier or not answered)
    pause = min(_FIRST_PAUSE * (1 << min(row.failures, 12)), LAST_PAUSE)
    least = _LIMITED if answered and not unknown else timedelta(0)
    asked = timedelta(seconds=getattr(error, "retry_after", None) or 0)
    return Setback(None, unknown, max(pause, least, asked))


def _why(said: str, lost: bool) -> str:
    if not lost:
        return said
    return f"The issuer's answer to an earlier renewal was lost, and it takes no refresh token twice. {said}"


def differing(auth: Issued, one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Names that the issuer is asked with and whose values differ: two such connections cannot share a token."""
    wanted = names_within(auth.model_dump(exclude={"shown"})) - {"expires_on"}
    return sorted(name for name in wanted if one.get(name) != other.get(name))


def _after(instant: datetime | None, now: datetime) -> bool:
    return instant is not None and instant > now


def _within(span: tuple[float, float], seed: str) -> float:
    first, last = span
    return first + (last - first) * (crc32(seed.encode()) % 10_000 / 10_000)
