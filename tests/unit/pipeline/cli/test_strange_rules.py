"""Files of field rules that nobody means: one short sentence each."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from pipeline.cli.connections import _rules
from schemas.errors import ConfigError


@pytest.mark.parametrize("name", ["y" * 5_000, "a\nb\r\nc", "\x00"])
def test_a_rule_with_a_monstrous_field_is_refused_in_a_short_sentence(tmp_path: Path, name: str) -> None:
    file = tmp_path / "rules.json"
    file.write_bytes(orjson.dumps([{"entity": "customer", "field": "number", "path": "no", name: 1}]))
    with pytest.raises(ConfigError) as caught:
        _rules(file)
    said = str(caught.value)
    assert said.endswith("Extra inputs are not permitted.")
    assert "\n" not in said
    assert len(said) < 400


@pytest.mark.parametrize("text", ["7", "null", "{", "[[]]", '{"entity": 1}', "[1e400]"])
def test_a_file_that_is_no_list_of_rules_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "rules.json"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"rules\.json is (no JSON list of field rules|wrong at)|A field rule in"):
        _rules(file)
