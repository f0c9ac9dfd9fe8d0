"""A YAML document as plain data, with the line and the written text of everything by its path."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.reading.nodes import MOST_DEEP, Mapping, Node, Scalar, Sequence, read_nodes
from schemas.errors import ConfigError

Place = tuple[str | int, ...]
"""The way to a value: keys and positions."""

MOST_VALUES = 20_000
"""Values of a document once its anchors are followed: a few lines of aliases could mean billions."""


@dataclass(slots=True)
class Document:
    """What a file says. ``lines`` and ``texts`` are by place; a text is a scalar as it was written."""

    name: str
    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    texts: dict[Place, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Document:
        """Read a file; raises ConfigError in one sentence with the line for what cannot be read."""
        try:
            with path.open("rb") as file:
                content = file.read(MOST_FILE)
        except OSError as error:
            raise ConfigError(f"{path} cannot be read ({error.strerror}); correct its name or its rights.") from None
        return cls.parse(content, path.name)

    @classmethod
    def parse(cls, content: bytes, name: str) -> Document:
        """The document of these bytes, which must be a mapping."""
        document = cls(name)
        document.data = document._plain(read_nodes(content, name), ())
        if not isinstance(document.data, dict):
            raise ConfigError(f"{name}, line 1: it must be a mapping of names to values; see the guide.")
        return document

    def _plain(self, node: Node, place: Place) -> Any:
        self.lines.setdefault(place, node.line)
        if len(place) > 2 * MOST_DEEP:
            raise ConfigError(f"{self.name}, line {node.line}: aliases nest too deep; use fewer of them.")
        if len(self.lines) > MOST_VALUES:
            raise ConfigError(f"{self.name} means more than {MOST_VALUES} values; use fewer aliases.")
        match node:
            case Scalar():
                self.texts[place] = node.text
                return node.value
            case Sequence():
                return [self._plain(item, (*place, number)) for number, item in enumerate(node.items)]
            case Mapping():
                return {key.text: self._entry(key, value, place) for key, value in node.entries}

    def _entry(self, key: Scalar, value: Node, place: Place) -> Any:
        self.lines[(*place, key.text)] = key.line
        return self._plain(value, (*place, key.text))

    def line(self, place: Place) -> int:
        """The line of a value, or of the nearest one around it that was written."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def fault(self, place: Place, why: str) -> ConfigError:
        """The error of a mistake: file, line and one sentence, which ``why`` continues the place with."""
        said = f"{dotted(place)} {why}" if place else why
        return ConfigError(f"{self.name}, line {self.line(place)}: {said}.")


MOST_FILE = 1_000_000
"""Bytes that are read at most; ``read_nodes`` allows less, and says so."""


@dataclass(frozen=True, slots=True)
class Part:
    """One value of a document and where it stands."""

    document: Document
    place: Place
    value: Any

    def fault(self, why: str) -> ConfigError:
        """The error of a mistake here; ``why`` goes on after the place."""
        return self.document.fault(self.place, why)

    def child(self, key: str | int) -> Part:
        """The part at a key or position that is there."""
        return Part(self.document, (*self.place, key), self.value[key])

    def children(self) -> Iterator[tuple[str, Part]]:
        """The entries of a mapping; raises ConfigError where it is none."""
        if not isinstance(self.value, dict):
            raise self.fault(f"must be a mapping of names to values, not {shown(self.value)}")
        return ((key, self.child(key)) for key in self.value)

    def items(self) -> Iterator[Part]:
        """The items of a list; raises ConfigError where it is none."""
        if not isinstance(self.value, list):
            raise self.fault(f"must be a list, not {shown(self.value)}")
        return (self.child(number) for number in range(len(self.value)))

    def text(self) -> str:
        """The text as it was written, ``no`` and ``1`` being texts, too; raises ConfigError where it is none."""
        if self.value is None or isinstance(self.value, (dict, list)):
            raise self.fault(f"must be a text, not {shown(self.value)}")
        return self.document.texts[self.place]

    def only(self, allowed: Collection[str]) -> dict[str, Part]:
        """The entries of a mapping that has no others than the ``allowed`` ones; raises ConfigError."""
        found = dict(self.children())
        for key in found:
            if key not in allowed:
                raise self.child(key).document.fault((*self.place, key), f"is not known; {suggestion(key, allowed)}")
        return found


def dotted(place: Place) -> str:
    """A place as people write it: ``streams.jobs.key[0]``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".")


def shown(value: Any) -> str:
    """A value in a sentence, cut short."""
    if value is None:
        return "empty"
    if isinstance(value, (dict, list)):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text if len(text) <= 60 else text[:57] + '…'}'"


def suggestion(given: str, allowed: Collection[str]) -> str:
    """What might have been meant, and what is allowed."""
    near = difflib.get_close_matches(given, allowed, n=1)
    meant = f"did you mean '{near[0]}'? Allowed are" if near else "allowed are"
    return f"{meant} {', '.join(sorted(allowed))}"
