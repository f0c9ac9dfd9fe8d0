"""The named steps of each kind of worker, told in its log; at a chosen one the process kills or freezes itself."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import orjson
import structlog

VARIABLE = "KILLS_STRIKES"
STRUCK = "struck"
"""Folder in the home of the fleet."""
STEPS: Mapping[str, tuple[str, ...]] = {
    "scheduler": (
        "woken", "claiming", "claimed", "told", "sending", "sent", "closing", "closed", "sweeping", "swept",
    ),
    "connector": (
        "received", "fetched", "archived", "journaling", "journaled", "published", "marking", "marked",
        "acknowledging",
    ),
    "transformer": ("received", "published", "acknowledging", "acknowledged"),
    "distributor": (
        "received", "deciding", "decided", "told", "sending", "sent", "acknowledging", "acknowledged",
    ),
}  # fmt: skip
"""A step in -ing is just before its commit or call, all others are just after. ``told``: events were published."""
SIGNALS = {"kill": signal.SIGKILL, "freeze": signal.SIGSTOP}
How = Literal["kill", "freeze"]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Strike:
    """Strike yourself when the step is passed for the n-th time."""

    step: str
    how: How
    nth: int = 1


def packed(strikes: Sequence[Strike]) -> str:
    """Strikes as the environment variable of a worker."""
    return orjson.dumps([asdict(one) for one in strikes]).decode()


def unpacked(text: str) -> list[Strike]:
    """The inverse of ``packed``."""
    return [Strike(**one) for one in orjson.loads(text)]


class Steps:
    """Tells the steps of this process, and carries out strikes on it, each once in the life of its fleet.

    Every process of a kind knows all strikes on its kind; whoever makes the strike's file in ``folder`` is struck.
    """

    def __init__(self, kind: str, strikes: Sequence[Strike], folder: Path) -> None:
        self._kind = kind
        self._open = list(strikes)
        self._folder = folder
        self._passed: Counter[Strike] = Counter()

    def step(self, name: str, /, **what: Any) -> None:
        """Tell that a step is reached; ``what`` says what is in hand."""
        log.info("step", action="step", step=name, **what)
        strike = next((one for one in self._open if one.step == name), None)
        if strike is None:
            return
        self._passed[strike] += 1
        if self._passed[strike] >= strike.nth:
            self._open.remove(strike)
            if self._is_mine(strike):
                log.info("struck", action="struck", step=name, how=strike.how, **what)
                os.kill(os.getpid(), SIGNALS[strike.how])

    def _is_mine(self, strike: Strike) -> bool:
        try:
            (self._folder / f"{self._kind}-{strike.step}-{strike.how}").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True
