"""What is in the folder of a system: its spec, short, and what its records mean. Everything else is the kit's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.systems import OWN

SYSTEMS = Path(__file__).parents[3] / "connectors" / "systems"
PLUMBING = re.compile(r"^\s*(?:import|from) (?:tenacity|logging|structlog|asyncio|pipeline)\b", re.MULTILINE)


def folder(system: str) -> Path:
    return SYSTEMS / system.replace("-", "_")


@pytest.mark.parametrize("system", OWN)
def test_a_spec_is_at_most_150_lines(system: str) -> None:
    (spec,) = folder(system).glob("spec.*")
    assert len(spec.read_text().splitlines()) <= 150


@pytest.mark.parametrize("system", OWN)
def test_no_system_retries_logs_or_acknowledges(system: str) -> None:
    sources = sorted(folder(system).rglob("*.py"))
    assert sources
    assert [source.name for source in sources if PLUMBING.search(source.read_text())] == []
