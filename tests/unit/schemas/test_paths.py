"""Paths into raw records."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import ConfigError
from schemas.mapping import ABSENT
from schemas.paths import compile_path

RECORD = {"id": 7, "note": None, "party": {"id": 9, "name": None}, "boss": None, "lines": [{"sum": 1}, {"sum": 2}]}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", 7),
        ("note", None),
        ("missing", ABSENT),
        ("party.id", 9),
        ("party.name", None),
        ("party.missing", ABSENT),
        ("missing.id", ABSENT),
        ("boss.id", None),  # nobody: the ERP said so
        ("id.part", ABSENT),
        ("lines.sum", ABSENT),  # a plain path does not go into lists
    ],
)
def test_a_plain_path_tells_a_value_from_null_and_from_absence(path: str, value: Any) -> None:
    assert compile_path(path)(RECORD, None) is value or compile_path(path)(RECORD, None) == value
    assert (compile_path(path)(RECORD, None) is ABSENT) is (value is ABSENT)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("lines[].sum", [1, 2]),
        ("lines[0].sum", 1),
        ("party.name || party.id", 9),
        ("lines[?sum > `1`] | [0].sum", 2),
        ("nothing[0]", ABSENT),
        ("@", RECORD),
        ('"party".id', 9),
    ],
)
def test_any_other_path_is_jmespath_whose_null_is_absent(path: str, value: Any) -> None:
    assert compile_path(path)(RECORD, None) == value


@pytest.mark.parametrize("path", ["lines[", "", ".", "a..b", "a b"])
def test_a_path_that_cannot_be_read_is_a_wrong_setting(path: str) -> None:
    with pytest.raises(ConfigError, match="is not JMESPath"):
        compile_path(path)


def test_what_is_no_object_has_nothing_at_any_path() -> None:
    assert compile_path("id")(5, None) is ABSENT
    assert compile_path("id.more")([1], None) is ABSENT


NAMES = st.sampled_from(["a", "b", "c"])
TREES = st.recursive(st.none() | st.integers(), lambda inner: st.dictionaries(NAMES, inner, max_size=3), max_leaves=8)


@given(st.dictionaries(NAMES, TREES), st.lists(NAMES, min_size=1, max_size=4))
def test_a_plain_path_finds_the_values_that_jmespath_finds(record: dict[str, Any], parts: list[str]) -> None:
    plain = compile_path(".".join(parts))(record, None)
    quoted = compile_path(".".join(f'"{part}"' for part in parts))(record, None)
    assert quoted is ABSENT if plain is None else plain == quoted
