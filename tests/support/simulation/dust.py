"""After the faults: everything in hand is brought to its end; then ledger, ERP and subscriber are compared."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import orjson
from sqlalchemy import update

from pipeline import releasing, syncing
from pipeline.store.tables import connections
from schemas.digest import digest
from tests.support.simulation import desk_dust, mutations
from tests.support.simulation.erp import DATA, SPEC
from tests.support.simulation.ports import instant
from tests.support.simulation.queues import is_dead_letters
from tests.support.simulation.releases import expected
from tests.support.simulation.world import World

PATIENCE = 1500
"""Simulated seconds within which everything in hand must be done."""


class StuckError(Exception):
    """Something is still unfinished long after the last fault."""


async def settle(world: World) -> list[str]:
    """End the faults, let everything be read and delivered; what does not hold then."""
    world.say("the dust settles")
    world.chance.on = False
    for process in world.processes:
        process.skew = 0.0
        if process.alive:
            process.thaw()
    world.queues.show()
    if world.owed:
        await world.resend()
    broken = await _lull(world) if world.options.desk else []
    mutations.settle(world.erp)
    await _slow_schedule(world)
    await _sync(world, [spec.name for spec in SPEC.streams if spec.increment])
    if world.options.desk:
        broken += await desk_dust.mended(world)
    await _release(world)
    broken += await _wrong(world, exact=False)
    for number in range(2):
        await _sync(world, [*DATA, "addresses"], full=True)
        if number:
            await _release(world)
    ended = await desk_dust.ended(world) if world.options.desk else []
    return [*broken, *await _wrong(world, exact=True), *await _books(world), *ended]


async def _lull(world: World) -> list[str]:
    """Everything is at rest, and what is broken in the ERP and in the mapping is not mended yet."""
    await _slow_schedule(world)
    return await desk_dust.letters(world)


async def _slow_schedule(world: World) -> None:
    """From now on streams are read when the simulation asks for it."""
    async with world.store.transaction() as tx:
        await tx.execute(update(connections).values(schedule={"every": 1e6, "deletes_every": 1e6}))
    await quiet(world)


async def _sync(world: World, names: Iterable[str], full: bool = False) -> None:
    async with world.store.transaction() as tx:
        ids = await syncing.ask(tx, SPEC, "acme", list(names), instant())
        if full:
            await syncing.ask_in_full(tx, ids)
    await quiet(world)


async def _release(world: World) -> None:
    """What the brake holds is let pass by an operator."""
    held = world.database.raw.execute(
        "select id from runs where sweep = 'held' union select run from held_deletes"
    ).fetchall()
    for (run,) in held:
        async with world.store.transaction() as tx:
            await releasing.release(tx, run, 10_000, instant())
        await quiet(world)


async def quiet(world: World) -> None:
    """Wait until nothing is due, under way or unsent; raises StuckError."""
    ends = asyncio.get_running_loop().time() + PATIENCE
    while left := unfinished(world):
        if world.options.desk:
            await desk_dust.work_off(world)
        if asyncio.get_running_loop().time() > ends:
            raise StuckError(", ".join(f"{count} {name}" for name, count in left.items()))
        await asyncio.sleep(5)


def unfinished(world: World) -> dict[str, int]:
    """What is left to do, by kind."""
    now = instant().replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    queries = {
        "streams due": f"select count(*) from streams where next_due_at <= '{now}' or next_deletes_at <= '{now}'",
        "full scans asked for": "select count(*) from streams where full_due",
        "runs open": "select count(*) from runs where state != 'closed'",
        "events unsent": "select count(*) from outbox where sent_at is null",
        "records asked for": "select count(*) from requests",
        "pages unaccounted": """select count(*) from journal j where not exists (select 1 from accounts a
            where a.run = j.run and a.number = j.number and a.pass_number = 0)""",
    }
    counted = {name: world.database.raw.execute(query).fetchone()[0] for name, query in queries.items()}
    queued = {
        f"in {name}": n
        for name, n in world.queues.waiting().items()
        if name in ("transformer", "distributor", "subscriber")
    }
    desk = desk_dust.waiting(world) if world.options.desk else {}
    return {name: count for name, count in {**counted, **queued, **desk}.items() if count}


async def _wrong(world: World, exact: bool) -> list[str]:
    """Where the ledger differs from the ERP; without ``exact`` only what increments alone must have brought."""
    ledger: dict[tuple[str, str], dict[tuple[str, str], str]] = {}
    query = """select s.name, e.key, e.entity, e.body from entities e join streams s on s.id = e.stream_id
        where not e.deleted"""
    for stream, key, entity, body in world.database.raw.execute(query):
        said = orjson.loads(body)
        text = said.get("name") or said.get("first_name")
        ledger.setdefault((stream, key), {})[entity, said["source_id"]] = text
    wanted = {
        (stream, str(kept.id)): expected(stream, kept.id, kept.value)
        for stream in DATA
        for kept in world.erp.records[stream].values()
        if exact or (stream != "projects" and world.erp.paging[stream] != "offset")
    }
    keys = sorted(wanted.keys() | ledger.keys() if exact else wanted.keys())
    what = "ledger is not the ERP" if exact else "wrong until a full scan"
    return [
        f"{what}: {stream} {key} is {ledger.get((stream, key), {})} and not {wanted.get((stream, key), {})}"
        for stream, key in keys
        if ledger.get((stream, key), {}) != wanted.get((stream, key), {})
    ]


async def _books(world: World) -> list[str]:
    """What else must hold at the end."""
    raw = world.database.raw
    broken = [f"unbalanced: run {run}" for (run,) in raw.execute("select id from runs where not balanced")]
    broken += [f"letter left open: {key}" for (key,) in raw.execute("select key from letters where state = 'open'")]
    query = "select stream_id, key, id, body, deleted from entities"
    for stream, key, id, body, deleted in raw.execute(query):
        read = world.latest.get(id)
        if (read and digest(read)) != (None if deleted else digest(orjson.loads(body))):
            broken.append(f"reader is not the ledger: entity {id} of {stream}/{key}")
    broken += [f"dead letter: in {name}" for name in world.queues.waiting() if is_dead_letters(name)]
    return broken
