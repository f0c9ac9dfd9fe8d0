"""Shared rules for references, dimensions, lists and objects."""

from __future__ import annotations

import pytest

from connectors.rules import choice, dim, items, money, nested, paths, ref, several
from schemas.errors import Rejected
from schemas.mapping import ABSENT, Convert
from tests.support.rules import run


def test_a_reference_has_key_and_number() -> None:
    found = run(ref("customer", "c.id", "c.no"), c={"id": 7, "no": "K7"})
    assert (found["entity"], found["source_id"], found["number"]) == ("customer", "7", "K7")


def test_a_key_that_means_nobody_is_no_reference() -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    assert [run(ref("customer", "id", none=[0]), id=key) for key in (0, "0", nobody, None, "")] == [None] * 5
    assert run(ref("customer", "id", none=[0])) is ABSENT


def test_codings_are_a_list_of_those_that_are_there() -> None:
    rule = several([dim("department", "dep", "dep_no"), dim("location", "loc")])
    found = run(rule, dep=3, dep_no="30", loc=None)
    assert [(one["dimension"]["source_id"], one["value"]["source_id"], one["value"]["number"]) for one in found] == [
        ("department", "3", "30")
    ]
    assert run(rule, dep=None, loc=None) == []


def test_an_object_is_null_without_what_it_needs() -> None:
    rule = nested({"state": choice("s", {"A": "approved"}), "by_name": "who"}, needs=["state"])
    assert run(rule, s="A", who=None) == {"state": "approved", "by_name": None}
    assert run(rule, who="Ada") is None
    assert run(rule) is ABSENT
    assert run(nested({"yours": "a", "ours": "b"}), a=None) is None


def test_a_line_takes_the_currency_of_its_document() -> None:
    rule = items("lines", {"line_id": "no", "net": money("sum", "_parent.currency")})
    found = run(rule, currency="NOK", lines=[{"no": 1, "sum": "5"}, {"no": 2}])
    assert found == [{"line_id": 1, "net": {"amount": 5, "currency": "NOK"}}, {"line_id": 2}]
    assert run(rule, lines=None) is None
    assert run(rule) is ABSENT
    with pytest.raises(Rejected):
        run(rule, lines=["a"])


def test_every_path_that_a_rule_reads_can_be_told() -> None:
    rules = {
        "a": ref("customer", "c.id", "c.no"),
        "b": items("lines", {"net": money("sum", "_parent.currency"), "x": Convert("y", str)}),
        "d": several([dim("department", "dep"), nested({"yours": "z"})]),
    }
    found = {name: sorted(paths(rule)) for name, rule in rules.items()}
    assert found == {
        "a": ["c.id", "c.no"],
        "b": ["lines", "lines._parent.currency", "lines.sum", "lines.y"],
        "d": ["dep", "z"],
    }
