"""``erpflow connections erase`` as operators run it: shown first, confirmed, proved, with its exit status."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import insert

from pipeline.archive import Archive
from pipeline.archive.s3 import open_archive
from pipeline.aws.access import AwsAccess
from pipeline.cli.main import status
from pipeline.erasing.reach import Reach
from pipeline.observability import configure_logs
from pipeline.store import actions, connections, migrate, streams
from pipeline.store.engine import Store
from pipeline.store.tables import entities
from pipeline.topology.apply import ensure
from pipeline.topology.wanted import wanted
from tests.support.rows import NOW, connected, connection_row

KEY = "raw/acme/acme-fake/1-1/0-0-abc"


class Place:
    """A store, a bucket and queues of this test's own, as the environment names them."""

    def __init__(self, access: AwsAccess, prefix: str, folder: Path) -> None:
        self.access, self.prefix, self.bucket = access, prefix, f"{prefix}archive"
        self.url = f"sqlite:///{folder}/store.sqlite3"

    def environment(self, folder: Path) -> dict[str, str]:
        access = self.access
        return {"STORE": self.url, "HOME": str(folder), "ENDPOINT": str(access.endpoint), "REGION": access.region,
                "ACCESS_KEY": str(access.access_key), "SECRET_KEY": str(access.secret_key), "PREFIX": self.prefix,
                "BUCKET": self.bucket, "OPERATOR": "ann"}  # fmt: skip

    def of(self, work: Callable[[Store, Archive], Awaitable[Any]]) -> Any:
        async def within() -> Any:
            async with Store.open(self.url) as store, open_archive(self.access, self.bucket) as archive:
                return await work(store, archive)

        return asyncio.run(within())

    async def fill(self, store: Store, archive: Archive) -> None:
        await migrate.upgrade(store)
        await ensure(self.access, wanted(["fake"], ["customer"], self.prefix, self.bucket))
        for name, tenant in (("acme-fake", "acme"), ("north-fake", "north")):
            (stream,) = await connected(store, name) if tenant == "acme" else await self._north(store)
            row = {"id": name, "stream_id": stream.id, "key": "1", "entity": "customer", "tenant": tenant,
                   "version": "1", "digest": "d", "body": {"name": f"Customer of {tenant}"},
                   "changed_at": NOW}  # fmt: skip
            async with store.transaction() as tx:
                await tx.execute(insert(entities).values(row))
            await archive.put(f"raw/{tenant}/{name}/1-1/0-0-abc", b"x")

    async def _north(self, store: Store) -> Any:
        async with store.transaction() as tx:
            await connections.add(tx, connection_row("north-fake", tenant="north"), NOW)
            return await streams.ensure(tx, "north-fake", ["customers"], NOW)


@pytest.fixture(autouse=True)
def logs() -> Iterator[None]:
    """As the program writes them: not to where its documents go."""
    before = structlog.get_config()
    configure_logs("error")
    yield
    structlog.configure(**before)


@pytest.fixture
def place(aws: AwsAccess, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    found = Place(aws, prefix, tmp_path)
    monkeypatch.chdir(tmp_path)
    for name, value in found.environment(tmp_path).items():
        monkeypatch.setenv(f"ERPFLOW_{name}", value)
    found.of(found.fill)
    return found


def run(capsys: pytest.CaptureFixture[str], *arguments: str, expected: int = 0) -> str:
    found = status(["connections", "erase", *arguments])
    out, error = capsys.readouterr()
    assert found == expected, error
    assert "Customer of" not in out + error
    return out if expected == 0 else out + error


async def _standing(store: Store, archive: Archive) -> tuple[list[str], list[str]]:
    async with store.reading() as tx:
        return [row.id for row in await connections.everything(tx)], await archive.listed("raw/")


def test_a_rehearsal_shows_how_much_there_is_and_erases_nothing(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Nothing was erased" in run(capsys, "acme-fake", "--rehearse")
    document = json.loads(run(capsys, "--tenant", "acme", "--rehearse", "--json"))
    (one,) = document["connections"]
    assert (document["erased"], one["connection"], one["found"]["entities"], one["found"]["archive"]) == (
        False, "acme-fake", 1, 1,
    )  # fmt: skip
    assert place.of(_standing)[0] == ["acme-fake", "north-fake"]


def test_the_name_is_asked_for_and_another_one_erases_nothing(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("acme\n"))
    told = run(capsys, "acme-fake", expected=2)
    assert "entities" in told, "how much there is comes before the question"
    assert "Type acme-fake to erase it for good" in told
    assert told.endswith("erpflow: That is another name; nothing was erased.\n")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert "Interrupted" in run(capsys, "acme-fake", expected=1)
    assert place.of(_standing) == (["acme-fake", "north-fake"], [KEY, KEY.replace("acme", "north")])
    monkeypatch.setattr("sys.stdin", io.StringIO("acme-fake\n"))
    run(capsys, "acme-fake")
    assert place.of(_standing) == (["north-fake"], [KEY.replace("acme", "north")])


def test_what_is_erased_is_proved_as_often_as_one_asks(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(run(capsys, "--tenant", "acme", "--yes", "--why", "their contract ended", "--json"))
    (one,) = document["connections"]
    assert (document["erased"], one["proved"], one["tenant"], one["told"]) == (True, True, "acme", 0)
    assert (one["removed"]["entities"], one["removed"]["archive"], one["removed"]["connections"]) == (1, 1, 1)
    assert set(one["left"].values()) == {0}
    assert set(document["waiting"]) >= {"transformer", "transformer-dlq", "wake-ups"}
    assert any("Subscribers" in sentence for sentence in document["beyond"])

    async def late(store: Store, archive: Archive) -> list[dict[str, Any]]:
        await archive.put(KEY, b"late")
        async with store.reading() as tx:
            return await actions.listed(tx, 10)

    rows = place.of(late)
    assert {(row["who"], row["what"], row["why"]) for row in rows} == {
        ("ann", "connections erase", "their contract ended")
    }
    again = json.loads(run(capsys, "acme-fake", "--yes", "--json"))
    assert (again["erased"], again["connections"][0]["removed"]["archive"]) == (True, 2)
    assert "are dropped" in run(capsys, "acme-fake", "--yes")


def test_what_is_left_is_told_with_exit_status_1(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Reach.look

    async def with_one_left(reach: Reach, scope: Any) -> dict[str, int]:
        return {**await look(reach, scope), "archive": 1}

    monkeypatch.setattr(Reach, "look", with_one_left)
    told = run(capsys, "acme-fake", "--yes", "--json", expected=1)
    assert '"proved": false' in told
    assert told.endswith("erpflow: Something is left; erase it again, and if it stays, look who still writes it.\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Name one connection, or a tenant"),
        (["acme-fake", "--tenant", "acme"], "Name one connection, or a tenant"),
        (["acme-fake", "--json"], "give --yes to erase, or --rehearse to look"),
        (["nobody", "--yes"], "There is no connection nobody"),
        (["--tenant", "nobody", "--yes"], "There is no tenant nobody"),
    ],
)
def test_wrong_use_is_one_sentence(
    place: Place, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert said in run(capsys, *arguments, expected=2)
