from __future__ import annotations

from typing import Any

import pytest

from pipeline.broker.filters import check_filter, matches
from schemas.errors import ConfigError


@pytest.mark.parametrize(
    ("policy", "attributes", "expected"),
    [
        (None, {}, True),
        ({"tenant": ["a", "b"]}, {"tenant": "b"}, True),
        ({"tenant": ["a"]}, {"tenant": "b"}, False),
        ({"tenant": ["a"]}, {}, False),
        ({"tenant": ["a"], "origin": ["scan"]}, {"tenant": "a"}, False),
        ({"tenant": ["a"], "origin": ["scan"]}, {"tenant": "a", "origin": "scan"}, True),
        ({"tenant": [{"prefix": "ac"}]}, {"tenant": "acme"}, True),
        ({"tenant": [{"suffix": "me"}]}, {"tenant": "acme"}, True),
        ({"tenant": [{"suffix": "x"}]}, {"tenant": "acme"}, False),
        ({"tenant": [{"equals-ignore-case": "ACME"}]}, {"tenant": "acme"}, True),
        ({"origin": [{"anything-but": ["scan", "replay"]}]}, {"origin": "increment"}, True),
        ({"origin": [{"anything-but": "scan"}]}, {"origin": "scan"}, False),
        ({"origin": [{"anything-but": "scan"}]}, {}, False),
        ({"stream": [{"exists": False}]}, {}, True),
        ({"stream": [{"exists": True}]}, {}, False),
        ({"stream": [{"exists": False}, "x"]}, {"stream": "x"}, True),
    ],
)
def test_a_message_matches_when_every_key_does(policy: Any, attributes: dict[str, str], expected: bool) -> None:
    if policy is not None:
        check_filter(policy)
    assert matches(policy, attributes) is expected


@pytest.mark.parametrize(
    "policy",
    [
        {},
        {f"key-{number}": ["x"] for number in range(6)},
        {"a": [str(n) for n in range(13)], "b": [str(n) for n in range(12)]},
        {"a": "not a list"},
        {"a": []},
        {"a": {"nested": ["x"]}},
        {"a": [1]},
        {"a": [{"numeric": [">", 1]}]},
        {"a": [{"prefix": ""}]},
        {"a": [{"prefix": "x", "suffix": "y"}]},
        {"a": [{"anything-but": []}]},
        {"a": [{"exists": "yes"}]},
        {"a": [["x"]]},
        "tenant",
    ],
)
def test_a_policy_that_sns_refuses_or_misreads_is_refused(policy: Any) -> None:
    with pytest.raises(ConfigError, match="filter policy"):
        check_filter(policy)


def test_a_policy_may_have_150_combinations() -> None:
    check_filter({"a": [str(n) for n in range(15)], "b": [str(n) for n in range(10)]})
