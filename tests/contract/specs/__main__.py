"""The command: a table of all connectors whose contract is in the folder; see the package."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import yaml
from rich.console import Console
from rich.table import Table

from tests.contract.specs.checks import Verdict, check
from tests.contract.specs.contract import Contract
from tests.contract.specs.derived import BusinessCentral, VismaNet
from tests.contract.specs.openapi import OpenApi
from tests.contract.specs.parts import connector_of, left_out_of, samples_of

# Fortnox describes these once for almost all lists: www.fortnox.se/developer/guides-and-good-to-know/parameters
FORTNOX = partial(OpenApi, everywhere=frozenset({"page", "limit", "lastmodified", "financialyear"}))

CONTRACTS: dict[str, tuple[str, Any]] = {
    "tripletex": ("tripletex.json", OpenApi),
    "poweroffice": ("poweroffice-go-v2.yaml", OpenApi),
    "fortnox": ("fortnox.json", FORTNOX),
    "business-central": ("business-central-v2.0-resources.derived.json", BusinessCentral),
    "visma-net": ("visma-net-2026.derived.json", VismaNet),
}
"""Systems whose contract may be at hand: the file, and its notation."""

out = Console(highlight=False)


def main(folder: Path, only: set[str]) -> int:
    """Exit status: 0 all connectors fit, or there is no folder; 1 one does not."""
    if not folder.is_dir():
        out.print(f"No contracts at {folder}: the connectors were not held against them.")
        return 0
    verdicts = [
        check(connector_of(system), load(folder / file, notation), samples_of(system), left_out_of(system))
        for system, (file, notation) in CONTRACTS.items()
        if (folder / file).exists() and (not only or system in only)
    ]
    out.print(_table(verdicts))
    for verdict in verdicts:
        for fault in verdict.faults:
            out.print(f"{verdict.system}: {fault}", markup=False, soft_wrap=True)
    return 1 if any(verdict.faults for verdict in verdicts) else 0


def load(path: Path, notation: Any) -> Contract:
    """A contract from its file."""
    content = path.read_bytes()
    document = yaml.load(content, yaml.CSafeLoader) if path.suffix == ".yaml" else orjson.loads(content)
    contract: Contract = notation(document)
    return contract


def _table(verdicts: list[Verdict]) -> Table:
    table = Table("system", "requests", "samples", "fields mapped", "offered, left out", "share", "explained", "faults")
    for verdict in verdicts:
        figures = (verdict.requests, verdict.samples, len(verdict.mapped), len(verdict.offered - verdict.mapped),
                   f"{verdict.share:.0%}", verdict.explained, len(verdict.faults))  # fmt: skip
        table.add_row(verdict.system, *map(str, figures))
    return table


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), set(sys.argv[2:])))
