"""What the documents say is so: every command is run or covered by a test, every link leads somewhere."""

from __future__ import annotations

import ast
import asyncio
import itertools
import re
import sqlite3
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer

from connectors.base import Connector
from connectors.reading.coverage import read_coverage
from connectors.reading.document import Document, Part
from connectors.reading.rules import RULES
from connectors.registry import Registry, check
from pipeline.cli.main import app
from pipeline.settings import Settings
from schemas.information import EntityChange, EventHead, information_event
from tests.support.acme import World, uv
from tests.support.documents import ROOT, Block, Command, blocks, commands, documents, name, prose

PROGRAM, HERE = "tests/e2e/test_program.py::", "tests/test_documents.py::"
COVERED = {
    r"make demo( ARGS=.*)?": "tests/e2e/test_make.py::test_make_demo_prints_its_document_only",
    r"make (test|check)( ARGS=.*)?": HERE + "test_make_runs_every_folder_and_every_check",
    r"\.ci/run": HERE + "test_ci_runs_the_commands_of_the_documents",
    r"uv lock": HERE + "test_the_lock_fits_the_project",
    r"uv pip install \./examples/acme-connector": "tests/support/acme.py::acme_package",
    r"source \.venv/bin/activate": "tests/e2e/test_make.py::test_make_fills_an_environment_once",
    r"python \S*acme_server\.py --port 8099": PROGRAM + "test_the_example_server_serves_its_records",
    r"pytest examples/acme-connector": PROGRAM + "test_the_example_connector_passes_its_own_tests",
    r"erpflow up --embedded": PROGRAM + "test_up_reads_a_new_connection_and_stops_at_a_signal",
    r"erpflow run \w+": PROGRAM + "test_a_worker_by_itself_runs_until_a_signal",
    r"erpflow tap \S+( --most \d+)?": PROGRAM + "test_tap_shows_live_events",
}
"""Commands that are not simply run here → the test that covers them."""

LANGUAGES = {"console", "sh", "python", "json", "toml", "yaml", "text"}
STAND_INS = ("ERPFLOW_HOME", "ERPFLOW_STORE", "ERPFLOW_DATA_KEY")
"""Variables that a document sets to what is not here: the command finds the test's own."""


def covering(line: str) -> str | None:
    return next((test for pattern, test in COVERED.items() if re.fullmatch(pattern, line)), None)


def runs(line: str) -> bool:
    return covering(line) is None and line.startswith(("erpflow ", "export "))


ALL = [command for path in documents() for command in commands(path)]
RUN_HERE = [path for path in documents() if any(runs(command.line) for command in commands(path))]


def test_every_command_is_run_or_covered() -> None:
    assert len(ALL) > 40
    assert [command for command in ALL if not runs(command.line) and covering(command.line) is None] == []


def test_every_covering_test_is_there_and_covers_something() -> None:
    for pattern, place in COVERED.items():
        file, _, function = place.partition("::")
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert not function or function in {getattr(node, "name", "") for node in tree.body}, place
        assert any(re.fullmatch(pattern, command.line) for command in ALL), f"{pattern} is in no document"


def test_every_block_says_what_it_holds() -> None:
    strange = [block for path in documents() for block in blocks(path) if block.language not in LANGUAGES]
    assert strange == []
    loose = {
        name(path): found
        for path in documents()
        if (found := re.findall(r"^ {4}(?:\$|erpflow|make|pip|python) .*", prose(path), re.M))
    }
    assert loose == {}, "commands belong into console blocks"


@pytest.mark.parametrize("path", RUN_HERE, ids=name)
def test_every_command_works_and_says_what_is_shown(path: Path, acme_world: World) -> None:
    if "erpflow connections add north-acme" not in path.read_text(encoding="utf-8"):
        acme_world.connect()
    _write_files(acme_world.place)
    environment = dict(acme_world.environment)
    rejected = False
    for command in commands(path):
        if command.line.startswith("erpflow deadletters") and not rejected:
            rejected = True
            _reject_one(acme_world)
        if command.line.startswith("export "):
            _export(command, environment, acme_world)
        elif runs(command.line):
            done = acme_world.run(_here(command.line, acme_world), environment)
            assert done.returncode == 0, f"{command.line}: {done.stdout}{done.stderr}"
            for shown in command.output:
                assert _matches(shown, done.stdout), f"{command.line} says {done.stdout}"


def _export(command: Command, environment: dict[str, str], world: World) -> None:
    variable, _, value = command.line.removeprefix("export ").partition("=")
    if variable.startswith("ERPFLOW_"):
        assert variable.removeprefix("ERPFLOW_").lower() in Settings.model_fields, command
    if variable not in STAND_INS:
        said = world.run(f'printf %s "{value}"', environment)
        assert said.returncode == 0, said.stderr
        environment[variable] = said.stdout


def _here(line: str, world: World) -> str:
    if " RUN" in line:
        newest = world.json("erpflow runs list --json")[0]["run"]
        line = line.replace(" RUN", f" {newest}")
    if " GROUP" in line or "LETTER" in line:
        group = world.json("erpflow deadletters list --resolved --json")[0]
        line = line.replace(" GROUP", f" {group['group']}").replace("LETTER", group["example"])
    return line.replace("http://127.0.0.1:8099", world.acme.url)


def _reject_one(world: World) -> None:
    """A record that the mapping cannot take, so that there is a dead letter."""
    world.acme.put("customers", 7, country="nowhere at all")
    done = world.run("erpflow sync north-acme --stream customers")
    assert done.returncode == 0, done.stderr


def _matches(shown: str, output: str) -> bool:
    pattern = ".*".join(re.escape(part.strip()) for part in shown.split("…"))
    return re.search(pattern, output) is not None


def _write_files(place: Path) -> None:
    """The files that the guide names, as it shows them."""
    guide = [block.text for block in blocks(ROOT / "docs" / "guides" / "operating.md") if block.language == "json"]
    for name_of_file, mark in {"rules.json": '"entity"', "patch.json": '"op"'}.items():
        (place / name_of_file).write_text(next(text for text in guide if mark in text), encoding="utf-8")


def test_every_command_that_is_mentioned_exists() -> None:
    mentioned = {
        (name(path), words) for path in documents() for words in re.findall(r"`erpflow ([a-z][^`\n]*)`", prose(path))
    }
    assert len(mentioned) > 10
    assert [one for one in mentioned if not _exists(one[1].split())] == []


def _exists(words: list[str]) -> bool:
    command: Any = typer.main.get_command(app)
    while words and hasattr(command, "commands"):
        word, *words = words
        if word not in command.commands:
            return False
        command = command.commands[word]
    known = {option for parameter in command.params for option in parameter.opts}
    return known.issuperset(word for word in words if word.startswith("--"))


def test_every_test_that_is_named_exists() -> None:
    named = {test for path in documents() for test in re.findall(r"`(test_\w+)`", path.read_text(encoding="utf-8"))}
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert len(named) > 50
    assert {test for test in named if not re.search(rf"(def {test}\(|^{test} = )", source, re.M)} == set()


def test_every_link_leads_somewhere() -> None:
    broken = [
        (name(path), target)
        for path in documents()
        for target in re.findall(r"\]\(([^)#\s]+)", prose(path))
        if "://" not in target and not (path.parent / target).exists()
    ]
    assert broken == []


def test_the_readme_lists_every_setting_with_its_default() -> None:
    rows = re.findall(r"^\| `(ERPFLOW_\w+)` \| (.+?) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)
    assert rows == [(f"ERPFLOW_{name.upper()}", _default(name)) for name in Settings.model_fields]


def _default(setting: str) -> str:
    field = Settings.model_fields[setting]
    if field.is_required():
        return "required"
    if field.default_factory is not None:
        return "the user"
    return "none" if field.default is None else f"`{field.default}`"


@pytest.mark.parametrize("system", sorted(path.parent.name for path in (ROOT / "connectors/systems").glob("*/spec.py")))
def test_every_system_has_a_page_that_names_its_settings_and_streams(system: str) -> None:
    page = (ROOT / "docs" / "connectors" / f"{system}.md").read_text(encoding="utf-8")
    spec = Registry.load().get(system).spec
    told = set(re.findall(r"`([\w-]+)`", page))
    assert {setting.name for setting in spec.settings} <= told
    assert {stream.name for stream in spec.streams} <= told
    assert {stream.resource for stream in spec.streams} <= set(re.findall(r"`([\w.-]+)`", page))


def test_the_connector_of_the_guide_keeps_the_rules() -> None:
    values = _python(ROOT / "docs" / "guides" / "new-connector.md")
    connector = values["CONNECTOR"]
    assert isinstance(connector, Connector)
    check(connector)
    assert [stream.name for stream in connector.spec.streams] == ["customers"]


def test_the_yaml_of_the_guide_is_that_of_the_example_and_its_rules_are_all() -> None:
    guide = ROOT / "docs" / "guides" / "new-connector.md"
    shown = [block.text for block in blocks(guide) if block.language == "yaml"]
    example = ROOT / "examples" / "brisk"
    assert shown[:2] == [(example / name).read_text(encoding="utf-8") for name in ("spec.yaml", "mapping.yaml")]
    assert len(shown[0].splitlines()) <= 40
    coverage = Document.parse(shown[2].encode(), "coverage.yaml")
    assert read_coverage(Part(coverage, (), coverage.data)).missing == {"wage_code": "wages are paid in another system"}
    told = set(re.findall(r"\{(\w+):", guide.read_text(encoding="utf-8")))
    assert {*RULES, "constant"} <= told


def test_the_subscriber_of_the_guide_ends_in_the_same_state_whatever_the_order() -> None:
    take = _python(ROOT / "docs" / "guides" / "subscribing.md")["take"]
    events = [_event(1, "created"), _event(2, "updated"), _event(3, "deleted"), _event(4, "created")]
    for order in itertools.permutations(range(4)):
        db = sqlite3.connect(":memory:")
        db.execute("create table customers (id text primary key, version text, body blob)")
        for position in (*order, order[0]):
            asyncio.run(take(db, events[position], None))
        ((version, body),) = db.execute("select version, body from customers").fetchall()
        assert (version, orjson.loads(body)["name"]) == ("4", "Name 4")
        db.close()


def _event(version: int, change: Any) -> str:
    head = EventHead("north", "north-acme", "acme", "customers", "increment", datetime(2026, 6, 1, tzinfo=UTC))
    body = {"id": "one", "version": str(version), "name": f"Name {version}"}
    return information_event(head, EntityChange("customer", change, str(version), body)).to_json().decode()


def _python(path: Path) -> dict[str, Any]:
    """What the document's Python blocks define, one after the other."""
    values: dict[str, Any] = {}
    for block in blocks(path):
        if block.language == "python":
            exec(compile(block.text, name(path), "exec"), values)
    return values


@pytest.mark.parametrize(
    "block", [b for p in documents() for b in blocks(p) if b.language == "json"], ids=lambda b: b.document
)
def test_every_json_block_is_json(block: Block) -> None:
    assert orjson.loads(block.text)


def test_every_decision_has_its_number_and_its_parts() -> None:
    files = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [path.name[:4] for path in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    for path in files:
        text = path.read_text(encoding="utf-8")
        parts = re.findall(r"^## (\w+)$", text, re.M)
        assert (parts, text.startswith(f"# {path.name[:4]} ")) == (["Context", "Decision", "Consequences"], True), path


def test_make_runs_every_folder_and_every_check() -> None:
    tests = _made("test")
    folders = {path.relative_to(ROOT).parts[1] for path in (ROOT / "tests").rglob("test_*.py")}
    assert {f"tests/{entry}" for entry in folders} <= set(tests.split())
    assert tests.index("tests/e2e") < tests.index("tests/simulation") < tests.index("tests/unit"), "long ones first"
    assert "--no-loadscope-reorder" in tests.split(), "else the modules with the fewest tests come last"
    checks = _made("check")
    assert all(tool in checks for tool in ("ruff format --check .", "ruff check .", "mypy", "lint-imports"))


def _made(target: str) -> str:
    """The commands of a target, which is not run."""
    return subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_ci_runs_the_commands_of_the_documents() -> None:
    file = ROOT / ".ci" / "run"
    script = file.read_text(encoding="utf-8")
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in script
    assert script.rstrip().endswith("make check\nmake test"), "pytest's summary comes last"
    assert file.stat().st_mode & 0o111


def test_the_lock_fits_the_project() -> None:
    done = subprocess.run([uv(), "lock", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
