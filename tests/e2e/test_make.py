"""The Makefile on a machine that has nothing yet: it sets up what it needs, and prints what it was asked for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import facts, tryton_truth
from tests.support.systems import OWN
from tests.support.tryton import cache_dir

ROOT = Path(__file__).parents[2]
PACKAGES = ("schemas", "connectors", "transformer", "distributor", "pipeline")
READY = ".venv/.ready"


@dataclass(frozen=True)
class Checkout:
    """The project in a folder of its own; ``first`` is what the first set-up said."""

    place: Path
    first: subprocess.CompletedProcess[str]

    @property
    def programs(self) -> Path:
        return self.place / ".venv" / "bin"


def copied(place: Path) -> Path:
    """The project without an environment."""
    for file in ("Makefile", "pyproject.toml", "uv.lock", "README.md", "LICENSE"):
        shutil.copy2(ROOT / file, place / file)
    for package in PACKAGES:
        (place / package).symlink_to(ROOT / package)
    return place


def make(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    foreign = ("VIRTUAL_ENV", "MAKE", "MFLAGS", "ERPFLOW_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return subprocess.run(
        ["make", *arguments], cwd=place, env=kept, capture_output=True, text=True, timeout=900, check=False
    )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    place = copied(tmp_path_factory.mktemp("checkout"))
    return Checkout(place, make(place, READY))


def test_make_fills_an_environment_once(checkout: Checkout) -> None:
    first, programs = checkout.first, checkout.programs
    assert first.returncode == 0, first.stderr
    assert first.stdout == ""
    assert "Setting up .venv" in first.stderr
    assert {"activate", "uv", "erpflow", "pytest", "ruff", "mypy"} <= {path.name for path in programs.iterdir()}
    assert "Setting up" not in make(checkout.place, READY).stderr


def test_the_environment_has_the_entry_points(checkout: Checkout) -> None:
    command = [str(checkout.programs / "erpflow"), "connectors", "list", "--json"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [row["system"] for row in json.loads(listed.stdout)] == OWN


def test_a_new_lock_fills_it_again_and_keeps_what_was_added(checkout: Checkout) -> None:
    marker = (checkout.place / READY).stat().st_mtime_ns
    (checkout.place / "uv.lock").touch()
    again = make(checkout.place, READY)
    assert again.returncode == 0, again.stderr
    assert (checkout.place / READY).stat().st_mtime_ns > marker
    assert (checkout.programs / "uv").exists()


def assert_summary(text: str, truth: dict[str, tryton_truth.Kind]) -> None:
    """One JSON object of the promised form, with the counts of the database."""
    summary = json.loads(text)
    assert set(summary) == {"streams", "entities", "information", "balanced", "seconds"}
    for counts in summary["streams"].values():
        assert set(counts) == {"read", "mapped", "skipped", "rejected"}
        assert counts["read"] == counts["mapped"] + counts["skipped"]
        assert counts["rejected"] == 0
    for counts in summary["entities"].values():
        assert set(counts) == {"created", "updated", "unchanged", "stale", "deleted"}
    want = {kind: len(rows) for kind, rows in facts.of_truth(truth).items()}
    assert summary["information"] == want
    assert {kind: counts["created"] for kind, counts in summary["entities"].items()} == want
    assert summary["balanced"] is True
    assert summary["seconds"] > 0


@pytest.mark.tryton
def test_make_demo_prints_its_document_only(checkout: Checkout, tmp_path: Path) -> None:
    arguments = f"--once --json --home {tmp_path} --cache {cache_dir()}"
    done = make(checkout.place, "demo", f"ARGS={arguments}")
    assert done.returncode == 0, done.stderr
    assert_summary(done.stdout, tryton_truth.read(tmp_path / "demo" / "tryton" / "tryton.sqlite"))


def test_make_says_which_python_is_missing(tmp_path: Path) -> None:
    old = tmp_path / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    failed = make(copied(tmp_path), READY, f"PYTHON={old}")
    assert failed.returncode == 2
    assert f"erpflow needs Python 3.11 or newer as {old}" in failed.stderr
    assert not (tmp_path / ".venv").exists()
