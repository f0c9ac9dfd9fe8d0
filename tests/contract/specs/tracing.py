"""Which fields of a record a mapping reads: records that note what they are asked for."""

from __future__ import annotations

from typing import Any


class Traced(dict[str, Any]):
    """A record that adds the path of everything read from it to ``read``."""

    def __init__(self, record: dict[str, Any], read: set[str], path: str = "") -> None:
        super().__init__({name: traced(value, read, _join(path, name)) for name, value in record.items()})
        self._read = read
        self._path = path

    def __getitem__(self, name: str) -> Any:
        self._note(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._note(name)
        return super().get(name, default)

    def __or__(self, other: Any) -> Any:
        """The record with what the transformer adds to it, still traced."""
        merged = Traced({}, self._read, self._path)
        dict.update(merged, dict.items(self))
        dict.update(merged, other)
        return merged

    def __contains__(self, name: object) -> bool:
        self._note(str(name))
        return super().__contains__(name)

    def _note(self, name: str) -> None:
        if name != "_parent":  # what the transformer adds to the items of a list
            self._read.add(_join(self._path, name))


def traced(value: Any, read: set[str], path: str = "") -> Any:
    """The value with everything in it traced; the items of a list have the path of the list."""
    if isinstance(value, dict):
        return Traced(value, read, path)
    if isinstance(value, list):
        return [traced(item, read, path) for item in value]
    return value


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
