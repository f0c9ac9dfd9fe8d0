"""What the documents show: their code blocks, and the commands in them with the output that is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block of a document."""

    document: str
    language: str
    text: str


@dataclass(frozen=True)
class Command:
    """One command line, its comment left out, with the lines of output that the document shows below it."""

    document: str
    line: str
    output: tuple[str, ...] = ()


def documents() -> list[Path]:
    """Everything that people read, in the order in which they are likely to."""
    first = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
    return [*first, *sorted((ROOT / "docs").rglob("*.md"))]


def name(path: Path) -> str:
    """The document's path within the project."""
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path) -> list[Block]:
    """The fenced blocks."""
    return [Block(name(path), language, text) for language, text in _FENCE.findall(path.read_text(encoding="utf-8"))]


def prose(path: Path) -> str:
    """The document without its blocks."""
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def commands(path: Path) -> list[Command]:
    """The commands of a document's console and sh blocks."""
    return [command for block in blocks(path) for command in _commands(block)]


def _commands(block: Block) -> Iterator[Command]:
    text = block.text.replace("\\\n", " ")
    if block.language == "sh":
        yield from (Command(block.document, _tidy(line)) for line in text.splitlines() if _tidy(line))
    if block.language == "console":
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            line, *output = part.splitlines()
            yield Command(block.document, _tidy(line), tuple(line for line in output if line.strip()))


def _tidy(line: str) -> str:
    return " ".join(re.sub(r"\s+#\s.*$", "", line).split()).lstrip("#")
