"""``erpflow connections erase``: a connection, or a whole tenant, leaves; shown first, confirmed, done and proved."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from pipeline import bootstrap, settings
from pipeline.archive.s3 import open_archive
from pipeline.broker.aws import open_broker
from pipeline.cli.output import AsJson, run_async, show, show_json
from pipeline.clock import SystemClock
from pipeline.erasing.beginning import Order
from pipeline.erasing.erasing import Counts, Erasing, Proof
from pipeline.erasing.reach import Reach
from pipeline.spool import Spool
from schemas.errors import ConfigError, ErpflowError

BEYOND = (
    "Subscribers have what they were told; they hear that the connection is erased, and erase their own copies.",
    "Queues may hand out what they hold for 4 days more, dead-letter queues for 14; workers drop it unread.",
    "Log files have names and numbers of connections, runs and pages, and no record; they go when you rotate them.",
    "Backups of the store, and old versions in a bucket that keeps them, go when their own time is up.",
)
"""What no command can reach."""


@dataclass(frozen=True)
class Erase:
    """Erase a connection, or all of a tenant's, from the store and the archive, and prove it.

    Shows first how much there is, and asks for the name. Whatever stops it, the same command goes on with it; of what
    is erased already it proves that it still is. Exit status 1: something is left.
    """

    # A class, because it has more options than a function may have parameters: an instance is one call.
    connection: Annotated[str | None, typer.Argument(help="As erpflow connections list shows it.")] = None
    tenant: Annotated[str | None, typer.Option(help="Erase all connections of this tenant instead.")] = None
    rehearse: Annotated[bool, typer.Option("--rehearse", help="Only show how much there is.")] = False
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for the name.")] = False
    why: Annotated[str | None, typer.Option(help="The reason, for the audit trail.")] = None
    tell: Annotated[bool, typer.Option("--tell", help="Tell each entity as deleted, for the last time.")] = False
    as_json: AsJson = False

    def __post_init__(self) -> None:
        if (self.connection is None) is (self.tenant is None):
            raise ConfigError("Name one connection, or a tenant with --tenant.")
        if self.as_json and not self.yes and not self.rehearse:
            raise ConfigError("With --json nobody is asked for the name; give --yes to erase, or --rehearse to look.")
        run_async(self._work())

    async def _work(self) -> None:
        async with _erasing() as erasing:
            targets = await erasing.targets(self.connection, self.tenant)
            counts = await erasing.rehearse(targets)
            if not self.as_json:
                _tell_counts(counts)
            if self.rehearse:
                self._rehearsed(counts)
                return
            self._confirm()
            order = Order(settings.load().operator, self.why, self.tell)
            proofs = [await erasing.work(one, order) for one in await erasing.begin(targets, order)]
            self._proved(proofs, await erasing.waiting())

    def _confirm(self) -> None:
        """The name is typed again, so that nobody erases the wrong one with the habit of a key."""
        name = self.connection or self.tenant
        if not self.yes and typer.prompt(f"Type {name} to erase it for good", err=True) != name:
            raise ConfigError("That is another name; nothing was erased.")

    def _rehearsed(self, counts: Sequence[Counts]) -> None:
        if self.as_json:
            found = [{"connection": one.connection, "tenant": one.tenant, "found": one.found} for one in counts]
            show_json({"erased": False, "connections": found})
        else:
            typer.echo("Nothing was erased; leave --rehearse out to do it.")

    def _proved(self, proofs: Sequence[Proof], waiting: Mapping[str, int]) -> None:
        holds = all(proof.holds for proof in proofs)
        if self.as_json:
            document = {"erased": holds, "connections": list(map(_document, proofs))}
            show_json({**document, "waiting": waiting, "beyond": BEYOND})
        else:
            _tell_proofs(proofs, waiting)
        if not holds:
            raise ErpflowError("Something is left; erase it again, and if it stays, look who still writes it.")


@asynccontextmanager
async def _erasing() -> AsyncIterator[Erasing]:
    found = settings.load()
    async with (
        bootstrap.open_store(found) as store,
        open_broker(bootstrap.access(found), found.prefix) as broker,
        open_archive(bootstrap.access(found), found.bucket) as archive,
    ):
        yield Erasing(Reach(store, broker, archive, Spool(found.home / "spool"), SystemClock()))


def _tell_counts(counts: Sequence[Counts]) -> None:
    rows = [
        {"connection": one.connection, "tenant": one.tenant, "what": name, "found": many}
        for one in counts
        for name, many in one.found.items()
        if many
    ]
    show(rows, False, "There is nothing of it any more.")


def _tell_proofs(proofs: Sequence[Proof], waiting: Mapping[str, int]) -> None:
    rows = [
        {"connection": proof.erasure.connection, "what": name, "removed": _removed(proof, name), "left": left}
        for proof in proofs
        for name, left in proof.left.items()
    ]
    show(rows, False, "")
    for proof in proofs:
        if told := proof.erasure.removed.get("told"):
            typer.echo(f"{told} entities of {proof.erasure.connection} were told as deleted.")
    queued = ", ".join(f"{many} in {name}" for name, many in waiting.items() if many) or "none"
    typer.echo(f"Messages that wait, of whomever: {queued}; those that come late are dropped.")
    typer.echo("What is beyond reach:")
    for sentence in BEYOND:
        typer.echo(f"- {sentence}")


def _document(proof: Proof) -> dict[str, Any]:
    erasure = proof.erasure
    return {
        "connection": erasure.connection,
        "tenant": erasure.tenant,
        "began_at": erasure.began_at.isoformat(),
        "ended_at": erasure.ended_at.isoformat() if erasure.ended_at else None,
        "told": erasure.removed.get("told", 0),
        "removed": {name: _removed(proof, name) for name in proof.left},
        "left": dict(proof.left),
        "proved": proof.holds,
    }


def _removed(proof: Proof, name: str) -> int:
    return proof.erasure.removed.get(name, 0)
