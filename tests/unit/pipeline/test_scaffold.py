"""A connector as it is generated: registered by its entry point, and certified."""

import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from connectors.registry import GROUP, Registry
from pipeline.certificate.kit import kit_of
from pipeline.certificate.report import certify
from pipeline.scaffold.generate import generate
from schemas.errors import ConfigError

ROOT = Path(__file__).parents[3]


@pytest.fixture
def made(tmp_path, monkeypatch):
    folder = generate("north-erp", tmp_path)
    monkeypatch.syspath_prepend(folder)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "north_erp_connector"]:
        del sys.modules[name]


async def test_it_is_registered_by_its_entry_point_and_has_its_certificate(made):
    project = tomllib.loads((made / "pyproject.toml").read_text())["project"]
    (point,) = project["entry-points"][GROUP].items()
    registry = Registry.load([EntryPoint(*point, GROUP)])
    report = await certify(kit_of(registry.get("north-erp")))
    assert report.failures() == []
    assert report.passed


def test_its_own_tests_pass(made):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio"]
    done = subprocess.run(command, cwd=made, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["North", "1st", "a b", "../up", ""])
def test_a_name_that_no_system_can_have_is_refused(name, tmp_path):
    with pytest.raises(ConfigError, match="cannot name a system"):
        generate(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_already_is_left_alone(tmp_path):
    generate("north", tmp_path)
    with pytest.raises(ConfigError, match="exists already"):
        generate("north", tmp_path)
