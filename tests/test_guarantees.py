"""Every promise of docs/guarantees.md is one line with its tests, and each of them is there."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.support.documents import ROOT

PAGE = ROOT / "docs" / "guarantees.md"
_TEST = re.compile(r"`(test_\w+)`")
_CLAIM = re.compile(r"^- (.+?)(?=^- |^#|\Z)", re.MULTILINE | re.DOTALL)


def _promises() -> str:
    """The page from its first section on; what stands before it explains the page."""
    return PAGE.read_text(encoding="utf-8").partition("\n## ")[2]


def _claims() -> list[str]:
    return [" ".join(claim.split()) for claim in _CLAIM.findall(_promises())]


@cache
def _collected() -> frozenset[str]:
    """The names of all test functions of the tests tree, those that are assigned at the top of a file included."""
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.add(node.name)
        for node in tree.body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return frozenset(name for name in found if name.startswith("test_"))


@pytest.mark.parametrize("claim", _claims(), ids=lambda claim: claim[:60])
def test_a_promise_is_one_sentence_and_has_tests_that_exist(claim: str) -> None:
    sentence, tests = _TEST.sub("", claim).strip(), _TEST.findall(claim)
    assert sentence.endswith("."), sentence
    assert not re.search(r"\.\s+[A-Z]", sentence), "one sentence for each line, with tests of its own"
    assert tests, sentence
    assert set(tests) <= _collected(), f"not there: {sorted(set(tests) - _collected())}"
    assert claim.index("`test_") > claim.index(sentence[-20:]), "the tests stand behind the sentence"


def test_the_page_has_nothing_but_promises() -> None:
    assert len(_claims()) > 50
    rest = _CLAIM.sub("", _promises())
    strange = [line for line in rest.splitlines()[1:] if line.strip() and not line.startswith("##")]
    assert strange == []


def test_a_name_that_is_no_test_is_noticed() -> None:
    assert "test_everything_holds_whatever_strikes" in _collected()
    assert "test_a_fuzzed_raw_page_never_vanishes" in _collected()
    assert "test_that_nobody_has_written" not in _collected()
