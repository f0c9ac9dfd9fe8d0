"""What an API's answers say about its limits. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.limits import Limits, QuotaHeaders

_SCARCE = 0.2  # below this part of its limit, what is left is spread over the time until it is renewed
_LONGEST = 3_600.0


def pause(limits: Limits, status: int, headers: Mapping[str, str], now: float) -> float:
    """Seconds for which no further request should be sent, after an answer with these (lower-case) headers.

    ``now`` is in Unix seconds. A missing or senseless header is survived: after a 429 that names no time, the spec's
    own wait is taken.
    """
    quota = limits.quota or QuotaHeaders()
    left = _number(headers, quota.remaining)
    reset = _number(headers, quota.reset)
    if reset is not None and quota.reset_is == "unix":
        reset -= now
    if reset is not None:
        reset = min(max(reset, 0.0), _LONGEST)
    if status == 429 or (left is not None and left < 1):
        return limits.wait.total_seconds() if reset is None else reset
    allowed = _number(headers, quota.limit)
    if left is None or reset is None or allowed is None or left > allowed * _SCARCE:
        return 0.0
    return reset / left


def _number(headers: Mapping[str, str], name: str | None) -> float | None:
    text = headers.get(name.lower(), "") if name else ""
    try:
        found = float(text)
    except ValueError:
        return None
    return found if 0 <= found < 1e12 else None
