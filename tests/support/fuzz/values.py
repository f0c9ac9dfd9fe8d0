"""Hostile JSON: values that break careless code, and valid samples with something wrong in them.

Values are plain Python until ``as_text`` writes them; what Python's JSON cannot say (numbers beyond any double, keys
that come twice, nesting without end) is a marker until then.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

_NEST, _NUMBER, _AGAIN = "@nest:", "@number:", "@again:"
_MARKERS = re.compile(rf'"{_NEST}(\d+)@"|"{_NUMBER}([^"@]*)@"|"{_AGAIN}([^"@]*)@"')

NASTY_TEXTS = (
    "", " ", "0", "-1", "1e400", "NaN", "true", "null", "\x00", "a\x00b", "\ufffe", "\u202eabc", "𝒳𝒳", "x" * 450,
    "y" * 5_000, "2026-02-30", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00", "-0.00", "1,5", "99999999999999999999.99", "{key}", "../..",
    "' or 1=1 --", "a/b", "?", "é" * 100, "-" * 300, "12" * 200,
)  # fmt: skip
FATAL = [f"{_NEST}{n}@" for n in (201, 260, 1_100, 50_000)] + [f"{_NUMBER}{n}@" for n in ("1e400", "-1e999", "01", "")]
"""What no page survives: the whole answer is refused, with one sentence."""

texts = st.sampled_from(NASTY_TEXTS) | st.text(max_size=20)
numbers = (
    st.integers(-5, 5)
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([2**31, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 1e308, 5e-324, -0.0, 10**300])
)
leaves = st.none() | st.booleans() | numbers | texts
nested = st.sampled_from([f"{_NEST}{n}@" for n in (2, 60, 150)])
values = st.recursive(
    leaves | nested, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
fatal = st.sampled_from([*FATAL, "\ud800", "x\udfff", float("nan"), float("inf")])


def as_text(value: Any) -> str:
    """JSON text, or what looks like it: the markers become what they stand for, lone surrogates lone escapes."""
    return _MARKERS.sub(_written, json.dumps(value))


def _written(found: re.Match[str]) -> str:
    nest, number, again = found.groups()
    if nest is not None:
        return "[" * int(nest) + "]" * int(nest)
    return number if number is not None else f'"{again}"'


@st.composite
def mutated(draw: st.DrawFn, sample: Any, wrong: st.SearchStrategy[Any] = values, most: int = 3) -> Any:
    """A copy of a JSON document with up to ``most`` things wrong in it, at any depth; now and then with none."""
    document = json.loads(json.dumps(sample))
    wrong = wrong.map(deepcopy)  # or what one example breaks further is broken in the next, too
    for _ in range(draw(st.integers(0, most))):
        places = list(_places(document))
        if not places or draw(st.integers(0, 30)) == 0:
            return draw(wrong)
        node, name = draw(st.sampled_from(places))
        if draw(st.booleans()):
            node[name] = draw(wrong)
        elif isinstance(node, dict):
            _break_dict(draw, node, name, wrong)
        else:
            _break_list(draw, node, name, wrong)
    return document


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a document, as the container and the name or index in it."""
    if isinstance(node, dict | list):
        for name in sorted(node) if isinstance(node, dict) else range(len(node)):
            yield node, name
            yield from _places(node[name])


def _break_dict(draw: st.DrawFn, node: dict[str, Any], name: str, wrong: st.SearchStrategy[Any]) -> None:
    match draw(st.sampled_from(["remove", "rename", "again", "add"])):
        case "remove":
            del node[name]
        case "rename":
            node[draw(texts)] = node.pop(name)
        case "again":
            node[f"{_AGAIN}{name}@"] = draw(wrong)
        case _:
            node[draw(texts)] = draw(wrong)


def _break_list(draw: st.DrawFn, node: list[Any], place: int, wrong: st.SearchStrategy[Any]) -> None:
    match draw(st.sampled_from(["remove", "twice", "add"])):
        case "remove":
            del node[place]
        case "twice":
            node.append(node[place])
        case _:
            node.insert(place, draw(wrong))
