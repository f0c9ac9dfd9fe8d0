"""The rule of compatible changes, on models before and after."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, create_model

from schemas.compatibility import incompatibilities


class Inner(BaseModel):
    code: str


class WideInner(BaseModel):
    code: str | None


BEFORE: dict[str, Any] = {
    "name": (str, ...),
    "count": (int, ...),
    "rate": (float, 1.0),
    "kind": (Literal["a", "b"], ...),
    "amount": (str, Field(pattern=r"^\d+$")),
    "day": (str | None, Field(default=None, json_schema_extra={"format": "date"})),
    "inner": (Inner | None, None),
    "list": (list[Inner], []),
    "custom": (dict[str, int], {}),
    "pair": (tuple[int, int], (0, 0)),
    "any": (Any, None),
}


def schema(**changes: Any) -> dict[str, Any]:
    fields = {name: field for name, field in (BEFORE | changes).items() if field is not None}
    model: type[BaseModel] = create_model("Thing", **fields)
    return model.model_json_schema()


def compare(**changes: Any) -> list[str]:
    return incompatibilities(schema(), schema(**changes), "thing")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"extra": (str | None, None)},
        {"extra": (str, ...)},
        {"rate": (int, ...)},
        {"kind": (Literal["a"], ...)},
        {"inner": (Inner, ...)},
        {"any": (int, ...)},
    ],
    ids=lambda changes: ",".join(changes) or "nothing",
)
def test_a_compatible_change_is_not_reported(changes: dict[str, Any]) -> None:
    assert compare(**changes) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": None}, "thing.name is gone."),
        ({"name": (str, "")}, "thing.name is no longer always there."),
        ({"name": (str | None, ...)}, "thing.name may now be null, which it could not be before."),
        ({"count": (str, ...)}, "thing.count may now be string, which it could not be before."),
        ({"count": (float, ...)}, "thing.count may now be number, which it could not be before."),
        ({"kind": (Literal["a", "b", "c"], ...)}, "thing.kind may now be 'c', which it could not be before."),
        ({"kind": (str, ...)}, "thing.kind is no longer limited to certain values."),
        ({"amount": (str, ...)}, "thing.amount follows another pattern than before."),
        ({"inner": (WideInner, ...)}, "thing.inner.code may now be null, which it could not be before."),
        ({"list": (list[WideInner], [])}, "thing.list[].code may now be null, which it could not be before."),
        ({"custom": (dict[str, str], {})}, "thing.custom.* may now be string, which it could not be before."),
        ({"custom": (dict[str, Any], {})}, "thing.custom.* may now be anything, which it could not be before."),
        ({"pair": (tuple[int, int, int], (0, 0, 0))}, "thing.pair has 3 items instead of 2."),
        ({"pair": (tuple[int, str], (0, ""))}, "thing.pair[1] may now be string, which it could not be before."),
    ],
    ids=lambda value: None if isinstance(value, dict) else value,
)
def test_an_incompatible_change_is_told_in_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in compare(**changes)


def test_a_renamed_field_is_gone() -> None:
    assert compare(name=None, title=(str, ...)) == ["thing.name is gone."]


def test_a_definition_used_in_several_places_is_told_once() -> None:
    both = compare(inner=(WideInner | None, None), list=(list[WideInner], []))
    assert both == ["thing.inner.code may now be null, which it could not be before."]


def test_a_schema_that_contains_itself_ends() -> None:
    class Tree(BaseModel):
        name: str
        children: list[Tree] = []

    old = Tree.model_json_schema()
    assert incompatibilities(old, Tree.model_json_schema(), "tree") == []
