"""Showing lists: a table for people, a JSON document for programs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

import orjson
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

T = TypeVar("T")

_WIDE: Final = 200

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of a table.")]


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work to its end."""
    return asyncio.run(work)


def show(rows: Sequence[Mapping[str, Any]], as_json: bool, empty: str) -> None:
    """Show rows with the same keys; ``empty`` is the sentence for none. Columns with nothing in them are left out."""
    if as_json:
        show_json(list(rows))
        return
    # Where nobody looks at it, as in a pipe, there is no screen whose width counts.
    console = Console() if sys.stdout.isatty() else Console(width=_WIDE)
    if not rows:
        console.print(empty)
        return
    names = [name for name in rows[0] if any(row[name] not in (None, "") for row in rows)]
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for name in names:
        # The first column is what the next command is given: it is never broken.
        table.add_column(name, no_wrap=name == names[0], overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[name]) for name in names))
    console.print(table)


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)


def show_json(value: Any) -> None:
    """One JSON document, with a line break at its end."""
    typer.echo(orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_OMIT_MICROSECONDS).decode())


def say(sentence: str, told: Mapping[str, Any], as_json: bool) -> None:
    """What a command did: a sentence for people, a document for programs."""
    if as_json:
        show_json(dict(told))
    else:
        typer.echo(sentence)
