"""``erpflow topology``: topics, queues, dead-letter queues, policies and subscriptions."""

from __future__ import annotations

import typer

from pipeline import bootstrap, settings
from pipeline.cli.output import AsJson, run_async, say, show_json
from pipeline.installed import installed
from pipeline.topology.apply import apply as take
from pipeline.topology.apply import make_plan
from pipeline.topology.steps import Step

app = typer.Typer(help="Topics, queues and subscriptions.", no_args_is_help=True, rich_markup_mode=None)


@app.command("plan")
def plan(as_json: AsJson = False) -> None:
    """Show what is missing or different.

    Changes nothing.
    """
    found = settings.load()
    steps = run_async(make_plan(bootstrap.access(found), bootstrap.topology(found, installed())))
    if as_json:
        show_json({"steps": [str(step) for step in steps.steps], "leftovers": list(steps.leftovers)})
        return
    for step in steps.steps:
        typer.echo(str(step))
    for name in steps.leftovers:
        typer.echo(f"left alone: {name} is not of this deployment's topology")
    typer.echo(f"{len(steps.steps)} steps to take." if steps.steps else "Nothing is to be done.")


@app.command("apply")
def apply(as_json: AsJson = False) -> None:
    """Make what is missing or different.

    Shows each step that is done. May be repeated.
    """
    found = settings.load()
    access, wanted = bootstrap.access(found), bootstrap.topology(found, installed())

    done: list[str] = []

    def told(step: Step) -> None:
        done.append(str(step))
        if not as_json:
            typer.echo(f"done: {step}")

    async def work() -> None:
        await take(access, await make_plan(access, wanted), told)

    run_async(work())
    say(f"{len(done)} steps taken.", {"done": done}, as_json)
