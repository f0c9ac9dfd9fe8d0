"""``erpflow connections``: the tenants' links to their ERPs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.auth import AuthorizationCode
from connectors.http import HttpClient, HttpLimits
from connectors.retry import NEVER
from connectors.spec import ConnectorSpec
from pipeline import bootstrap, connecting, settings, sharing
from pipeline.budgets.gates import Gates
from pipeline.cli.output import AsJson, run_async, say, show
from pipeline.cli.trail import trail
from pipeline.clock import SystemClock
from pipeline.installed import installed
from pipeline.sessions import Sessions
from pipeline.store import connections, figures, streams, tokens
from schemas.errors import ConfigError
from transformer.overrides import FieldRule

app = typer.Typer(help="The tenants' links to their ERPs.", no_args_is_help=True, rich_markup_mode=None)

Id = Annotated[str, typer.Argument(help="As erpflow connections list shows it.")]
Settings = Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="A setting, repeatable.")]
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
                    "credential": row.credential,
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
@dataclass(frozen=True)
class Add:
    """Add a connection.

    Its first load begins at once where workers run. erpflow connectors show SYSTEM names the settings and secrets.
    Where a person must consent, erpflow connections authorize asks for it.
    """

    # A class, because it has more options than a function may have parameters: an instance is one call.
    connection: Annotated[str, typer.Argument(help="Its name, such as north-tryton.")]
    system: Annotated[str, typer.Option(help="As erpflow connectors list shows it.")]
    tenant: Annotated[str, typer.Option(help="Whose ERP it is.")]
    company: Annotated[str, typer.Option(help="Key of the company in the ERP.")]
    setting: Settings = None
    secret: Secret = None
    credential: Annotated[str | None, typer.Option(help="Share secrets and token with others of this name.")] = None
    as_json: AsJson = False

    def __post_init__(self) -> None:
        given = connecting.pairs(self.setting or [], "setting")
        secrets = connecting.secrets_of(connecting.pairs(self.secret or [], "secret"))
        spec = installed().get(self.system).spec
        run_async(self._add(spec, given, secrets))
        asks = spec.rest is not None and isinstance(spec.rest.auth, AuthorizationCode) and not self.credential
        step = "authorize {} asks for the consent" if asks else "test {} logs in"
        sentence = f"Connection {self.connection} is added; erpflow connections {step.format(self.connection)}."
        say(sentence, {"connection": self.connection, "needs_consent": asks}, self.as_json)

    async def _add(self, spec: ConnectorSpec, given: dict[str, str], secrets: dict[str, str]) -> None:
        found = settings.load()
        vault, identity = bootstrap.vault(found), (self.connection, self.tenant, self.company)
        async with bootstrap.open_store(found) as store, store.transaction() as tx:
            known = await sharing.shared_secrets(tx, self.credential, vault) if self.credential else {}
            row = connecting.new_connection(spec, identity, given, known | secrets, vault)
            if self.credential:
                row = await sharing.share(tx, spec, row, self.credential, vault)
            await connections.add(tx, row, SystemClock().now())
            await trail(tx, "connections add", self.connection)


@app.command("test")
def log_in(connection: Id, as_json: AsJson = False) -> None:
    """Log in to the ERP and say who and where one is."""
    found = settings.load()

    async def work() -> str:
        async with bootstrap.open_store(found) as store, HttpClient(TRIED, NEVER) as http:
            async with store.reading() as tx:
                row = await connections.get(tx, connection)
            async with (
                bootstrap.open_custodian(found, store, http) as custodian,
                Sessions(installed(), custodian, http, Gates(store, SystemClock())).open(row) as session,
            ):
                return await session.check()

    found_out = run_async(work())
    say(found_out, {"connection": connection, "says": found_out}, as_json)


@app.command("pause")
def pause(connection: Id, as_json: AsJson = False) -> None:
    """Stop reading a connection until it is resumed.

    Nothing is lost meanwhile: the next read begins where the last one ended.
    """
    _set_state(connection, "paused", "paused by an operator")
    say(f"Connection {connection} is paused.", {"connection": connection, "state": "paused"}, as_json)


@app.command("resume")
def resume(connection: Id, as_json: AsJson = False) -> None:
    """Read a paused connection again."""
    _set_state(connection, "active", None)
    say(f"Connection {connection} is active.", {"connection": connection, "state": "active"}, as_json)


@app.command("rules")
def rules(
    connection: Id,
    file: Annotated[Path, typer.Argument(help="JSON list of field rules.")],
    as_json: AsJson = False,
) -> None:
    """Replace the tenant's field rules of a connection."""
    found = _rules(file)

    async def work() -> None:
        async with bootstrap.open_store(settings.load()) as store, store.transaction() as tx:
            await connections.get(tx, connection)
            await connections.set_rules(tx, connection, found)
            await trail(tx, "connections rules", connection, found)

    run_async(work())
    sentence = f"Connection {connection} has {len(found)} field rules; they hold for what is read from now on."
    say(sentence, {"connection": connection, "rules": len(found)}, as_json)


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
        where = " ".join(".".join(map(str, first["loc"])).split())[:100] or "the rule"
        raise ConfigError(f"A field rule in {file} is wrong at {where}: {first['msg']}.") from None


def _short(error: Exception) -> str:
    return str(error.strerror) if isinstance(error, OSError) else str(error)


def _set_state(connection: str, state: str, reason: str | None) -> None:
    async def work() -> None:
        async with bootstrap.open_store(settings.load()) as store, store.transaction() as tx:
            row = await connections.get(tx, connection)
            await connections.set_state(tx, connection, state, reason)
            await trail(tx, "connections resume" if state == "active" else "connections pause", connection)
            if state == "active":
                await tokens.revive(tx, row.credential_name)
                await _make_due(tx, connection)

    run_async(work())


async def _make_due(tx: AsyncConnection, connection: str) -> None:
    ids = [stream.id for stream in await streams.of_connection(tx, connection)]
    await streams.make_due(tx, ids, SystemClock().now())
