from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import typer

from pipeline.cli.main import app, status

LINES = {"up", "run", "tap", "deadletters export"}
"""These go on and on, or write one JSON document a line anyway."""


def _commands(group: Any, prefix: str = "") -> Iterator[tuple[str, set[str]]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix}{name} ")
        else:
            yield prefix + name, {option for one in command.params for option in one.opts}


def test_every_command_that_ends_can_answer_with_one_json_document() -> None:
    found = dict(_commands(typer.main.get_command(app)))
    assert {name for name, options in found.items() if "--json" not in options} == LINES


def test_what_a_command_did_is_a_document_with_json(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["schemas", "export", str(tmp_path), "--json"]) == 0
    files = orjson.loads(capsys.readouterr().out)["files"]
    assert len(files) > 30
    assert all(file.startswith(str(tmp_path)) for file in files)
    assert status(["connectors", "new", "north-erp", "--dir", str(tmp_path), "--json"]) == 0
    assert orjson.loads(capsys.readouterr().out)["written"] == str(tmp_path / "north-erp-connector")
