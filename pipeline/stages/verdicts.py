"""What a failure while reading a stream means for the stream and for its connection: pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pipeline.schedule import after_failure
from schemas.errors import ConfigError, NeedsConsent, RateLimited, Retryable, Superseded


@dataclass(frozen=True, slots=True)
class StreamVerdict:
    """``action``: try the stream again at ``due``, pause the whole connection, or drop the visit at once."""

    action: Literal["again", "pause", "drop"]
    due: datetime
    tell: bool = False
    expected: bool = True


FAILURES_BEFORE_TELLING = 5
"""So many failures in a row of one stream make one notification, not one each."""


def after(error: Exception, failures: int, now: datetime) -> StreamVerdict:
    """Decide; ``failures`` counts this one. An outage is told once it lasts, a wrong setting at once."""
    due = after_failure(now, failures, getattr(error, "retry_after", None))
    if isinstance(error, Superseded):
        return StreamVerdict("drop", now)
    if isinstance(error, NeedsConsent):
        return StreamVerdict("pause", due, tell=True)
    if isinstance(error, ConfigError):
        return StreamVerdict("again", due, tell=failures in (1, FAILURES_BEFORE_TELLING))
    expected = isinstance(error, (Retryable, RateLimited))
    return StreamVerdict("again", due, tell=failures == FAILURES_BEFORE_TELLING, expected=expected)
