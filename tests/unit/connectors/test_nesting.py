"""How deep JSON is nested is told by its brackets; here it is compared with a walk."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.body import parse_json
from connectors.nesting import deeper_than
from schemas.errors import ConfigError

TEXTS = st.text(alphabet='ab[]{}"\\/\u00e6 ', max_size=6)
DOCUMENTS: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers(-(2**63), 2**63) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


def depth(value: Any) -> int:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if children is None else 1 + max(map(depth, children), default=0)


@given(DOCUMENTS, st.sampled_from([0, orjson.OPT_INDENT_2]))
def test_brackets_tell_what_a_walk_finds(document: Any, option: int) -> None:
    content = orjson.dumps(document, option=option)
    levels = depth(document)
    assert not deeper_than(content, levels)
    assert levels == 0 or deeper_than(content, levels - 1)


@pytest.mark.parametrize("text", ['"]"', r'"\"]"', r'"\\"', r'"[\\\"["', '"" ', '"}"'])
def test_brackets_in_texts_hide_no_level(text: str) -> None:
    nested = "[" + f"{text},[" * 200 + "]" * 200 + "]"
    with pytest.raises(ConfigError, match="nested deeper than 200"):
        parse_json(nested.encode(), "A server")
    assert parse_json(("[" + f"{text}," * 300 + "0]").encode(), "A server")[-1] == 0
