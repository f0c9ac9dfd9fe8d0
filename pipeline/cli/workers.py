"""``erpflow up`` and ``erpflow run``: workers in this process until a signal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline import bootstrap, running, settings
from pipeline.cli.output import run_async
from pipeline.local.embedded import embedded
from pipeline.observability import configure_logs
from schemas.errors import ConfigError


def up(
    with_aws: Annotated[bool, typer.Option("--embedded", help="Start an AWS on this machine, too.")] = False,
    home: Annotated[
        Path, typer.Option(envvar="ERPFLOW_HOME", help="Where the embedded parts keep their files.")
    ] = Path(".erpflow"),
) -> None:
    """Run all workers in one process.

    They end at SIGTERM or Ctrl-C, with what they have in hand finished.
    """

    async def work() -> None:
        if not with_aws:
            await _run(settings.load(), list(bootstrap.WORKERS))
            return
        async with embedded(home) as found:
            await _run(found, list(bootstrap.WORKERS))

    run_async(work())


def run(
    worker: Annotated[str, typer.Argument(help="scheduler, connector, transformer, distributor or deadletters.")],
) -> None:
    """Run one kind of worker.

    The command of a container; it ends at SIGTERM or Ctrl-C, with what it has in hand finished.
    """
    if worker not in bootstrap.WORKERS:
        raise ConfigError(f"There is no worker {worker}; there are: {', '.join(bootstrap.WORKERS)}.")
    run_async(_run(settings.load(), [worker]))


async def _run(found: settings.Settings, names: list[str]) -> None:
    configure_logs(found.log_level)
    await running.run(found, names)
