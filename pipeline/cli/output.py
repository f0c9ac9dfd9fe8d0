"""Showing lists: a table for people, a JSON document for programs."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Annotated, Any, TypeVar

import orjson
import typer
from rich.console import Console
from rich.table import Table

T = TypeVar("T")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of a table.")]


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work to its end."""
    return asyncio.run(work)


def show(rows: Sequence[Mapping[str, Any]], as_json: bool, empty: str) -> None:
    """Show rows with the same keys; ``empty`` is the sentence for none."""
    if as_json:
        show_json(list(rows))
        return
    console = Console()
    if not rows:
        console.print(empty)
        return
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    console.print(table)


def show_json(value: Any) -> None:
    """One JSON document, with a line break at its end."""
    typer.echo(orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2).decode())


def say(sentence: str, told: Mapping[str, Any], as_json: bool) -> None:
    """What a command did: a sentence for people, a document for programs."""
    if as_json:
        show_json(dict(told))
    else:
        typer.echo(sentence)
