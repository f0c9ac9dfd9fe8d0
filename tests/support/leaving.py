"""A tenant that leaves, and one that stays: two companies of one system, with something of each in every table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import orjson
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.base import Access, Connector, Session
from connectors.http import HttpClient
from connectors.registry import Registry
from connectors.spec import ConnectorSpec
from distributor.endings import Ending, Tally
from pipeline.broker.ports import Message
from pipeline.deadletters import acting, ordering
from pipeline.deadletters.acting import Operator
from pipeline.deadletters.desk import Desk
from pipeline.deadletters.origins import Origin
from pipeline.deadletters.steps import Steps
from pipeline.erasing.beginning import Order
from pipeline.erasing.erasing import Erasing, Proof
from pipeline.erasing.reach import Reach
from pipeline.passes.edits import Patch
from pipeline.spool import Spool
from pipeline.store import actions, budgets, deletes, letter_search, messages, streams, tokens
from pipeline.store.actions import Action
from pipeline.store.engine import Store
from pipeline.store.letter_search import Filter, Group
from pipeline.store.tables import held_deletes, metadata
from pipeline.store.tokens import Kept
from tests.support.fake_erp import MAPPINGS, SPEC, FakeErp
from tests.support.flow import Flow

NEEDLE = "Xylander"
"""In every value of the leaving tenant's records, and nowhere else."""

LEAVING, STAYING = "acme-fake", "north-fake"
OPERATOR = "ann"


@dataclass
class Companies:
    """Companies of one system, each with records of its own."""

    by_key: dict[str, FakeErp] = field(default_factory=dict)

    def of(self, company: str) -> FakeErp:
        return self.by_key.setdefault(company, FakeErp())

    def connector(self) -> Connector:
        return Connector(SPEC, MAPPINGS, self._open)

    def registry(self) -> Registry:
        return Registry({"fake": self.connector()})

    @asynccontextmanager
    async def _open(self, spec: ConnectorSpec, access: Access, http: HttpClient) -> AsyncIterator[Session]:
        async with self.of(access.company).connector().open(spec, access, http) as session:
            yield session


@dataclass
class House:
    """A flow with both tenants, a desk, and whoever erases."""

    flow: Flow
    companies: Companies
    spool: Spool

    def __post_init__(self) -> None:
        self.store = self.flow.store
        self.erasing = self.eraser(self.store)
        self.desk = Desk(self.store, self.flow.broker, _origins, self.flow.clock)

    def eraser(self, store: Store) -> Erasing:
        return Erasing(Reach(store, self.flow.broker, self.flow.archive, self.spool, self.flow.clock))

    async def erase(self, connection: str | None = LEAVING, *, tenant: str | None = None, tell: bool = False) -> Proof:
        (proof,) = await self.erase_all(connection, tenant=tenant, tell=tell)
        return proof

    async def erase_all(self, connection: str | None, *, tenant: str | None, tell: bool = False) -> list[Proof]:
        found = await self.erasing.targets(connection, tenant)
        order = Order(OPERATOR, "they asked for it", tell)
        return [await self.erasing.work(one, order) for one in await self.erasing.begin(found, order)]

    async def found(self, connection: str | None = LEAVING, tenant: str | None = None) -> dict[str, int]:
        (counts,) = await self.erasing.rehearse(await self.erasing.targets(connection, tenant))
        return dict(counts.found)

    async def mentions(self, text: str) -> dict[str, list[str]]:
        """Every row of every table, and every object of the archive, in which a text is."""
        rows = await dump(self.store)
        found = {name: [row for row in some if text in row] for name, some in rows.items()}
        objects = self.flow.archive._objects
        found["archive"] = [key for key, content in objects.items() if text in key or text.encode() in content]
        return {name: some for name, some in found.items() if some}


async def _origins() -> dict[str, Origin]:
    return {"transformer-dlq": Origin("transformer"), "distributor-dlq": Origin("distributor"),
            "wake-ups-dlq": Origin("wake-ups"), "subscriber-dlq": Origin("subscriber")}  # fmt: skip


async def dump(store: Store) -> dict[str, list[str]]:
    """All rows as texts, by table."""
    async with store.reading() as tx:
        return {
            name: sorted([repr(tuple(row)) for row in await tx.execute(select(table))])
            for name, table in metadata.tables.items()
        }


def big(word: str, seed: int) -> str:
    """A text that stays too big for a message when it is compressed."""
    random = Random(seed)
    return word + "".join(chr(random.randrange(0x4E00, 0x9FFF)) for _ in range(130_000))


async def house(store: Store, place: Path) -> House:
    """Both tenants, read once."""
    companies = Companies()
    flow = Flow(store, companies)
    for company, word in (("1", NEEDLE), ("2", "Northern")):
        erp = companies.of(company)
        for number in range(1, 6):
            erp.customer(number, name=f"{word} {number}", is_person=f"no {word}" if number > 3 else None)
        erp.write("projects", 1, number="1", name=f"{word} Bridge", open=True)
    await flow.connect(settings={"user": NEEDLE}, secrets=flow.vault.seal({"key": "acme"}))
    await flow.connect(STAYING, tenant="north", company="2")
    await flow.settle()
    return House(flow, companies, Spool(place / "spool"))


async def full_house(store: Store, place: Path) -> House:
    """As ``house``, with something of the leaving tenant wherever something can be."""
    found = await house(store, place)
    found.companies.of("1").write("projects", 2, number="2", name=NEEDLE, open=f"no {NEEDLE}")  # a cause of its own
    for company, word in (("1", NEEDLE), ("2", "Northern")):
        erp = found.companies.of(company)
        erp.customer(7, name=big(word, int(company)))
        erp.delete("customers", 1)
    found.flow.later(days=2)
    await found.flow.settle()
    for connection, tenant in ((LEAVING, "acme"), (STAYING, "north")):
        await _beside(found, connection, tenant)
        await _worked_on(found, connection)
    return found


async def _beside(found: House, connection: str, tenant: str) -> None:
    """What a flow of good records does not bring about by itself."""
    flow, now = found.flow, found.flow.clock.now()
    word = NEEDLE if connection == LEAVING else "Northern"
    async with found.store.transaction() as tx:
        customers = await streams.find(tx, connection, "customers")
        await streams.request(tx, customers, [f"{word}@example.org"], now)
        await deletes.count(tx, customers, 1, now)
        values = {"stream_id": customers, "key": word, "version": "1", "run": "1-1", "at": now}
        await tx.execute(insert(held_deletes).values(values))
        await tokens.lock(tx, f"connection:{connection}", tenant, "fake")
        await budgets.marks(
            tx, [f"fake/connection/{connection}/60s", f"fake/credential/connection:{connection}/1s"], 1.0
        )
    kept = Kept(1, b"sealed", now, None, None)
    assert found.spool.put((f"connection:{connection}", tenant, "fake"), kept)
    await flow.broker.send(
        "transformer-dlq", [Message(f'{{"broken": "{word}', {"tenant": tenant, "connection": connection})]
    )
    await flow.broker.send("transformer-dlq", [Message(f'{{"connection": "{connection}", "broken": "{word}"}}')])
    while await found.desk.step():
        pass
    await flow.archive.put(f"events/{tenant}/{'a' * 32}-{'b' * 32}", await _older_event(found, customers))


async def _older_event(found: House, customers: int) -> bytes:
    entities = metadata.tables["entities"]
    async with found.store.reading() as tx:
        row = (await tx.execute(select(entities).where(entities.c.stream_id == customers).limit(1))).one()
    return orjson.dumps({"version": row.version, "body": row.body})


async def _worked_on(found: House, connection: str) -> None:
    """What operators leave behind: an edit, a discard, notes, a replay, and rules."""
    by = Operator(OPERATOR, found.flow.clock.now(), f"{NEEDLE} said so" if connection == LEAVING else "they said so")
    word = NEEDLE if connection == LEAVING else "Northern"
    patch: Patch = [{"op": "replace", "path": "/name", "value": f"{word} the First"}]
    async with found.store.transaction() as tx:
        first, *_, last = await letter_search.found(tx, Filter(connection=connection))
        (message, _) = await messages.found(tx, Filter(connection=connection)) + await messages.found(
            tx, Filter(text=f'"connection": "{connection}"')
        )
        await acting.edit(tx, {first.name: patch, message.name: patch}, by)
        await acting.discard(tx, Filter(names=(last.name,), text=word), by)
        for group in await _own_groups(tx, connection):
            await acting.note(tx, group.cause, by, "ignore", {"ignored": word})
        order = ordering.Order(Filter(connection=connection, text=word), Steps(), None, OPERATOR)
        tally = Tally()
        tally.add(Ending("rejected", f"'{word}' is no boolean."))
        number = await ordering.begin(tx, order, tally, by.at)
        await ordering.pause(tx, number, OPERATOR, by.at)
        await actions.add(tx, Action(OPERATOR, "connections rules", connection, by.why, [{"constant": word}]), by.at)


async def _own_groups(tx: AsyncConnection, connection: str) -> list[Group]:
    """What somebody notes about a group of several tenants is about none of them."""
    every = {group.cause: group for group in await letter_search.groups(tx, Filter())}
    return [one for one in await letter_search.groups(tx, Filter(connection=connection)) if every[one.cause] == one]


def of_tenant(objects: Mapping[str, bytes], tenant: str) -> list[str]:
    """The keys of a tenant's objects."""
    begins = (f"raw/{tenant}/", f"domain/{tenant}/", f"events/{tenant}/", f"events/t={tenant}/")
    return [key for key in objects if key.startswith(begins)]
