"""A deployment whose embedded AWS can be killed, and a subscriber that keeps what ``schemas.reader`` says."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import psutil
from sqlalchemy import select

from pipeline import settings
from pipeline.aws.access import AwsAccess
from pipeline.local.ministack import ministack
from pipeline.settings import Settings
from pipeline.store.engine import Store
from pipeline.store.tables import entities
from schemas.entities import ENTITIES
from schemas.envelope import decode
from schemas.reader import Latest
from schemas.topics import information_topic
from tests.support.deployment import new_settings
from tests.support.ministack import REGION
from tests.support.subscriber import Subscriber, subscribed

PREFIX = "erpflow-"
QUEUE = "erpflow-follower"


NO_AWS = AwsAccess(region=REGION, endpoint=None, access_key=None, secret_key=None)
"""What a person's environment says of the embedded AWS: nothing; programs find it in the home."""


@dataclass
class Site:
    """``home`` is the folder of the embedded parts: ``home/aws`` is all that AWS keeps."""

    home: Path
    store_url: str

    @property
    def aws(self) -> Path:
        return self.home / "aws"

    def settings(self, access: AwsAccess = NO_AWS) -> Settings:
        changes = {"bucket": "erpflow-archive", "grace_seconds": 2, "visibility_seconds": 10}
        return new_settings(access, self.store_url, PREFIX, self.home, **changes)

    @asynccontextmanager
    async def broker(self) -> AsyncIterator[Settings]:
        """AWS as ``erpflow up --embedded`` runs it; SIGTERM at the end, unless it was killed before."""
        self.home.mkdir(exist_ok=True)
        async with ministack(self.aws, region=REGION) as access:
            yield self.settings(access)

    def embedded(self) -> Settings:
        """The settings of the ``erpflow up --embedded`` that runs in the home."""
        return settings.load(home=self.home, store=self.store_url)

    def copy_state(self) -> Path:
        copy = self.home / "old-state"
        shutil.copytree(self.aws / "state", copy)
        return copy

    def restore_state(self, copy: Path | None) -> None:
        """What AWS finds when it starts again: an older state, or none; the archive's objects stay."""
        shutil.rmtree(self.aws / "state")
        if copy:
            shutil.copytree(copy, self.aws / "state")

    async def kill_broker(self) -> None:
        """``kill -9`` for the AWS of this home, and wait until it is gone."""
        state = str((self.aws / "state").absolute())
        children = [one for one in psutil.Process().children() if "ministack" in one.cmdline()]
        [found] = [one for one in children if one.environ().get("STATE_DIR") == state]
        found.kill()
        while found.is_running() and found.status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.01)


@dataclass
class Follower:
    """A subscriber that goes away and comes back; what it knows survives, its queue may not."""

    latest: Latest = field(default_factory=Latest)
    ids: Counter[str] = field(default_factory=Counter)

    @asynccontextmanager
    async def following(self, access: AwsAccess) -> AsyncIterator[Subscriber]:
        """Read all Information topics while the block runs; what came is taken at its end."""
        topics = full_names()
        async with subscribed(access, QUEUE, topics) as subscriber:
            yield subscriber
            self.take(await subscriber.drained())

    def take(self, events: list[dict[str, Any]]) -> None:
        self.ids.update(event["id"] for event in events)
        follow(self.latest, events)


def follow(latest: Latest, events: Iterable[dict[str, Any]]) -> None:
    """Take events as they arrived."""
    for event in events:
        latest.take(decode(orjson.dumps(event)))


def full_names() -> list[str]:
    """The Information topics by the names that they have in AWS."""
    return [PREFIX + information_topic(entity) for entity in ENTITIES]


@dataclass(frozen=True)
class Ledger:
    """What the store says was told: kind and body of what exists by id, and the ids of what was deleted."""

    alive: dict[str, tuple[str, dict[str, Any]]]
    deleted: set[str]

    def keys(self) -> dict[str, set[str]]:
        """Source keys by kind of entity."""
        found: dict[str, set[str]] = {}
        for kind, body in self.alive.values():
            found.setdefault(kind, set()).add(body["source_id"])
        return found

    def values(self, kind: str, name: str) -> dict[str, Any]:
        """One field of all entities of a kind, by source key."""
        return {body["source_id"]: body[name] for found, body in self.alive.values() if found == kind}


async def ledger(store: Store) -> Ledger:
    async with store.reading() as tx:
        rows = (await tx.execute(select(entities))).all()
    alive = {row.id: (row.entity, row.body) for row in rows if not row.deleted}
    return Ledger(alive, {row.id for row in rows if row.deleted})


def assert_follows(latest: Latest, told: Ledger) -> None:
    """The subscriber has exactly what the ledger has; a later read without a change is told to nobody."""
    has = {key: latest.get(key) for key in told.alive}
    missing = [(kind, body["source_id"]) for key, (kind, body) in told.alive.items() if has[key] is None]
    assert missing == [], f"{len(missing)} are missing: {missing[:5]}"
    different = [key for key, (_, body) in told.alive.items() if _said(has[key] or {}) != _said(body)]
    assert different == [], f"{len(different)} differ: {has[different[0]]} and {told.alive[different[0]]}"
    assert [key for key in told.deleted if latest.get(key) is not None] == []
    assert len(latest.bodies()) == len(told.alive)


def _said(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ("version", "read_at")}
