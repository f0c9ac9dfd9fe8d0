"""``erpflow deadletters rehearse``, ``replay`` and what belongs to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from pipeline import bootstrap, settings
from pipeline.bootstrap import Runtime
from pipeline.cli.deadletters import Group, Where
from pipeline.cli.deadletters import app as app
from pipeline.cli.output import AsJson, run_async, say, show, show_json
from pipeline.clock import SystemClock
from pipeline.deadletters import ordering
from pipeline.deadletters.narrowing import narrowed
from pipeline.deadletters.ordering import Order
from pipeline.deadletters.rehearsing import Rehearsal, rehearse
from pipeline.deadletters.replaying import Progress as Run
from pipeline.deadletters.replaying import Replayer
from pipeline.deadletters.steps import LIMIT, Steps
from pipeline.process import spare_the_collector
from pipeline.store import replays
from pipeline.store.replays import Replay
from schemas.errors import ConfigError, ErpflowError

Number = Annotated[int, typer.Argument(help="As erpflow deadletters replays shows it.")]


@app.command("rehearse")
def rehearse_letters(group: Group = None, where: Where = None, as_json: AsJson = False) -> None:
    """See what a replay would do.

    Runs the letters through the code as it is now; nothing is written to the ledger and nothing is published.
    """

    async def work() -> dict[str, Any]:
        async with bootstrap.open_runtime(settings.load()) as runtime:
            order = Order(narrowed(group, where or (), runtime.registry), Steps(), None, runtime.settings.operator)
            found = await rehearse(bootstrap.sources(runtime), order.filter)
            async with runtime.store.transaction() as tx:
                number = await ordering.rehearsed(tx, order, found.tally, runtime.clock.now())
            return {
                "rehearsal": number,
                "letters": found.tally.letters,
                **found.tally.as_json(),
                "samples": found.samples,
            }

    told = run_async(work())
    if as_json:
        show_json(told)
        return
    tell(told)
    typer.echo(f"Replay exactly this with: erpflow deadletters replay --rehearsal {told['rehearsal']}")


@app.command("replay")
@dataclass
class ReplayLetters:
    """Run letters once more, in growing steps.

    A step of which too many fail stops it; the rest is untouched then. A newer read of a record is never overwritten.
    """

    group: Group = None
    where: Where = None
    steps: Annotated[str, typer.Option(help="Letters of each step; the last one repeats.")] = "1,10,100,1000"
    limit: Annotated[float, typer.Option(min=0, max=1, help="Share of a step that may fail.")] = LIMIT
    rate: Annotated[float | None, typer.Option(min=0.01, help="Letters per second at most.")] = None
    rehearsal: Annotated[int | None, typer.Option(help="Only if this rehearsal still holds.")] = None
    detach: Annotated[bool, typer.Option("--detach", help="Leave it to the deadletters worker.")] = False
    as_json: AsJson = False

    def __post_init__(self) -> None:
        ended = run_async(self._work())
        _end(ended, self.as_json)

    async def _work(self) -> Replay:
        async with bootstrap.open_runtime(settings.load()) as runtime:
            order = await self._order(runtime)
            expected = await rehearse(bootstrap.sources(runtime), order.filter)
            if self.rehearsal is not None:
                await ordering.check(runtime.store, self.rehearsal, expected.tally)
            if self.detach:
                async with runtime.store.transaction() as tx:
                    number = await ordering.begin(tx, order, expected.tally, runtime.clock.now())
                return await _standing(runtime, number)
            replayer = bootstrap.replayer(runtime)
            number = await replayer.begin(order, expected.tally)
            return await _follow(runtime, replayer, number, expected, quiet=self.as_json)

    async def _order(self, runtime: Runtime) -> Order:
        steps = Steps(_sizes(self.steps), self.limit)
        narrow = narrowed(self.group, self.where or (), runtime.registry)
        if self.rehearsal is not None:
            async with runtime.store.reading() as tx:
                narrow = (await replays.get(tx, self.rehearsal)).filter
        return Order(narrow, steps, self.rate, runtime.settings.operator)


@app.command("pause")
def pause(replay: Number, as_json: AsJson = False) -> None:
    """Pause a replay.

    What is in hand is finished; nothing is lost.
    """

    async def work() -> bool:
        async with bootstrap.open_store(settings.load()) as store, store.transaction() as tx:
            return await ordering.pause(tx, replay, settings.load().operator, SystemClock().now())

    if not run_async(work()):
        raise ConfigError(f"Replay {replay} is not running; erpflow deadletters replays shows where it is.")
    sentence = f"Replay {replay} is paused; go on with: erpflow deadletters resume {replay}"
    say(sentence, {"replay": replay, "state": "paused"}, as_json)


@app.command("resume")
def resume(replay: Number, as_json: AsJson = False) -> None:
    """Go on with a replay.

    It was paused, it stopped, or its process ended; what was run is not run again.
    """

    async def work() -> Replay:
        async with bootstrap.open_runtime(settings.load()) as runtime:
            replayer = bootstrap.replayer(runtime)
            await replayer.resume(replay, runtime.settings.operator)
            return await _follow(runtime, replayer, replay, None, quiet=as_json)

    _end(run_async(work()), as_json)


@app.command("replays")
def list_replays(
    most: Annotated[int, typer.Option(min=1, max=1000, help="So many of them.")] = 20, as_json: AsJson = False
) -> None:
    """List replays and rehearsals."""

    async def work() -> list[Replay]:
        async with bootstrap.open_store(settings.load()) as store, store.reading() as tx:
            return await replays.listed(tx, most)

    found = run_async(work())
    rows = [_line(one) for one in found] if as_json else [_row(one) for one in found]
    show(rows, as_json, "There was no replay yet.")


async def _follow(
    runtime: Runtime, replayer: Replayer, number: int, expected: Rehearsal | None, *, quiet: bool
) -> Replay:
    """Work on the replay in this process, with a bar."""
    spare_the_collector()
    total = (await _standing(runtime, number)).outcomes.letters
    total += await bootstrap.sources(runtime).left(await _standing(runtime, number))
    console = Console(stderr=True)
    columns = (
        TextColumn("step {task.fields[step]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("", total=total, step=1)

        def shown(run: Run) -> None:
            ended = ", ".join(f"{many} {name}" for name, many in sorted(run.tally.ended.items()) if many)
            bar.update(task, completed=run.tally.letters, description=ended, step=run.standing.step + 1)

        ended = await replayer.work(number, expected, shown)
    if ended is None:
        raise ErpflowError(f"Replay {number} is worked on by another process; erpflow deadletters replays shows it.")
    return ended


async def _standing(runtime: Runtime, number: int) -> Replay:
    async with runtime.store.reading() as tx:
        return await replays.get(tx, number)


def _end(ended: Replay, as_json: bool) -> None:
    if as_json:
        show_json(_line(ended))
    else:
        tell({"letters": ended.outcomes.letters, **ended.outcomes.as_json(), "samples": []})
        typer.echo(f"Replay {ended.id} is {ended.state}." if ended.reason is None else ended.reason)
        if ended.state == "done" and ended.outcomes != ended.predicted:
            typer.echo("Not all ended as rehearsed: the ledger changed meanwhile.")
    raise typer.Exit(1 if ended.state == "stopped" else 0)


def tell(told: dict[str, Any]) -> None:
    """What a rehearsal, replay or retransform came to, in sentences; ``what`` names what was run."""
    ended = ", ".join(f"{many} {name}" for name, many in told["ended"].items()) or "none"
    changed = ", ".join(f"{many} {name}" for name, many in told["changes"].items()) or "no entity"
    typer.echo(f"{told['letters']} {told.get('what', 'letters')}: {ended}; {changed}.")
    for reason, many in told["reasons"].items():
        typer.echo(f"  {many} times: {reason}")
    for sample in told["samples"]:
        fields = "; ".join(f"{name}: {old!r} becomes {new!r}" for name, (old, new) in sample["fields"].items())
        typer.echo(f"  {sample['of']} {sample['entity']} {sample['change']}: {fields}"[:400])


def _row(one: Replay) -> dict[str, Any]:
    """What fits on a screen; --json has all of it."""
    came_to = one.predicted if one.state == "rehearsed" else one.outcomes
    return {
        "replay": one.id,
        "state": one.state,
        "letters": ", ".join(f"{many} {name}" for name, many in came_to.ended.items()),
        "of": ", ".join(f"{name} {value}" for name, value in one.filter.as_json().items()) or "all",
        "by": one.made_by,
        "at": one.made_at,
        "reason": one.reason,
    }


def _line(one: Replay) -> dict[str, Any]:
    return {
        "replay": one.id,
        "state": one.state,
        "filter": one.filter.as_json(),
        "step": one.step + 1,
        "outcomes": one.outcomes.as_json(),
        "predicted": one.predicted.as_json(),
        "as_predicted": one.outcomes == one.predicted,
        "rate": one.rate,
        "limit": one.limit,
        "reason": one.reason,
        "by": one.made_by,
        "at": one.made_at,
    }


def _sizes(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ConfigError(f"--steps takes counts of letters, as in 1,10,100,1000; it got {text!r}.") from None
