"""What the documents say of coverage is so: complete, current, and with a reason for what is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connectors.base import Connector
from connectors.coverage import Coverage, Told, faults
from connectors.coverage_pages import levels, pages
from connectors.folder import connector
from connectors.minimum import met, reasons
from connectors.spec import ConnectorSpec, StreamSpec
from connectors.systems import folders, load, own
from schemas.mapping import EntityMapping, StreamMapping
from tests.support.brisk import FOLDER

DOCS = Path(__file__).parents[3] / "docs" / "connectors"


def tiny(coverage: Coverage | None) -> Connector:
    spec = ConnectorSpec(system="tiny", title="Tiny", streams=(StreamSpec(name="works", resource="/w"),))
    mapping = StreamMapping((EntityMapping("time_entry", {"hours": "h", "dims": "d"}, unknown=("locked",)),))
    return Connector(spec, {"works": mapping}, lambda *_: None, coverage=coverage)  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize("folder", folders())
def test_every_field_of_every_system_is_mapped_or_none_for_a_reason(folder: str) -> None:
    found = load(folder)
    assert found.coverage is not None, f"{folder} has no coverage.yaml"
    assert list(faults(found.mappings, found.coverage)) == []


@pytest.mark.parametrize("folder", folders())
def test_what_a_system_lacks_of_the_minimum_for_construction_has_a_reason(folder: str) -> None:
    silent = [need for need, why in reasons(load(folder)).items() if why == "nothing is said of it"]
    assert silent == [], "say why in coverage.yaml, under missing: {ENTITY: reason}"


def test_the_documents_are_current() -> None:
    wrong = [name for name, text in pages(own()).items() if _written(DOCS / name) != text]
    assert wrong == [], "make them with: erpflow connectors coverage --write docs/connectors"


def _written(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_the_counts_of_a_system_are_those_of_its_fields() -> None:
    told = {"hours": Told("verified"), "locked": Told("none", "no such field")}
    coverage = Coverage("contract", {"time_entry": told})
    assert levels(tiny(coverage))["time_entry"] == {"verified": 1, "contract": 1, "none": 1}
    text = pages({"tiny": tiny(coverage)})
    assert re.search(r"\| `time_entry` \| 1·1·0·1 \|", text["README.md"])
    assert "| none | `locked` | no such field |" in text["coverage/tiny.md"]


def test_a_connector_without_coverage_claims_no_more_than_derived() -> None:
    assert levels(tiny(None))["time_entry"] == {"derived": 2, "none": 1}


def test_the_minimum_for_construction_names_what_meets_it_or_why_not() -> None:
    found = tiny(Coverage(missing={"wage_code": "it pays no wages"}))
    assert met(found)["time entry or wage line"] == "time_entry"
    assert met(found)["department or dims"] == "time_entry.dims"
    assert (met(found)["wage code"], reasons(found)["wage code"]) == ("", "it pays no wages")
    assert reasons(found)["customer"] == "nothing is said of it"
    brisk = connector(FOLDER)
    assert (met(brisk)["project tree"], met(brisk)["customer"]) == ("project.parent", "customer")
