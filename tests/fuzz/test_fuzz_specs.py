"""Specs and field rules as a careless author writes them: they work, or one sentence says what is wrong."""

from __future__ import annotations

import asyncio
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Connector, Mode
from connectors.http import HttpClient
from connectors.registry import Registry
from connectors.rest import open_rest
from connectors.spec import ConnectorSpec
from pipeline import schedule
from pipeline.cli.connections import _rules
from schemas.errors import ConfigError
from schemas.mapping import EntityMapping, MappingContext, StreamMapping
from schemas.pages import RawPage
from tests.support.fuzz.answers import Answer, Scripted
from tests.support.fuzz.asking import KEY, asked
from tests.support.fuzz.budget import fuzzed
from tests.support.fuzz.rig import NOW, page_head
from tests.support.fuzz.samples import ACME, SAMPLES, document
from tests.support.fuzz.values import as_text, fatal, leaves, mutated, values
from transformer.overrides import FieldRule
from transformer.transform import compile_stream, transform

RULES = [
    {"entity": "customer", "field": "number", "path": "no"},
    {"entity": "customer", "field": "custom.shift", "constant": {"a": [1]}, "when": {"active": True}},
    {"entity": "customer", "field": "email", "choices": {"a": "b"}},
    {"entity": "customer", "field": "legal_name", "remove": True, "stream": "customers"},
    {"entity": "customer", "field": "legal_name", "path": "name || no"},
]
NASTY = st.sampled_from(
    ["Europe/Oslo", "Nowhere/Land", "../../etc/passwd", "/etc/localtime", "", "{base_url}", "{key}", "{{}",
     "P999999999D", "PT0S", "-PT1H", -1, 0, 1e308, "a\r\nX: y", "\x00", "æ", "X-Ok", "http://[x", "//", "a" * 3_000,
     [], {}, [""]]
)  # fmt: skip


def _document() -> dict[str, Any]:
    found: dict[str, Any] = ACME.spec.model_dump(mode="json")
    found["streams"] = found["streams"][:1]
    return found


SPEC = _document()


class Package:
    """What an entry point of a third party gives when it is loaded."""

    def __init__(self, given: Any) -> None:
        self._given = given

    def load(self) -> Connector:
        """Build the connector, as the import of its module does."""
        spec = ConnectorSpec.model_validate(self._given)
        entities = [name for stream in spec.streams for name in stream.entities]
        mapping = StreamMapping(tuple(EntityMapping(name, {}) for name in entities))
        return Connector(spec, {stream.name: mapping for stream in spec.streams}, open_rest)


class _Point(EntryPoint):
    def load(self) -> Any:
        return Package(PACKAGES[self.value]).load()


PACKAGES: dict[str, Any] = {}


@fuzzed("specs")
@given(given_spec=mutated(SPEC, NASTY | leaves | values, most=4), mode=st.sampled_from([*Mode, "stamp", "check"]))
def test_a_spec_works_or_is_refused_with_a_sentence(
    runner: asyncio.Runner, http: HttpClient, erp: Scripted, given_spec: Any, mode: Any
) -> None:
    PACKAGES["acme_connector"] = given_spec
    registry = Registry.load([_Point("acme", "acme_connector", "erpflow.connectors")])
    for error in registry.broken.values():
        _is_a_sentence(error)
    for connector in registry.connectors.values():
        erp.answers = [Answer(200, {}, [as_text(document(["2026-05-01T08:00:00Z"])).encode()])]
        runner.run(asked(connector.spec, http, mode, "http://erp.example"))
        for stream in connector.spec.streams:
            assert stream.key
            schedule.next_due(NOW, schedule.every(stream, {}), "seed")
            schedule.next_due(NOW, schedule.every(stream, {}, "deletes_every"), "seed")


@fuzzed("rules")
@given(rules=mutated(RULES, leaves | values | fatal, most=4))
def test_field_rules_work_or_are_refused_with_a_sentence(tmp_path_factory: pytest.TempPathFactory, rules: Any) -> None:
    file = tmp_path_factory.getbasetemp() / "rules.json"
    file.write_text(as_text(rules), encoding="utf-8", errors="replace")
    try:
        found = _rules(Path(file))
    except ConfigError as error:
        _is_a_sentence(error)
        return
    records = [SAMPLES["acme", "customers"], {"id": 2}, {}]
    head = page_head("acme", "customers", len(records))
    stored = [FieldRule.model_validate(rule) for rule in found]
    plan = compile_stream(("id",), ACME.mappings["customers"], stored, stream="customers")
    context = MappingContext("north", "acme", "acme", "1", NOW)
    page = transform(plan, RawPage(head=head, records=records), context)
    assert [result.index for result in page.results] == [0, 1, 2]


def _is_a_sentence(error: ConfigError) -> None:
    said = str(error)
    assert said.endswith("."), said
    assert "\n" not in said, said
    assert len(said) < 1_000, said
    assert KEY not in said
