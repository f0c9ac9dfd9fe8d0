import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.local.tryton import environment, processes
from schemas.errors import ConfigError, Retryable


class Commands:
    """In place of real commands: notes them and answers with the given statuses, then with 0."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.seen: list[str] = []

    async def run(self, command: Sequence[str], log: Path) -> int:
        self.seen.append("venv" if "venv" in command else "pip")
        log.write_text("No space left on device\n")
        if "venv" in command:
            Path(command[-1]).mkdir(parents=True)
        await asyncio.sleep(0)
        return self.statuses.pop(0) if self.statuses else 0


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> Commands:
    commands = Commands()
    monkeypatch.setattr(processes, "run", commands.run)
    return commands


async def test_an_environment_is_made_once(tmp_path: Path, commands: Commands):
    first = await environment.ensure(tmp_path)
    second = await environment.ensure(tmp_path)
    assert first == second
    assert first.python.is_relative_to(tmp_path)
    assert commands.seen == ["venv", "pip"]


async def test_two_who_want_it_at_once_make_it_once(tmp_path: Path, commands: Commands):
    await asyncio.gather(*(environment.ensure(tmp_path) for _ in range(3)))
    assert commands.seen == ["venv", "pip"]


async def test_other_requirements_are_another_environment(
    tmp_path: Path, commands: Commands, monkeypatch: pytest.MonkeyPatch
):
    first = await environment.ensure(tmp_path)
    (tmp_path / "other.txt").write_text("trytond==8.3.0\n")
    monkeypatch.setattr(environment, "REQUIREMENTS", tmp_path / "other.txt")
    assert (await environment.ensure(tmp_path)).fingerprint != first.fingerprint


async def test_a_failed_installation_may_pass_and_names_its_log(tmp_path: Path, commands: Commands):
    commands.statuses = [0, 1]
    with pytest.raises(Retryable, match=r"\.log.*No space left"):
        await environment.ensure(tmp_path)


async def test_a_python_without_environments_is_for_a_person_to_mend(tmp_path: Path, commands: Commands):
    commands.statuses = [1]
    with pytest.raises(ConfigError, match="virtual environment"):
        await environment.ensure(tmp_path)


async def test_an_interrupted_environment_is_made_anew(tmp_path: Path, commands: Commands):
    commands.statuses = [0, 1]
    with pytest.raises(Retryable):
        await environment.ensure(tmp_path)
    await environment.ensure(tmp_path)
    assert commands.seen == ["venv", "pip", "venv", "pip"]


def test_every_requirement_is_pinned_exactly():
    lines = environment.REQUIREMENTS.read_text().splitlines()
    required = [line for line in lines if line and not line.startswith("#")]
    assert required
    assert all("==" in line and "*" not in line for line in required)
