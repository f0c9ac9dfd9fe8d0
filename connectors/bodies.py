"""Parameters and bodies of a request from their templates, without what the request has no value for. Pure.

Values are texts, but ``keys`` (a list of texts), ``limit`` and some positions and instants (numbers).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.templates import NAME, fill, names, number

Values = Mapping[str, Any]


class _LeftOut:
    """What stands for a part of a body that is left out."""


_LEFT_OUT = _LeftOut()


def filled_params(templates: Mapping[str, str], values: Values, separator: str = ",") -> dict[str, str]:
    """Parameters or headers; those that name something without a value are left out. Lists are joined."""
    texts = {name: _text(value, separator) for name, value in values.items()}
    return {name: fill(text, texts) for name, text in templates.items() if names(text) <= values.keys()}


def filled_body(template: Any, values: Values) -> Any:
    """A body. A text that is nothing but a name becomes its value as it is: a list, a number.

    What names something without a value is left out: a field of an object (and an object that has no other), an item
    of a list. A list within a list is a term, such as ``["write_date", ">=", "{since}"]``, and is left out whole.
    """
    body = _filled(template, values)
    return None if isinstance(body, _LeftOut) else body


def _filled(part: Any, values: Values) -> Any:
    if isinstance(part, str):
        return _scalar(part, values)
    if isinstance(part, Mapping):
        return _object(part, values)
    if isinstance(part, list | tuple):
        return _list(part, values, is_term=False)
    return part


def _object(part: Mapping[str, Any], values: Values) -> Any:
    kept = {name: found for name, inner in part.items() if (found := _filled(inner, values)) is not _LEFT_OUT}
    return _LEFT_OUT if part and not kept else kept


def _list(part: list[Any] | tuple[Any, ...], values: Values, *, is_term: bool) -> Any:
    items = [_list(i, values, is_term=True) if isinstance(i, list | tuple) else _filled(i, values) for i in part]
    lacks = any(item is _LEFT_OUT for item, inner in zip(items, part, strict=True) if isinstance(inner, str))
    return _LEFT_OUT if is_term and lacks else [item for item in items if item is not _LEFT_OUT]


def _scalar(text: str, values: Values) -> Any:
    if not names(text) <= values.keys():
        return _LEFT_OUT
    whole = NAME.fullmatch(text)
    if whole is None:
        return fill(text, {name: _text(value, ",") for name, value in values.items()})
    value = values[whole[1]]
    return _numbers(value, whole[1]) if whole[2] else value


def _numbers(value: Any, name: str) -> Any:
    if isinstance(value, list | tuple):
        return [number(str(one), name) for one in value]
    return number(str(value), name)


def _text(value: Any, separator: str) -> str:
    return separator.join(map(str, value)) if isinstance(value, list | tuple) else str(value)
