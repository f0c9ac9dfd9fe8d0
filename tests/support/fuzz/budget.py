"""How many examples each kind of fuzz test takes: a few by default, FUZZ_EXAMPLES over all kinds at night."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

NIGHTLY = "FUZZ_EXAMPLES"
DEFAULT = 1_000
SHARES = {
    "pages": 0.2,
    "wake-ups": 0.06,
    "transformer": 0.1,
    "distributor": 0.09,
    "answers": 0.15,
    "sockets": 0.01,
    "polls": 0.02,
    "specs": 0.2,
    "rules": 0.06,
    "settings": 0.1,
    "stores": 0.01,
}
"""The part that each kind has of all examples."""


def fuzzed(kind: str) -> Callable[[Any], Any]:
    """Give a test its share. At night the examples differ from run to run, and a failure shows how to repeat it."""
    total = int(os.environ.get(NIGHTLY, DEFAULT))
    return settings(
        max_examples=math.ceil(total * SHARES[kind]),
        deadline=None,
        derandomize=NIGHTLY not in os.environ,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
