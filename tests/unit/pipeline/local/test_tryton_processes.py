import asyncio
import sys
from pathlib import Path

import pytest

from pipeline.local.tryton import processes
from pipeline.local.tryton.inside.launch import ORPHANED


async def test_the_status_of_a_command_and_its_words_are_kept(tmp_path: Path):
    log = tmp_path / "log"
    assert await processes.run([sys.executable, "-c", "print('one'); raise SystemExit(3)"], log) == 3
    assert processes.tail(log) == "one"


async def test_a_command_sees_the_variables_it_was_given(tmp_path: Path):
    log = tmp_path / "log"
    await processes.run([sys.executable, "-c", "import os; print(os.environ['WORD'])"], log, {"WORD": "moss"})
    assert processes.tail(log) == "moss"


async def test_the_variables_of_another_tryton_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TRYTOND_DATABASE_URI", "postgresql://elsewhere/")
    log = tmp_path / "log"
    await processes.run([sys.executable, "-c", "import os; print('TRYTOND_DATABASE_URI' in os.environ)"], log)
    assert processes.tail(log) == "False"


def test_the_tail_of_a_log_that_is_not_there_says_so(tmp_path: Path):
    assert processes.tail(tmp_path / "none") == "the log is empty"


async def test_a_process_that_ignores_the_polite_signal_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.1)
    code = (
        "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); sys.stdin.read()"
    )
    process = await processes.spawn([sys.executable, "-c", code], tmp_path / "log")
    while processes.tail(tmp_path / "log") != "deaf":
        assert process.returncode is None
        await asyncio.sleep(0.01)
    await processes.stop(process)
    assert process.returncode == -9


async def test_stopping_twice_does_no_harm(tmp_path: Path):
    process = await processes.spawn([sys.executable, "-c", "input()"], tmp_path / "log")
    await processes.stop(process)
    await processes.stop(process)
    assert process.returncode is not None


async def test_a_launched_module_ends_when_its_parent_lets_go(tmp_path: Path):
    (tmp_path / "endless.py").write_text("import threading; print('up', flush=True); threading.Event().wait()")
    command = processes.launched(Path(sys.executable), "endless")
    process = await processes.spawn(command, tmp_path / "log", {"PYTHONPATH": str(tmp_path)})
    while "up" not in processes.tail(tmp_path / "log"):
        assert process.returncode is None, processes.tail(tmp_path / "log")
        await asyncio.sleep(0.01)
    assert process.stdin is not None
    process.stdin.close()  # what the operating system does when the parent is killed
    assert await process.wait() == ORPHANED


async def test_a_launched_module_sees_its_arguments_and_our_packages_last(tmp_path: Path):
    (tmp_path / "shows.py").write_text(
        "import sys; print(sys.argv[1:], sys.path[-1], sys.argv[0].endswith('shows.py'))"
    )
    command = processes.launched(Path(sys.executable), "shows", "-c", "two")
    assert await processes.run(command, tmp_path / "log", {"PYTHONPATH": str(tmp_path)}) == 0
    root = Path(processes.__file__).parents[3]
    assert processes.tail(tmp_path / "log") == f"['-c', 'two'] {root} True"
