"""YAML as nodes that know their line. A part of YAML 1.2: no tags, no second document, anchors within bounds.

Read from the parser's events, without recursion in C: a document nested by the thousands is refused, not crashed on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from schemas.errors import ConfigError

MOST_BYTES = 200 * 1024
MOST_DEEP = 40
MOST_TAKEN = 20_000
"""Entries that are taken over by ``<<`` in one document."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)?\.[0-9]+")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(slots=True)
class Scalar:
    """A text as it was written; ``plain`` without quotes, so that it may mean a number, true, false or null."""

    line: int
    text: str
    plain: bool

    @property
    def value(self) -> Any:
        """What it means by YAML 1.2: ``no`` and ``on`` are texts, so are dates, and numbers that begin with 0."""
        if not self.plain:
            return self.text
        if self.text in _WORDS:
            return _WORDS[self.text]
        if _INT.fullmatch(self.text) and len(self.text) < 19:
            return int(self.text)
        return float(self.text) if _FLOAT.fullmatch(self.text) else self.text


@dataclass(slots=True)
class Sequence:
    """A list."""

    line: int
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    """Keys, as they were written, with their values in their order, and then what ``<<`` takes over."""

    line: int
    entries: list[tuple[Scalar, Node]] = field(default_factory=list)


Node = Scalar | Sequence | Mapping


def read_nodes(content: bytes, name: str) -> Node:
    """The one document of a file; raises ConfigError with its ``name`` and the line for what is none."""
    if len(content) > MOST_BYTES:
        raise ConfigError(f"{name} is larger than {MOST_BYTES // 1024} KB; take it apart.")
    try:
        text = content.decode("utf-8-sig")
        return _Reader(name, yaml.parse(text, Loader=_LOADER)).document()
    except UnicodeDecodeError:
        raise ConfigError(f"{name} is not UTF-8 text; save it as UTF-8.") from None
    except yaml.YAMLError as error:
        raise _not_yaml(name, error) from None


def _not_yaml(name: str, error: yaml.YAMLError) -> ConfigError:
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    where = f"{name}, line {mark.line + 1}" if mark else name
    why = " ".join(str(problem or error).split())[:120]
    return ConfigError(f"{where}: this is not YAML ({why}); correct it.")


class _Reader:
    def __init__(self, name: str, events: Iterator[Any]) -> None:
        self._name = name
        self._events = events
        self._anchors: dict[str, Node] = {}
        self._taken = 0

    def document(self) -> Node:
        next(self._events)  # the beginning of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise ConfigError(f"{self._name} is empty; write a spec into it.")
        root = self._node(next(self._events), 0)
        next(self._events)  # the end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._fault(after, "a second document begins; write one document only")
        return root

    def _node(self, event: Any, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise self._fault(event, f"there is no anchor '&{event.anchor}' above")
            return self._anchors[event.anchor]
        if depth > MOST_DEEP:
            raise self._fault(event, f"it is nested more than {MOST_DEEP} deep; take it apart")
        if event.tag is not None:
            raise self._fault(event, f"the tag '{event.tag}' is not taken; remove it")
        node = self._content(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _content(self, event: Any, depth: int) -> Node:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(line, event.value, plain=event.style in (None, ""))
        if isinstance(event, yaml.SequenceStartEvent):
            return Sequence(line, [self._node(one, depth + 1) for one in self._until(yaml.SequenceEndEvent)])
        found, there = Mapping(line), set[str]()
        for one in self._until(yaml.MappingEndEvent):
            key = self._node(one, depth + 1)
            if not isinstance(key, Scalar):
                raise self._fault(one, "a key must be a word; quote it")
            if not _is_merge(key) and key.text in there:
                raise self._fault(one, f"the key '{key.text}' comes twice; remove one")
            there.add(key.text)
            found.entries.append((key, self._node(next(self._events), depth + 1)))
        found.entries = self._with_taken_over(found)
        return found

    def _with_taken_over(self, node: Mapping) -> list[tuple[Scalar, Node]]:
        """The entries with those of ``<<`` behind them: what a mapping says itself goes before what it takes over."""
        found = {key.text: (key, value) for key, value in node.entries if not _is_merge(key)}
        for key, value in node.entries:
            if not _is_merge(key):
                continue
            for taken in value.items if isinstance(value, Sequence) else [value]:
                if not isinstance(taken, Mapping):
                    why = "'<<' takes over a mapping, such as *name; correct it"
                    raise ConfigError(f"{self._name}, line {key.line}: {why}.")
                self._taken += len(taken.entries)
                if self._taken > MOST_TAKEN:
                    raise ConfigError(f"{self._name}, line {key.line}: '<<' takes over too much; use it less.")
                for entry in taken.entries:
                    found.setdefault(entry[0].text, entry)
        return list(found.values())

    def _until(self, end: type) -> Iterator[Any]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield event

    def _fault(self, event: Any, why: str) -> ConfigError:
        return ConfigError(f"{self._name}, line {event.start_mark.line + 1}: {why}.")


def _is_merge(key: Scalar) -> bool:
    return key.plain and key.text == "<<"
