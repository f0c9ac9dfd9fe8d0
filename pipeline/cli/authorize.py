"""``erpflow connections authorize``: other secrets, and the consent of a person where one is needed."""

from __future__ import annotations

import webbrowser
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import typer

from connectors.http import HttpClient
from connectors.retry import NEVER
from pipeline import bootstrap, connecting, settings
from pipeline.authorizing import Asking, Authorizing, Given
from pipeline.cli.connections import TRIED, Id, Secret, Settings
from pipeline.cli.connections import app as app
from pipeline.cli.output import AsJson, run_async, say
from pipeline.cli.trail import trail
from pipeline.clock import SystemClock
from pipeline.installed import installed
from pipeline.loopback import DEFAULT
from pipeline.store import connections


@app.command("authorize")
@dataclass(frozen=True)
class Authorize:
    """Enter other secrets or settings, ask for the consent that is needed, and read the connection again.

    What is not named stays as it is. All connections that share the credential go on.
    """

    connection: Id
    setting: Settings = None
    secret: Secret = None
    redirect: Annotated[str, typer.Option(help="Where the consent page sends the browser back to.")] = DEFAULT
    timeout: Annotated[float, typer.Option(min=1, help="Seconds that a person has to answer.")] = 300
    browser: Annotated[bool, typer.Option(help="Open the consent page, not only show its address.")] = True
    as_json: AsJson = False

    def __post_init__(self) -> None:
        given = Given(
            connecting.pairs(self.setting or [], "setting"),
            connecting.secrets_of(connecting.pairs(self.secret or [], "secret")),
        )
        names = run_async(self._work(given, Asking(partial(_ask, self.browser), self.redirect, self.timeout)))
        active = (f"Connection {name} is active; erpflow connections test {name} logs in." for name in names)
        say("\n".join(active), {"active": names}, self.as_json)

    async def _work(self, given: Given, asking: Asking) -> list[str]:
        found = settings.load()
        async with bootstrap.open_store(found) as store, HttpClient(TRIED, NEVER) as http:
            async with store.reading() as tx:
                system = (await connections.get(tx, self.connection)).system
            authorizing = Authorizing(store, bootstrap.vault(found), http, SystemClock())
            active = await authorizing.authorize(self.connection, installed().get(system).spec, given, asking)
            async with store.transaction() as tx:
                await trail(tx, "connections authorize", self.connection)
            return active


def _ask(browser: bool, url: str) -> None:
    # On standard error: standard output is the command's result alone.
    typer.echo(f"Open this address in a browser and agree; the answer is waited for:\n{url}", err=True)
    if browser:
        webbrowser.open(url)
