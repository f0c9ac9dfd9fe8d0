"""``erpflow connections``: the tenants' links to their ERPs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.http import HttpClient, HttpLimits
from connectors.registry import Registry
from connectors.retry import NEVER
from pipeline import bootstrap, connecting, settings
from pipeline.cli.output import AsJson, run_async, show
from pipeline.clock import SystemClock
from pipeline.sessions import Sessions
from pipeline.store import connections, figures, streams
from schemas.errors import ConfigError
from transformer.overrides import FieldRule

app = typer.Typer(help="The tenants' links to their ERPs.", no_args_is_help=True, rich_markup_mode=None)

Id = Annotated[str, typer.Argument(help="As erpflow connections list shows it.")]
Given = Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="A setting, repeatable.")]
Secret = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VARIABLE", help="A secret and the environment variable that has it, repeatable."),
]

TRIED = HttpLimits(read=20, total=30)
"""A person waits for the answer of a test, so it is tried once and not for long."""


@app.command("list")
def list_connections(as_json: AsJson = False) -> None:
    """List the connections with their state."""

    async def work() -> list[dict[str, Any]]:
        async with bootstrap.open_store(settings.load()) as store, store.reading() as tx:
            rows = await connections.everything(tx)
            return [
                {
                    "connection": row.id,
                    "tenant": row.tenant,
                    "system": row.system,
                    "company": row.company,
                    "state": row.state,
                    "reason": row.reason,
                    "streams": {stream.name: stream.last_error for stream in await figures.of_streams(tx, row.id)},
                }
                for row in rows
            ]

    rows = run_async(work())
    if not as_json:
        for row in rows:
            row["streams"] = ", ".join(f"{name}: {error}" for name, error in row["streams"].items() if error)
    show(rows, as_json, "There is no connection; erpflow connections add makes one.")


@app.command("add")
def add(
    connection: Annotated[str, typer.Argument(help="Its name, such as north-tryton.")],
    system: Annotated[str, typer.Option(help="As erpflow connectors list shows it.")],
    tenant: Annotated[str, typer.Option(help="Whose ERP it is.")],
    company: Annotated[str, typer.Option(help="Key of the company in the ERP.")],
    setting: Given = None,
    secret: Secret = None,
) -> None:
    """Add a connection.

    Its first load begins at once where workers run. erpflow connectors show SYSTEM names the settings and secrets.
    """
    given = connecting.pairs(setting or [], "setting")
    secrets = connecting.secrets_of(connecting.pairs(secret or [], "secret"))
    found = settings.load()
    spec = Registry.load().get(system).spec
    row = connecting.new_connection(spec, (connection, tenant, company), given, secrets, bootstrap.vault(found))

    async def work() -> None:
        async with bootstrap.open_store(found) as store, store.transaction() as tx:
            await connections.add(tx, row, SystemClock().now())

    run_async(work())
    typer.echo(f"Connection {connection} is added; erpflow connections test {connection} logs in.")


@app.command("authorize")
def authorize(connection: Id, setting: Given = None, secret: Secret = None) -> None:
    """Enter other secrets or settings, and read the connection again.

    What is not named stays as it is.
    """
    given = connecting.pairs(setting or [], "setting")
    secrets = connecting.secrets_of(connecting.pairs(secret or [], "secret"))
    if not given and not secrets:
        raise ConfigError("Nothing is given; name what is to be replaced with --secret or --setting.")
    found = settings.load()

    async def work() -> None:
        async with bootstrap.open_store(found) as store, store.transaction() as tx:
            row = await connections.get(tx, connection)
            spec = Registry.load().get(row.system).spec
            new = connecting.authorized(row, spec, given, secrets, bootstrap.vault(found))
            await connections.set_access(tx, new)
            await _make_due(tx, connection)

    run_async(work())
    typer.echo(f"Connection {connection} is active; erpflow connections test {connection} logs in.")


@app.command("test")
def test(connection: Id) -> None:
    """Log in to the ERP and say who and where one is."""
    found = settings.load()

    async def work() -> str:
        async with bootstrap.open_store(found) as store, HttpClient(TRIED, NEVER) as http:
            async with store.reading() as tx:
                row = await connections.get(tx, connection)
            async with Sessions(Registry.load(), bootstrap.vault(found), http).open(row) as session:
                return await session.check()

    typer.echo(run_async(work()))


@app.command("pause")
def pause(connection: Id) -> None:
    """Stop reading a connection until it is resumed.

    Nothing is lost meanwhile: the next read begins where the last one ended.
    """
    _set_state(connection, "paused", "paused by an operator")
    typer.echo(f"Connection {connection} is paused.")


@app.command("resume")
def resume(connection: Id) -> None:
    """Read a paused connection again."""
    _set_state(connection, "active", None)
    typer.echo(f"Connection {connection} is active.")


@app.command("rules")
def rules(connection: Id, file: Annotated[Path, typer.Argument(help="JSON list of field rules.")]) -> None:
    """Replace the tenant's field rules of a connection."""
    found = _rules(file)

    async def work() -> None:
        async with bootstrap.open_store(settings.load()) as store, store.transaction() as tx:
            await connections.get(tx, connection)
            await connections.set_rules(tx, connection, found)

    run_async(work())
    typer.echo(f"Connection {connection} has {len(found)} field rules; they hold for what is read from now on.")


def _rules(file: Path) -> list[dict[str, Any]]:
    try:
        given = orjson.loads(file.read_bytes())
        return [FieldRule.model_validate(rule).model_dump(mode="json", exclude_unset=True) for rule in given]
    except (OSError, orjson.JSONDecodeError, TypeError) as error:
        raise ConfigError(
            f"{file} is no JSON list of field rules ({_short(error)}); correct it or name another."
        ) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigError(f"A field rule in {file} is wrong at {where or 'the rule'}: {first['msg']}.") from None


def _short(error: Exception) -> str:
    return str(error.strerror) if isinstance(error, OSError) else str(error)


def _set_state(connection: str, state: str, reason: str | None) -> None:
    async def work() -> None:
        async with bootstrap.open_store(settings.load()) as store, store.transaction() as tx:
            await connections.get(tx, connection)
            await connections.set_state(tx, connection, state, reason)
            if state == "active":
                await _make_due(tx, connection)

    run_async(work())


async def _make_due(tx: AsyncConnection, connection: str) -> None:
    ids = [stream.id for stream in await streams.of_connection(tx, connection)]
    await streams.make_due(tx, ids, SystemClock().now())
