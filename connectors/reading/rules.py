"""Rules of ``mapping.yaml``: a path, or a mapping that begins with the name of a rule.

What a rule takes is read from the signature of its function in ``connectors.rules``; nothing is ever evaluated.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from connectors import rules
from connectors.reading.document import Part, shown, suggestion
from connectors.rules import Value, Worked
from schemas.entities import ENTITIES
from schemas.errors import ConfigError
from schemas.mapping import Constant, Rule
from schemas.paths import compile_path

RULES: Mapping[str, Callable[..., Rule]] = types.MappingProxyType(
    {
        name: getattr(rules, name)
        for name in (
            *("address", "choice", "country", "date", "decimal", "dim", "first", "hours", "instant", "items", "join"),
            *("key", "local_time", "money", "nested", "option", "org_number", "payment_ref", "present", "price"),
            *("quantity", "ref", "several", "text", "truth"),
        )
    }
)
"""Every rule by its name in YAML; beside them there is ``constant``."""

_NAMES = frozenset({*RULES, "constant"})


def read_rule(part: Part) -> Rule:
    """The rule of a field; raises ConfigError in one sentence, with the line, for what is none.

    A text is a path; a number, true or false is that value for every record.
    """
    if isinstance(part.value, str):
        return _path(part)
    if part.value is None or isinstance(part.value, list):
        raise part.fault(f"must be a path or a rule, not {shown(part.value)}")
    return _named(part) if isinstance(part.value, dict) else Constant(part.value)


def read_value(part: Part) -> Value:
    """A rule that gives a single value: what other rules work on. A list makes a composite key."""
    if isinstance(part.value, list):
        return rules.key([read_value(item) for item in part.items()])
    rule = read_rule(part)
    if isinstance(rule, (str, Worked, Constant)):
        return rule
    name = next(iter(part.value))
    raise part.fault(f"cannot be a '{name}', which gives no single value; take a path")


def _path(part: Part) -> str:
    path: str = part.value
    try:
        compile_path(path)
    except ConfigError as error:
        raise part.fault(f"cannot be read: {str(error).rstrip('.')}") from None
    return path


def _named(part: Part) -> Rule:
    given = dict(part.children())
    found = [name for name in given if name in _NAMES]
    if not found:
        name = next(iter(given), "")
        raise part.fault(f"names no rule: '{name}' is not one; {suggestion(name, _NAMES)}")
    name = next((one for one in found if one in RULES and given.keys() <= {one, *_arguments(one)}), found[0])
    if name == "constant":
        part.only({"constant"})
        return Constant(given["constant"].value)
    return _built(name, part, given)


def _built(name: str, part: Part, given: Mapping[str, Part]) -> Rule:
    arguments = _arguments(name)
    main = next(iter(arguments))
    found: dict[str, Any] = {}
    for key, inner in given.items():
        argument = main if key == name else key
        if argument not in arguments or (key == main and key != name):
            allowed = {name, *arguments} - {main}
            raise part.document.fault(inner.place, f"is not known; {suggestion(key, allowed)}")
        found[argument] = _argument(inner, argument, arguments[argument].annotation)
    for argument, parameter in arguments.items():
        if parameter.default is inspect.Parameter.empty and argument not in found:
            raise part.fault(f"is a rule '{name}' and needs '{argument}', which is missing")
    return RULES[name](**found)


@cache
def _arguments(name: str) -> Mapping[str, inspect.Parameter]:
    function = RULES[name]
    hints = get_type_hints(function)
    parameters = inspect.signature(function).parameters.items()
    return {argument: parameter.replace(annotation=hints[argument]) for argument, parameter in parameters}


def _argument(part: Part, name: str, wanted: Any) -> Any:
    wanted = _needed(wanted)
    origin, inner = get_origin(wanted), get_args(wanted)
    if name == "entity":
        return _one_of(part, ENTITIES)
    if origin is Literal:
        return None if part.value is None else _one_of(part, inner)
    if wanted in (Value, Rule):
        return read_value(part) if wanted == Value else read_rule(part)
    if origin is Sequence:
        return [_argument(item, "", inner[0]) for item in part.items()]
    if origin is Mapping:
        return {key: _argument(item, "", inner[1]) for key, item in part.children()}
    if wanted in (bool, int):
        return _exactly(part, wanted)
    return part.text() if wanted is str else part.value


def _needed(wanted: Any) -> Any:
    """The type without None, which no one writes; the unions of values and rules are types of their own here."""
    if get_origin(wanted) not in (Union, types.UnionType) or wanted in (Value, Rule):
        return wanted
    left = tuple(one for one in get_args(wanted) if one is not type(None))
    return Union[left]  # noqa: UP007 - made from a tuple


def _one_of(part: Part, allowed: Any) -> str:
    if isinstance(part.value, str) and part.value in allowed:
        return part.value
    raise part.fault(f"is {shown(part.value)}; {suggestion(str(part.value), list(allowed))}")


def _exactly(part: Part, wanted: type) -> Any:
    if type(part.value) is wanted:
        return part.value
    words = {bool: "true or false", int: "a whole number"}
    raise part.fault(f"is {shown(part.value)}; it must be {words[wanted]}")
