"""Filter policies of subscriptions: which attributes an event must have to be delivered.

A subset of what SNS knows, small enough that every implementation agrees on it: attributes are text, keys are
scalar and top-level. https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, Final

from schemas.errors import ConfigError

FilterPolicy = Mapping[str, Sequence[Any]]
"""Attribute → rules, one of which must hold: a text, or an object with one of OPERATORS."""

MOST_KEYS: Final = 5
MOST_COMBINATIONS: Final = 150


def _listed(operand: Any) -> bool:
    items = operand if isinstance(operand, list) else [operand]
    return bool(items) and all(isinstance(item, str) for item in items)


def _text(operand: Any) -> bool:
    return isinstance(operand, str) and bool(operand)


OPERATORS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "prefix": _text,
    "suffix": _text,
    "equals-ignore-case": _text,
    "anything-but": _listed,
    "exists": lambda operand: isinstance(operand, bool),
}
"""Each operator with the check of its operand."""


def check_filter(policy: FilterPolicy) -> None:
    """Raise ConfigError for a policy that SNS refuses, or reads otherwise than it was meant."""
    if not isinstance(policy, Mapping) or not 1 <= len(policy) <= MOST_KEYS:
        raise ConfigError(f"A filter policy needs 1 to {MOST_KEYS} attributes; leave it out to get everything.")
    for name, rules in policy.items():
        _check_rules(name, rules)
    if (combinations := prod(len(rules) for rules in policy.values())) > MOST_COMBINATIONS:
        what = f"A filter policy has {combinations} combinations of at most {MOST_COMBINATIONS}"
        raise ConfigError(f"{what}; use fewer values or two subscriptions.")


def matches(policy: FilterPolicy | None, attributes: Mapping[str, str]) -> bool:
    """Whether a message with these attributes is delivered; every key of the policy must hold."""
    return all(any(_holds(rule, attributes.get(name)) for rule in rules) for name, rules in (policy or {}).items())


def _check_rules(name: str, rules: Any) -> None:
    if not isinstance(rules, list | tuple) or not rules:
        raise ConfigError(f"Attribute {name} of a filter policy needs a list of values.")
    for rule in rules:
        if isinstance(rule, str):
            continue
        if not _is_operator(rule):
            known = ", ".join(OPERATORS)
            raise ConfigError(f"Attribute {name} of a filter policy takes texts, or one of: {known}.")


def _is_operator(rule: Any) -> bool:
    if not isinstance(rule, Mapping) or len(rule) != 1:
        return False
    [(operator, operand)] = rule.items()
    return bool(operator in OPERATORS and OPERATORS[operator](operand))


def _holds(rule: Any, value: str | None) -> bool:
    if isinstance(rule, str):
        return rule == value
    [(operator, operand)] = rule.items()
    if operator == "exists":
        return (value is not None) is operand
    return value is not None and _compare(operator, operand, value)


def _compare(operator: str, operand: Any, value: str) -> bool:
    if operator == "prefix":
        return value.startswith(str(operand))
    if operator == "suffix":
        return value.endswith(str(operand))
    if operator == "equals-ignore-case":
        return value.casefold() == str(operand).casefold()
    return value not in (operand if isinstance(operand, list) else [operand])
