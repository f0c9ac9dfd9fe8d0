"""When a failed request is sent again: a pure decision; the HTTP client acts on it."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.errors import RateLimited, Retryable


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential waits with full jitter, in seconds.

    ``attempts`` counts the first one. A server that asks for a wait of up to ``longest_asked`` gets it; a
    longer one is left to the runtime, which sets the stream's next due time instead of holding its lease.
    """

    attempts: int = 4
    base: float = 0.5
    longest: float = 15.0
    longest_asked: float = 15.0

    def wait(self, attempt: int, error: BaseException, chance: float) -> float | None:
        """Seconds before attempt ``attempt + 1``, None to give up. ``chance`` is random in [0, 1)."""
        if attempt >= self.attempts or not isinstance(error, Retryable | RateLimited):
            return None
        jittered = chance * min(self.longest, self.base * 2.0 ** (attempt - 1))
        if error.retry_after is None:
            return jittered
        return error.retry_after + jittered if error.retry_after <= self.longest_asked else None


NEVER = RetryPolicy(attempts=1)
"""One attempt, whatever happens: for calls that must not be repeated blindly."""
