"""The error tree: the type of an error says what happens next.

    ErpflowError
    ├── Retryable       wait (``retry_after`` seconds if known), then the same again
    ├── RateLimited     as Retryable, and the budget of the credential was too high
    ├── NeedsConsent    a person must authorise or correct the credential; the connection pauses
    ├── Rejected        one record cannot be mapped; it becomes a reject, its page goes on
    ├── Drifted         the ERP's API changed shape; the stream is held
    ├── ConfigError     a setting, spec or argument is wrong; a person corrects it, nothing was lost
    ├── Poison          a message that nobody can ever decode; straight to the dead letters
    └── Superseded      another worker took over, or the connection was erased; drop the work in hand

Foreign errors (httpx, botocore, SQLAlchemy, pydantic) are mapped to one of these at the edge where they
appear; ``tests/contract/test_errors.py`` proves that none is left out. Every message is one sentence that
names what failed, where, and the next step.
"""

from __future__ import annotations


class ErpflowError(Exception):
    """Root of all errors that erpflow raises on purpose; its text is fit to be shown to an operator."""


class Retryable(ErpflowError):
    """It may pass by waiting. ``retry_after`` is in seconds, None when the other side did not say."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RateLimited(ErpflowError):
    """The other side asks for fewer requests. ``retry_after`` is in seconds, None when it did not say."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NeedsConsent(ErpflowError):
    """The credential is refused and waiting will not help: a person must authorise or correct it."""


class Rejected(ErpflowError):
    """One record cannot be mapped. ``field`` is the common-model field, ``reason`` one sentence."""

    def __init__(self, reason: str, *, field: str | None = None, record: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field
        self.record = record


class Drifted(ErpflowError):
    """The answer of an API does not have the shape it had before."""


class ConfigError(ErpflowError):
    """A setting, a spec or an argument is wrong; the message names it and the allowed values."""


class Poison(ErpflowError):
    """A message that can never be decoded; it goes to the dead letters at its first failure."""


class Superseded(ErpflowError):
    """What is in hand must be dropped: another worker has the lease by now, or the connection was erased."""
