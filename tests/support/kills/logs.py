"""What the logs of worker processes say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

Line = dict[str, Any]

_TAKEN = {
    "connector": ("journaling", "published", "marking"),
    "transformer": ("received",),
    "distributor": ("received",),
    "scheduler": ("claiming", "claimed", "told", "sending", "closing", "sweeping"),
    "replayer": ("found",),
}
_DONE = {
    "connector": ("marked",),
    "transformer": ("acknowledged",),
    "distributor": ("acknowledged",),
    "scheduler": ("sent", "closed", "swept"),
    "replayer": ("done",),
}


def lines(log: Path) -> list[Line]:
    """The JSON lines of a log; the last one may be torn."""
    found = []
    for line in log.read_bytes().splitlines() if log.exists() else ():
        with suppress(orjson.JSONDecodeError):
            found.append(orjson.loads(line))
    return [line for line in found if isinstance(line, dict)]


def in_hand(kind: str, found: Iterable[Line]) -> list[str]:
    """The pages that a worker had begun with and not done with when its log ended.

    A page that is only fetched has no number yet: it is named by connection and stream.
    """
    hand: dict[str, None] = {}
    fetched: dict[str, str] = {}
    for line in found:
        if line.get("action") != "step":
            continue
        step, page = line["step"], str(line["page"])
        if kind == "connector" and step in ("fetched", "journaling", "acknowledging"):
            fetched.pop(line.get("connection", page), None)
        if step == "fetched":
            fetched[line["connection"]] = page
        if step in _TAKEN[kind]:
            hand[page] = None
        if step in _DONE[kind]:
            hand.pop(page, None)
    return [*hand, *fetched.values()]


def refused(logs: Iterable[Path]) -> list[str]:
    """What workers say of transactions that the store did not take."""
    texts = [str(line.get("reason")) for log in logs for line in lines(log)]
    return [text for text in texts if "did not take a transaction" in text]


def repeated(logs: Iterable[Path]) -> Counter[str]:
    """How many pages each kind of worker was given more than once, and how many visits were dropped."""
    counts: Counter[str] = Counter()
    for kind, found in _by_kind(logs).items():
        times = Counter(line["page"] for line in found if line.get("step") == "received")
        counts[kind] = sum(number - 1 for number in times.values()) if kind != "connector" else 0
        counts["leases lost"] += sum(line.get("action") == "lease_lost" for line in found)
    return +counts


def taken_over(held: Mapping[str, Collection[str]], logs: Iterable[Path]) -> int:
    """How many of the pages that workers held (by the stem of their log) were given to another one as well."""
    given: dict[tuple[str, str], set[str]] = {}
    for log in logs:
        for line in lines(log):
            if line.get("step") == "received":
                given.setdefault((log.stem.split("-")[0], line["page"]), set()).add(log.stem)
    return sum(bool(given.get((stem.split("-")[0], page), set()) - {stem}) for stem in held for page in held[stem])


def _by_kind(logs: Iterable[Path]) -> dict[str, Sequence[Line]]:
    found: dict[str, list[Line]] = {}
    for log in logs:
        found.setdefault(log.stem.split("-")[0], []).extend(lines(log))
    return dict(found)
