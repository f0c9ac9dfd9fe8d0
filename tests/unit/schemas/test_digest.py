"""The digest covers what an entity says and nothing about how it was read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from schemas.digest import NOT_CONTENT, digest
from schemas.entities import ENTITIES, field_names

Make = Callable[[str], dict[str, Any]]


def reversed_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: reversed_keys(value[name]) for name in reversed(value)}
    return [reversed_keys(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_field_of_content_counts_and_no_other(entity: str, filled: Make) -> None:
    body = filled(entity)
    counting = {name for name in body if digest({**body, name: "another"}) != digest(body)}
    assert counting == field_names(entity) - NOT_CONTENT


def test_the_order_of_keys_does_not_matter(filled: Make) -> None:
    body = filled("sales_invoice")
    assert list(reversed_keys(body)) != list(body)
    assert digest(reversed_keys(body)) == digest(body)


def test_the_order_of_a_list_matters(least: Make) -> None:
    body = least("purchase_order")
    assert digest({**body, "lines": [1, 2]}) != digest({**body, "lines": [2, 1]})


def test_null_and_absent_are_one_content_at_every_depth(filled: Make) -> None:
    body = filled("customer")
    with_nulls = {**body, "later_field": None, "addresses": [{**body["addresses"][0], "later_field": None}]}
    assert digest(with_nulls) == digest(body)


def test_false_zero_and_empty_text_are_content(least: Make) -> None:
    body = least("customer")
    values: list[Any] = [None, False, 0, "", []]
    assert len({digest({**body, "gln": value}) for value in values}) == 5


def test_the_digest_never_changes_its_meaning() -> None:
    assert digest({"name": "Bygg AS", "number": "10", "read_at": "x"}) == digest({"number": "10", "name": "Bygg AS"})
    assert digest({"name": "Bygg AS"}) == "9c303bfdd809c70d6203799753c89afc"
