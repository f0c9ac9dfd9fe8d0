"""How an API says that something is wrong, as data."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from connectors.model import Duration, Path, SpecModel

Meaning = Literal["retryable", "rate-limited", "needs-consent", "config", "refused", "empty", "absent"]
"""What follows: the errors of ``schemas.errors``; ``refused``: the token is, as by a 401, and renewed once where it
can be; ``empty``: a list without records; ``absent``: no such record."""


class ErrorRule(SpecModel):
    """What an answer means that fits every condition given: its status, its code, a text within its message.

    A ``code`` may end in ``*``. ``says`` is looked for in the message, in any case of letters, or in the beginning of
    the answer where no message is found. ``wait`` is taken where the answer itself names no time.
    """

    status: int | None = Field(default=None, ge=100, le=599)
    code: str | None = None
    says: str | None = Field(default=None, min_length=3)
    means: Meaning
    wait: Duration | None = None

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if self.status is None and self.code is None and self.says is None:
            raise ValueError("an error rule needs a condition: status, code or says")
        return self


class ErrorDialect(SpecModel):
    """Where errors show in answers, and what they mean; the first rule that fits counts.

    ``code`` and ``message`` are paths in the body of an error. ``inside`` is a path whose presence (not null, not
    false, not empty) makes an error of an answer with a status of success; where no rule fits such an error, ``other``
    counts. For statuses outside 2xx that no rule fits, the meaning is HTTP's.
    """

    code: Path | None = None
    message: Path | None = None
    inside: Path | None = None
    other: Literal["retryable", "config"] = "config"
    rules: tuple[ErrorRule, ...] = ()
