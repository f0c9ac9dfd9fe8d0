"""Edits: what a patch may be, what it makes of a record, and what is told where it does not fit."""

from __future__ import annotations

import orjson
import pytest

from pipeline.passes.edits import MOST_OPERATIONS, checked, difference, edited
from schemas.errors import ConfigError, Rejected

RECORD = {"id": 7, "lines": [{"unit": "m"}, {"unit": "kg"}]}


def test_a_patch_makes_another_record_and_leaves_the_first_as_it_was() -> None:
    patch = checked('[{"op": "replace", "path": "/lines/1/unit", "value": "t"}]')
    assert edited(RECORD, patch)["lines"] == [{"unit": "m"}, {"unit": "t"}]
    assert RECORD["lines"] == [{"unit": "m"}, {"unit": "kg"}]


def test_the_difference_of_two_records_leads_from_one_to_the_other() -> None:
    other = {"id": 7, "name": "x", "lines": [{"unit": "kg"}]}
    assert edited(RECORD, difference(RECORD, other)) == other
    assert difference(RECORD, RECORD) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nothing", "is not JSON"),
        ("{}", "is a list of operations"),
        ("[1]", "is a list of operations"),
        ('[{"op": "invent", "path": "/a"}]', "RFC 6902 does not know"),
        ('[{"op": "replace"}]', "RFC 6902 does not know"),
        ('[{"op": "remove", "path": 7}]', "RFC 6902 does not know"),
    ],
)
def test_what_is_no_patch_is_told(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        checked(text)


def test_a_patch_has_bounds() -> None:
    with pytest.raises(ConfigError, match="at most"):
        checked(orjson.dumps([{"op": "remove", "path": "/a"}] * (MOST_OPERATIONS + 1)))


@pytest.mark.parametrize(
    "patch",
    [
        [{"op": "remove", "path": "/nowhere"}],
        [{"op": "test", "path": "/id", "value": 8}],
        [{"op": "replace", "path": "/lines/9/unit", "value": 1}],
        [{"op": "replace", "path": "", "value": 1}],
        [{"op": "remove", "path": "", "value": 1}],
        [{"op": "add", "path": "/id/deeper", "value": 1}],
    ],
)
def test_a_patch_that_does_not_fit_rejects_the_record(patch: list[dict[str, object]]) -> None:
    with pytest.raises(Rejected, match="edit"):
        edited(RECORD, patch)
