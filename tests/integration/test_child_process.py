from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from pipeline.local.process import Ready, child
from schemas.errors import ConfigError

READS_FOREVER = "import signal; print('up', flush=True); signal.pause()"
IGNORES_TERM = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)\nwhile True: signal.pause()"
)
ENV = {"PATH": os.defpath}


def _says_up(log: Path) -> Ready:
    async def ready() -> bool:
        return "up" in log.read_text()

    return ready


async def test_a_child_runs_while_the_block_runs(tmp_path: Path) -> None:
    log = tmp_path / "sleeper.log"
    async with child([sys.executable, "-c", READS_FOREVER], ENV, log, _says_up(log)) as process:
        assert process.returncode is None
    assert process.returncode == -signal.SIGTERM
    assert log.stat().st_mode & 0o077 == 0


async def test_a_child_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "stubborn.log"
    command = [sys.executable, "-c", IGNORES_TERM]
    async with child(command, ENV, log, _says_up(log), stop_after=0.2) as process:
        pass
    assert process.returncode == -signal.SIGKILL


async def test_a_child_that_ends_at_once_is_told_with_its_log(tmp_path: Path) -> None:
    log = tmp_path / "broken.log"
    command = [sys.executable, "-c", "print('no luck'); raise SystemExit(3)"]
    with pytest.raises(ConfigError, match=r"broken ended with status 3 before it was ready; see .*broken\.log"):
        async with child(command, ENV, log, _says_up(log)):
            raise AssertionError("it was never ready")
    assert "no luck" in log.read_text()


async def test_a_child_that_is_never_ready_is_stopped_and_told(tmp_path: Path) -> None:
    log = tmp_path / "slow.log"
    command = [sys.executable, "-c", "import signal; signal.pause()"]
    with pytest.raises(ConfigError, match=r"slow was not ready after 0\.3 s"):
        async with child(command, ENV, log, _says_up(log), ready_within=0.3):
            raise AssertionError("it was never ready")


async def test_of_two_children_with_one_log_the_second_is_refused_until_the_first_ended(tmp_path: Path) -> None:
    log = tmp_path / "one.log"
    command = [sys.executable, "-c", READS_FOREVER]
    async with child(command, ENV, log, _says_up(log)):
        with pytest.raises(ConfigError, match="one already runs"):
            async with child(command, ENV, log, _says_up(log)):
                raise AssertionError("the second one must not start")
    async with child(command, ENV, log, _says_up(log)) as again:
        assert again.returncode is None


async def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    log = tmp_path / "absent.log"
    with pytest.raises(ConfigError, match="absent could not be started"):
        async with child([str(tmp_path / "no-such-program")], ENV, log, _says_up(log)):
            raise AssertionError("it was never started")


PARENT = """
import asyncio, sys
from pathlib import Path
from pipeline.local.process import Ready, child

async def ready():
    return True

async def main():
    command = [sys.executable, "-c", "import signal; signal.pause()"]
    async with child(command, {}, Path(sys.argv[1]), ready) as process:
        print(process.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "child.log")], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        orphan = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    gone, alive = psutil.wait_procs([orphan], timeout=10)
    assert (gone, alive) == ([orphan], [])
