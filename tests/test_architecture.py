"""What the house asks of all code, held by machine: imports, sizes, where the outside world may be touched."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("schemas", "connectors", "transformer", "distributor", "pipeline")
MOST_LINES, MOST_LINES_OF_A_FUNCTION, MOST_PARAMETERS, MOST_DEPTH = 300, 40, 6, 2

Function = ast.FunctionDef | ast.AsyncFunctionDef

READS_THE_ENVIRONMENT = {
    "pipeline/settings.py": "it is the reader",
    "pipeline/connecting.py": "secrets of a new connection are given as names of variables, known only then",
    "pipeline/local/embedded.py": "the region of an AWS that must run before there are settings",
    "pipeline/local/tryton/processes.py": "the child gets this environment without Tryton's own variables",
    "pipeline/certificate/checks/zones.py": "it puts this machine's clock into other zones, and back",
    "pipeline/cli/workers.py": "ERPFLOW_HOME as the default of --home",
    "pipeline/cli/demo.py": "ERPFLOW_HOME as the default of --home",
}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "dill"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
STANDARD_JSON = {
    "pipeline/topology/": "policies are kept and compared as texts",
    "pipeline/local/tryton/": "what is shared with Tryton's Python, which has no orjson",
}
MIGRATIONS = "pipeline/store/migrations/versions/"  # written by alembic, one statement per table
RUNS_IN_TRYTON = "pipeline.local.tryton.inside."  # by Tryton's Python, which has other packages
NEEDS_ALEMBIC = "pipeline.store.migrations."  # imported by alembic in the middle of a migration


def sources() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions() -> Iterator[tuple[str, Function]]:
    for path in sources():
        for node in ast.walk(tree(path)):
            if isinstance(node, Function) and not name(path).startswith(MIGRATIONS):
                yield f"{name(path)}:{node.lineno} {node.name}", node


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def committed() -> Iterator[Path]:
    """Every text file of the project: hidden folders hold caches and environments, apart from .ci."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") and part not in (".ci", ".gitignore") for part in parts)
        if path.is_file() and not hidden and path.suffix not in (".pyc", ".sqlite3") and "__pycache__" not in parts:
            yield path


def test_imports_go_one_way() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_sources_to_look_at() -> None:
    assert {name(path).split("/")[0] for path in sources()} == set(PACKAGES)
    assert len(list(functions())) > 100


def test_no_file_is_longer_than_300_lines() -> None:
    files = [*sources(), *(ROOT / "examples").rglob("*.py")]
    lines = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {path: count for path, count in lines.items() if count >= MOST_LINES} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    lines = {where: (node.end_lineno or 0) - node.lineno + 1 for where, node in functions()}
    assert {where: count for where, count in lines.items() if count > MOST_LINES_OF_A_FUNCTION} == {}


def parameters(node: Function) -> list[str]:
    given = node.args
    named = [arg.arg for arg in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    rest = [arg.arg for arg in (given.vararg, given.kwarg) if arg]
    return [arg for arg in (*named, *rest) if arg not in ("self", "cls")]


def test_no_function_takes_more_than_6_parameters() -> None:
    assert {
        where: len(parameters(node)) for where, node in functions() if len(parameters(node)) > MOST_PARAMETERS
    } == {}


def modules() -> Iterator[str]:
    for package in PACKAGES:
        yield package
        yield from (found.name for found in pkgutil.walk_packages([str(ROOT / package)], f"{package}."))


def depth(cls: type) -> int:
    """How many classes of ours are above this one."""
    above = (base for base in cls.__bases__ if base.__module__.partition(".")[0] in PACKAGES)
    return max((1 + depth(base) for base in above), default=0)


def test_no_class_is_more_than_two_steps_below_its_root() -> None:
    deep, seen = {}, 0
    for module in modules():
        if module.startswith((RUNS_IN_TRYTON, NEEDS_ALEMBIC)):
            continue
        for _, cls in inspect.getmembers(importlib.import_module(module), inspect.isclass):
            seen += cls.__module__ == module
            if cls.__module__ == module and depth(cls) > MOST_DEPTH:
                deep[f"{module}.{cls.__name__}"] = depth(cls)
    assert deep == {}
    assert seen > 100


def reads_environment(node: ast.AST) -> bool:
    names = {"environ", "environb", "getenv"}
    if isinstance(node, ast.ImportFrom) and node.module == "os":
        return any(alias.name in names for alias in node.names)
    attribute = isinstance(node, ast.Attribute) and node.attr in names
    return attribute or (isinstance(node, ast.keyword) and node.arg == "envvar")  # typer's way


def test_the_environment_is_read_in_the_settings_only() -> None:
    found = {name(path) for path in sources() if any(map(reads_environment, ast.walk(tree(path))))}
    assert found == set(READS_THE_ENVIRONMENT), "add or remove a line, with its reason, in READS_THE_ENVIRONMENT"


def called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def test_nothing_is_printed_outside_the_command_line() -> None:
    prints = {name(path) for path in sources() for call in calls(path) if called(call) == "print"}
    assert {path for path in prints if not path.startswith("pipeline/cli/")} == set()


def test_nothing_is_evaluated_and_nothing_unpickled() -> None:
    evaluating = {name(path) for path in sources() for call in calls(path) if called(call) in FORBIDDEN_CALLS}
    unpickling = {name(path) for path in sources() if FORBIDDEN_MODULES & set(imported(path))}
    assert (evaluating, unpickling) == (set(), set())


def test_what_travels_is_json_by_orjson() -> None:
    found = {name(path) for path in sources() if "json" in imported(path)}
    assert {path for path in found if not path.startswith(tuple(STANDARD_JSON))} == set()


def test_logs_are_written_in_the_pipeline_only() -> None:
    logging = {name(path) for path in sources() if {"structlog", "logging"} & set(imported(path))}
    assert {path for path in logging if not path.startswith("pipeline/")} == set()


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("work left undone", r"\b(?:TODO|FIXME|XXX|HACK)\b(?!\w)"),
        ("a path of somebody's machine", r"(?<![\w.~])/(?:work|home|root|Users|tmp)/\w"),
        ("an error passed over in silence", r"except[^\n]*:\s*\n?\s*pass\b"),
    ],
)
def test_the_files_do_not_hold(what: str, pattern: str) -> None:
    found, expression = {}, re.compile(pattern)
    for path in committed():
        text = path.read_text(encoding="utf-8")
        if path != Path(__file__) and (hit := expression.search(text)):
            found[name(path)] = hit[0]
    assert found == {}, what


def test_the_lock_knows_one_registry_only() -> None:
    lock = (ROOT / "uv.lock").read_text(encoding="utf-8")
    assert len(set(re.findall(r'registry = "([^"]+)"', lock))) == 1
    assert len(set(re.findall(r'url = "https://([^/"]+)', lock))) == 1
