"""What a check is, and what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """How a check ended; ``not-applicable`` always says why."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not-applicable"


class Failure(Exception):  # noqa: N818 - it is the outcome, no defect
    """The connector does not do what the check proves; one sentence."""


class NotApplicable(Exception):  # noqa: N818 - it is the outcome, no defect
    """The check has nothing to try here; one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check of one stream; ``stream`` is None where it is about the whole connector."""

    check: str
    stream: str | None
    outcome: Outcome
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """As the report shows it."""
        return {"check": self.check, "stream": self.stream, "outcome": self.outcome.value, "reason": self.reason}


Run = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Check:
    """``proves`` is a sentence; ``run`` takes a ``Case`` and raises Failure or NotApplicable.

    ``once``: it is about the connector, and is not repeated for each stream. ``alike``: streams that are read in the
    same way, whatever their paths and fields, need it once among them.
    """

    name: str
    proves: str
    run: Run
    once: bool = False
    alike: bool = False


def check(name: str, *, once: bool = False, alike: bool = False) -> Callable[[Run], Check]:
    """Make a check of a function; the first line of its docstring is what it proves."""

    def made(run: Run) -> Check:
        return Check(name, (run.__doc__ or "").strip().partition("\n")[0], run, once, alike)

    return made


def demand(holds: object, otherwise: str) -> None:
    """Raise Failure unless it holds."""
    if not holds:
        raise Failure(otherwise)
