"""The certificate as a whole: what was proven for which stream, as a table and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from pipeline.certificate.checks import ALL
from pipeline.certificate.kit import Kit
from pipeline.certificate.run import run
from pipeline.certificate.verdicts import Check, Outcome, Verdict

_LONGEST = 3  # names of streams in a line of the table


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one connector; ``fault`` says why nothing could be tried."""

    system: str
    title: str
    verdicts: Sequence[Verdict] = ()
    seconds: float = 0.0
    fault: str = ""
    proves: dict[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether the connector has its certificate."""
        return not self.fault and bool(self.verdicts) and not self.failures()

    def failures(self) -> list[Verdict]:
        """What was not proven."""
        return [verdict for verdict in self.verdicts if verdict.outcome is Outcome.FAILED]

    def to_json(self) -> dict[str, Any]:
        """One JSON object: counts, and each verdict with its reason."""
        return {
            "system": self.system,
            "title": self.title,
            "passed": self.passed,
            "fault": self.fault or None,
            "seconds": round(self.seconds, 2),
            "counts": dict(Counter(verdict.outcome.value for verdict in self.verdicts)),
            "proves": self.proves,
            "checks": [verdict.to_json() for verdict in self.verdicts],
        }

    def summary(self) -> dict[str, Any]:
        """One row of the table of all connectors."""
        counts = Counter(verdict.outcome for verdict in self.verdicts)
        return {
            "system": self.system,
            "certificate": "yes" if self.passed else "no",
            "passed": counts[Outcome.PASSED],
            "failed": counts[Outcome.FAILED],
            "not applicable": counts[Outcome.NOT_APPLICABLE],
            "seconds": f"{self.seconds:.1f}",
            "fault": self.fault or _first(self.failures()),
        }

    def rows(self) -> list[dict[str, Any]]:
        """A row for each check and way in which it ended."""
        grouped: dict[tuple[str, Outcome, str], list[Verdict]] = {}
        for verdict in self.verdicts:
            grouped.setdefault((verdict.check, verdict.outcome, verdict.reason), []).append(verdict)
        return [
            {"check": check, "outcome": outcome.value, "streams": _streams(found), "reason": why}
            for (check, outcome, why), found in grouped.items()
        ]


async def certify(kit: Kit, checks: Iterable[Check] = ALL) -> Report:
    """Try a connector on everything; one report."""
    began, chosen = perf_counter(), tuple(checks)
    verdicts = [verdict async for verdict in run(kit, chosen)]
    spec = kit.connector.spec
    proves = {check.name: check.proves for check in chosen}
    return Report(spec.system, spec.title, verdicts, perf_counter() - began, proves=proves)


def _streams(verdicts: Sequence[Verdict]) -> str:
    names = [verdict.stream for verdict in verdicts if verdict.stream]
    shown = ", ".join(names[:_LONGEST])
    return f"{shown} and {len(names) - _LONGEST} more" if len(names) > _LONGEST else shown


def _first(failures: Sequence[Verdict]) -> str:
    return f"{failures[0].check} {failures[0].stream or ''}: {failures[0].reason}" if failures else ""
