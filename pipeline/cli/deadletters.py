"""``erpflow deadletters``: what failed, by cause, and what is done about it."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from pipeline import bootstrap, settings
from pipeline.cli.output import AsJson, run_async, say, show, show_json
from pipeline.clock import SystemClock
from pipeline.deadletters import acting, files
from pipeline.deadletters.acting import Operator
from pipeline.deadletters.narrowing import narrowed
from pipeline.deadletters.overview import Shown, overview
from pipeline.deadletters.showing import shown
from pipeline.installed import installed
from pipeline.passes.edits import Patch, checked
from pipeline.store.letter_search import Filter
from schemas.errors import ConfigError

app = typer.Typer(help="What failed, and its way back.", no_args_is_help=True, rich_markup_mode=None)

Group = Annotated[str | None, typer.Argument(help="A group, as list shows it; without one all letters.")]
Where = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="tenant, connection, system, stream, entity, since, until, text, letter."),
]
OneGroup = Annotated[str, typer.Argument(metavar="GROUP", help="As list shows it.")]
Why = Annotated[str, typer.Option(help="Why, for the audit trail.")]


@app.command("list")
def list_groups(
    where: Where = None,
    resolved: Annotated[bool, typer.Option("--resolved", help="Also groups without open letters.")] = False,
    as_json: AsJson = False,
) -> None:
    """List failures by cause.

    A group has everything that failed at the same place for the same reason, whoever it belongs to.
    """

    async def work() -> list[Shown]:
        async with bootstrap.open_store(settings.load()) as store, store.transaction() as tx:
            wanted = narrowed(None, where or (), installed())
            return await overview(tx, wanted, SystemClock().now(), resolved=resolved)

    found = run_async(work())
    rows = [_document(one) for one in found] if as_json else [_row(one) for one in found]
    show(rows, as_json, "There are no dead letters.")


@app.command("show")
def show_letter(
    letter: Annotated[str, typer.Argument(help="As list and export show it.")], as_json: AsJson = False
) -> None:
    """Show one letter with its record or message."""

    async def work() -> dict[str, Any]:
        async with bootstrap.open_runtime(settings.load()) as runtime:
            return await shown(runtime.store, bootstrap.again(runtime), letter)

    told = run_async(work())
    if as_json:
        show_json(told)
    else:
        show([{"what": name, "": _short(value)} for name, value in told.items()], False, "")


@app.command("own")
def own(group: OneGroup, who: Annotated[str, typer.Argument(help="Who.")], as_json: AsJson = False) -> None:
    """Say who looks after a group."""
    _note(group, "own", {"owner": who})
    say(f"{who} looks after group {group}.", {"group": group, "owner": who}, as_json)


@app.command("ignore")
def ignore(group: OneGroup, why: Why, as_json: AsJson = False) -> None:
    """Say that nobody is to look at a group.

    Its letters stay, and new ones join it.
    """
    _note(group, "ignore", {"ignored": why}, why)
    say(f"Group {group} is ignored.", {"group": group, "ignored": why}, as_json)


@app.command("mute")
def mute(
    group: OneGroup,
    days: Annotated[float, typer.Option(min=0, max=365, help="For so long; 0 ends it.")],
    as_json: AsJson = False,
) -> None:
    """Do not tell of a group's rejects for a while.

    They are kept and counted all the same.
    """
    until = SystemClock().now() + timedelta(days=days)
    _note(group, "mute", {"muted_until": until})
    sentence = f"Rejects of group {group} are not told until {until:%Y-%m-%d %H:%M} UTC."
    say(sentence, {"group": group, "muted_until": until}, as_json)


@app.command("discard")
def discard(why: Why, group: Group = None, where: Where = None, as_json: AsJson = False) -> None:
    """Give letters up for good.

    Their records stay counted as rejected; a later read of one decides anew.
    """

    async def work() -> int:
        wanted = narrowed(group, where or (), installed())
        if not wanted.as_json():
            raise ConfigError("Name a group, or narrow with --where; everything at once is not discarded.")
        async with bootstrap.open_store(settings.load()) as store, store.transaction() as tx:
            return await acting.discard(tx, wanted, _operator(why))

    count = run_async(work())
    say(f"{count} letters are discarded.", {"discarded": count}, as_json)


@app.command("edit")
def edit(
    why: Why,
    patch: Annotated[Path | None, typer.Option(help="JSON Patch (RFC 6902); without one edits are taken away.")] = None,
    group: Group = None,
    where: Where = None,
    as_json: AsJson = False,
) -> None:
    """Correct records by a patch.

    The patch is laid on what the ERP gave when a letter is rehearsed or replayed; what the ERP gave is kept.
    """

    async def work() -> int:
        laid: Patch | None = checked(_read(patch)) if patch else None
        wanted = narrowed(group, where or (), installed())
        if not wanted.as_json():
            raise ConfigError("Name a group, or narrow with --where; everything at once is not edited.")
        async with bootstrap.open_store(settings.load()) as store, store.transaction() as tx:
            return await acting.edit(tx, dict.fromkeys(await acting.names(tx, wanted), laid), _operator(why))

    _edited(run_async(work()), as_json)


@app.command("export")
def export(group: Group = None, where: Where = None) -> None:
    """Write open letters as NDJSON, one JSON document a line.

    Each has the record as the ERP gave it, with edits laid on.
    """

    async def work() -> None:
        async with bootstrap.open_runtime(settings.load()) as runtime:
            wanted = narrowed(group, where or (), runtime.registry)
            async for line in files.exported(runtime.store, bootstrap.again(runtime), wanted):
                sys.stdout.buffer.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    run_async(work())


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="Exported letters with corrected records.")],
    why: Why,
    as_json: AsJson = False,
) -> None:
    """Take corrected records in as edits.

    What differs from what the ERP gave becomes the letter's edit; letters that are closed by now are left alone.
    """

    async def work() -> int:
        lines = _read(file).splitlines()
        async with bootstrap.open_runtime(settings.load()) as runtime:
            patches = await files.imported(runtime.store, bootstrap.again(runtime), lines)
            async with runtime.store.transaction() as tx:
                return await acting.edit(tx, patches, _operator(why))

    _edited(run_async(work()), as_json)


def _edited(count: int, as_json: bool) -> None:
    say(f"{count} letters are edited; rehearse them next.", {"edited": count}, as_json)


def _note(group: str, what: str, values: dict[str, Any], why: str | None = None) -> None:
    async def work() -> None:
        async with bootstrap.open_store(settings.load()) as store, store.transaction() as tx:
            if not await overview(tx, Filter(cause=group), SystemClock().now(), resolved=True):
                raise ConfigError(f"There is no group {group}; erpflow deadletters list --resolved shows them.")
            await acting.note(tx, group, _operator(why), what, values)

    run_async(work())


def _operator(why: str | None) -> Operator:
    return Operator(settings.load().operator, SystemClock().now(), why)


def _row(one: Shown) -> dict[str, Any]:
    """What fits on a screen; --json has all of it."""
    group = one.group
    return {
        "group": group.cause,
        "letters": group.letters,
        "tenants": group.tenants,
        "state": one.state,
        "cause": f"{group.stage}: {group.reason}",
        "last": group.last_at,
        "example": one.example,
        "owner": one.note.owner,
    }


def _document(one: Shown) -> dict[str, Any]:
    group, note = one.group, one.note
    return {
        "group": group.cause,
        "letters": group.letters,
        "tenants": group.tenants,
        "state": one.state,
        "stage": group.stage,
        "error": group.error,
        "field": group.field,
        "reason": group.reason,
        "first": group.first_at,
        "last": group.last_at,
        "example": one.example,
        "owner": note.owner,
        "muted_until": note.muted_until,
        "ignored": note.ignored,
        "text": one.text,
    }


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file} cannot be read ({error.strerror}); name another file.") from None


def _short(value: Any) -> Any:
    if not isinstance(value, str | dict | list):
        return value
    text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
    return text if len(text) <= 2000 else f"{text[:2000]}… (--json has all of it)"
