"""Bodies and parameters from templates: what a request has no value for is left out, and nothing else."""

import pytest

from connectors.bodies import filled_body, filled_params
from schemas.errors import ConfigError

RPC = {
    "method": "call",
    "params": {
        "args": [
            "{database}",
            "{company:int}",
            "res.partner",
            "search_read",
            [[["write_date", ">=", "{since}"], ["active", "in", [True, False]]]],
            {"limit": "{limit}", "offset": "{position}", "fields": []},
        ]
    },
}
GRAPHQL = {
    "query": "query($first: Int) { customers(first: $first) { edges { node { code } } } }",
    "variables": {"first": "{limit}", "after": "{position}", "filter": {"modifiedAt_gte": "{since}"}},
}
BASE = {"database": "acme", "company": "3", "limit": 100}


def args(**values):
    return filled_body(RPC, {**BASE, **values})["params"]["args"]


def test_a_term_of_a_domain_is_left_out_whole_and_the_domain_stays():
    active = ["active", "in", [True, False]]
    assert args() == ["acme", 3, "res.partner", "search_read", [[active]], {"limit": 100, "fields": []}]
    domain = args(since="2026-01-01 00:00:00", position=200)[4][0]
    assert domain[0] == ["write_date", ">=", "2026-01-01 00:00:00"]
    assert args(position=200)[5] == {"limit": 100, "offset": 200, "fields": []}


def test_a_domain_that_loses_all_its_terms_is_still_an_argument():
    assert filled_body({"args": [[["id", ">", "{position}"]], 5]}, {}) == {"args": [[], 5]}


def test_an_object_that_has_nothing_else_is_left_out_with_its_fields():
    assert filled_body(GRAPHQL, {"limit": 5})["variables"] == {"first": 5}
    found = filled_body(GRAPHQL, {"limit": 5, "since": "S", "position": "c9"})["variables"]
    assert found == {"first": 5, "after": "c9", "filter": {"modifiedAt_gte": "S"}}
    filters = {"filters": [{"$gt": {"audit.modified": "{since}"}}, {"$eq": {"a": 1}}], "empty": {}}
    assert filled_body(filters, {}) == {"filters": [{"$eq": {"a": 1}}], "empty": {}}


def test_keys_are_a_list_in_a_body_and_a_joined_text_elsewhere():
    values = {"keys": ["1", "2"]}
    assert filled_body({"ids": "{keys:int}", "also": "{keys}"}, values) == {"ids": [1, 2], "also": ["1", "2"]}
    assert filled_body({"q": "id in ({keys})"}, values) == {"q": "id in (1,2)"}
    assert filled_params({"ids": "{keys}", "n": "{keys} x"}, values, "|") == {"ids": "1|2", "n": "1|2 x"}


def test_a_parameter_without_its_value_is_left_out():
    assert filled_params({"a": "x", "b": "gt {since}", "c": "{limit}"}, {"limit": 5}) == {"a": "x", "c": "5"}


def test_what_must_be_a_number_and_is_none_is_told_by_its_name():
    with pytest.raises(ConfigError, match="'company' must be a whole number"):
        filled_body(["{company:int}"], {"company": "main"})
    with pytest.raises(ConfigError, match="'keys' must be a whole number"):
        filled_body({"ids": "{keys:int}"}, {"keys": ["1", "A"]})


@pytest.mark.parametrize("body", [None, 5, True, "x", [], {}, {"a": [1, {"b": None}]}])
def test_a_body_without_names_stays_as_it_is(body):
    assert filled_body(body, {"limit": 1}) == body


def test_values_are_never_templates_themselves():
    assert filled_params({"a": "{name}"}, {"name": "{since}", "since": "S"}) == {"a": "{since}"}
    assert filled_body({"a": "x {name}"}, {"name": "{since}", "since": "S"}) == {"a": "x {since}"}
