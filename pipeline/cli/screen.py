"""The demo's screen: every stream with its progress and rate, and the books below."""

from __future__ import annotations

import time

from rich.console import Group
from rich.table import Table
from rich.text import Text

from pipeline.local.demo import Standing

COUNTS = ("read", "mapped", "skipped", "rejected", "created", "updated", "deleted")


class Screen:
    """Draws standings; the rate is that of the time since the standing drawn before."""

    def __init__(self) -> None:
        self._began = self._drawn = time.monotonic()
        self._read: dict[str, int] = {}
        self._rates: dict[str, float] = {}

    def draw(self, standing: Standing) -> Group:
        """What to show of a standing."""
        self._measure(standing)
        table = Table("stream", "state")
        for name in (*COUNTS, "records/s"):
            table.add_column(name, justify="right")
        for one in standing.streams:
            state = one.last_error or ("up to date" if one.settled else "reading")
            counts = [f"{one.counts[name]:,}" for name in COUNTS]
            table.add_row(one.name, state, *counts, f"{self._rates.get(one.name, 0):,.0f}")
        return Group(table, Text(self.books(standing) + " Ctrl-C stops."))

    def books(self, standing: Standing) -> str:
        """One line: what was read and told since the start, and whether the books balance."""
        read = sum(one.counts["read"] for one in standing.streams)
        told = sum(standing.information.values())
        books = "balanced" if standing.balanced else f"{standing.unfinished} things under way"
        seconds = time.monotonic() - self._began
        return f"{read:,} records read, {told:,} events told in {seconds:,.0f} s; books: {books}."

    def _measure(self, standing: Standing) -> None:
        now = time.monotonic()
        passed, self._drawn = max(now - self._drawn, 0.001), now
        for one in standing.streams:
            read = one.counts["read"]
            self._rates[one.name] = (read - self._read.get(one.name, read)) / passed
            self._read[one.name] = read
