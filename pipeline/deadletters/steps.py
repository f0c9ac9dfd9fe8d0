"""How a replay goes on: in growing steps, each of which must go well before the next. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from schemas.errors import ConfigError

SIZES: Final = (1, 10, 100, 1000)
LIMIT: Final = 0.1


@dataclass(frozen=True, slots=True)
class Steps:
    """``sizes`` in letters, the last one repeats; a step of which more than the share ``limit`` fails stops the replay.

    Raises ConfigError for a size below 1 or a limit that is no share.
    """

    sizes: Sequence[int] = SIZES
    limit: float = LIMIT

    def __post_init__(self) -> None:
        if not self.sizes or min(self.sizes) < 1:
            raise ConfigError("The steps of a replay are counts of letters from 1 on, as in 1,10,100,1000.")
        if not 0 <= self.limit <= 1:
            raise ConfigError("The limit of a replay is the share of a step that may fail, from 0 to 1.")

    def size(self, step: int) -> int:
        """Letters of a step, counted from 0."""
        return self.sizes[min(step, len(self.sizes) - 1)]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a replay is: in which step, how many letters of it were run, and how many of these failed."""

    step: int = 0
    tried: int = 0
    failed: int = 0

    def after(self, tried: int, failed: int) -> Standing:
        """With more letters of the step run."""
        return Standing(self.step, self.tried + tried, self.failed + failed)


@dataclass(frozen=True, slots=True)
class Move:
    """What is next: run up to ``take`` letters from ``standing`` on, or ``stop`` for this reason."""

    standing: Standing
    take: int = 0
    stop: str | None = None


def move(steps: Steps, standing: Standing) -> Move:
    """Decide what follows. A step that can no longer keep to the limit is not gone through with."""
    size = steps.size(standing.step)
    if standing.failed > steps.limit * size:
        return Move(standing, stop=_stopped(steps, standing))
    if standing.tried < size:
        return Move(standing, take=size - standing.tried)
    following = Standing(standing.step + 1)
    return Move(following, take=steps.size(following.step))


def _stopped(steps: Steps, at: Standing) -> str:
    return (
        f"{at.failed} of the {at.tried} letters of step {at.step + 1} failed again, more than {steps.limit:.0%} of it; "
        "the rest is untouched. Rehearse, correct the cause, and replay again."
    )
