"""What names a record, and what does not."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from schemas.errors import Rejected
from schemas.keys import source_key
from schemas.mapping import Ref
from tests.support.mapping import CONTEXT
from transformer.rules import compile_rule


@pytest.mark.parametrize(
    ("id", "key"), [(7, "7"), ("a/b", "a/b"), (1.5, "1.5"), (2**64 - 1, str(2**64 - 1)), (0, "0"), (-1, "-1")]
)
def test_texts_and_numbers_are_keys(id: Any, key: str) -> None:
    assert source_key({"id": id}, ("id",)) == key


@pytest.mark.parametrize("text", ['{"id": 18446744073709551617}', '{"id": 18446744073709551618}', '{"id": 1e300}'])
def test_a_number_whose_last_digits_were_lost_is_no_key(text: str) -> None:
    assert source_key(orjson.loads(text), ("id",)) is None


def test_a_reference_by_such_a_number_is_rejected() -> None:
    rule = compile_rule(Ref("customer", "party"))
    with pytest.raises(Rejected):
        rule(orjson.loads('{"party": 18446744073709551617}'), CONTEXT)


@pytest.mark.parametrize("id", [None, "", [], {}, ["a"]])
def test_nothing_and_lists_are_no_keys(id: Any) -> None:
    assert source_key({"id": id, "no": 1}, ("no", "id")) is None


def test_a_slash_within_a_part_does_not_make_two_composite_keys_one() -> None:
    paths = ("series", "number")
    keys = {source_key({"series": a, "number": b}, paths) for a, b in [("a/b", "c"), ("a", "b/c"), ("a%2Fb", "c")]}
    assert len(keys) == 3
    assert source_key({"series": "A", "number": 7}, paths) == "A/7"
