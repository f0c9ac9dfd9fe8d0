"""Answers that no HTTP server should give: only errors of the tree come out of connectors and stages."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Connector, Mode
from connectors.http import HttpClient, HttpLimits
from connectors.pagination import LinkHeader, NoPages, Offset, PageNumbers, Pagination, Token
from connectors.rest import open_rest
from connectors.retry import NEVER
from connectors.spec import ConnectorSpec
from pipeline.store import streams as stored
from schemas.topics import WAKE_UPS
from schemas.wakeups import wake_up
from tests.support.fuzz.answers import Answer, Scripted, answers, serve_once, wire_bytes
from tests.support.fuzz.asking import asked
from tests.support.fuzz.budget import fuzzed
from tests.support.fuzz.rig import NOW, Rig
from tests.support.fuzz.samples import ACME, document

STAMPS = [
    "2026-05-01T08:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-05-01", 1_777_000_000,
    -62_135_596_800, 253_402_300_799, 1e400, None, "0001-01-01T00:00:00", "9999-12-31T23:59:59-12:00", "nonsense",
]  # fmt: skip
PAGES: list[Pagination] = [NoPages(), PageNumbers(), PageNumbers(last="short"), Offset(), LinkHeader(),
                           Token(param="after", path="next.token")]  # fmt: skip


@st.composite
def specs(draw: st.DrawFn) -> ConnectorSpec:
    """Acme's API in all the ways that the engine knows."""
    assert ACME.spec.rest is not None
    stream = ACME.spec.streams[0]
    assert stream.increment is not None
    increment = stream.increment.model_copy(
        update={
            "format": draw(st.sampled_from(["iso", "iso-seconds", "date", "unix", "unix-ms"])),
            "zone": draw(st.sampled_from(["UTC", "Europe/Oslo", "Pacific/Kiritimati", "America/Adak"])),
            "exclusive": draw(st.booleans()),
            "ordered": draw(st.booleans()),
            "param": draw(st.sampled_from(["since", None])),
        }
    )
    changed = {"increment": draw(st.sampled_from([increment, None])), "page_size": draw(st.sampled_from([1, 2, 500]))}
    rest = ACME.spec.rest.model_copy(update={"pages": draw(st.sampled_from(PAGES))})
    streams = (stream.model_copy(update=changed), *ACME.spec.streams[1:])
    return ACME.spec.model_copy(update={"rest": rest, "streams": streams})


stamps = st.lists(st.sampled_from(STAMPS), min_size=1, max_size=3)
scripts = st.lists(stamps.map(document).flatmap(answers), min_size=1, max_size=3)
modes = st.sampled_from([*Mode, "stamp", "check"])


@fuzzed("answers")
@given(script=scripts, spec=specs(), mode=modes)
def test_only_errors_of_the_tree_come_out_of_the_rest_engine(
    runner: asyncio.Runner, http: HttpClient, erp: Scripted, script: list[Answer], spec: ConnectorSpec, mode: Any
) -> None:
    erp.answers = list(script)
    runner.run(asked(spec, http, mode, "http://erp.example"))


@fuzzed("sockets")
@given(wire=st.just(document(["2026-05-01T08:00:00Z"])).flatmap(wire_bytes))
def test_only_errors_of_the_tree_come_out_whatever_a_server_writes(runner: asyncio.Runner, wire: bytes) -> None:
    async def one() -> None:
        server = await serve_once(wire)
        port = server.sockets[0].getsockname()[1]
        limits = HttpLimits(connect=5, read=5, total=10)
        async with HttpClient(limits, NEVER) as http, server:
            await asked(ACME.spec, http, Mode.BACKFILL, f"http://127.0.0.1:{port}")

    runner.run(one())


@fuzzed("polls")
@given(script=st.lists(scripts, min_size=1, max_size=3), spec=specs())
def test_a_poll_of_bad_answers_keeps_what_was_read_and_the_worker_alive(
    runner: asyncio.Runner, http: HttpClient, erp: Scripted, script: list[list[Answer]], spec: ConnectorSpec
) -> None:
    runner.run(_polled(Rig({"acme": Connector(spec, ACME.mappings, open_rest)}, http), erp, script))


async def _polled(rig: Rig, erp: Scripted, script: list[list[Answer]]) -> None:
    await rig.connect()
    for number, visit in enumerate(script):
        erp.answers = [*visit, Answer(200, {}, [b'{"data": []}'])]
        rig.clock.set(NOW + timedelta(hours=number))
        await rig.put(WAKE_UPS, [wake_up("north", "acme", "acme", NOW).to_json().decode()])
        await rig.work(WAKE_UPS)
        assert rig.defects == []
        assert rig.broker.bodies(WAKE_UPS) == rig.broker.bodies(f"{WAKE_UPS}-dlq") == []
    _journaled(rig)
    async with rig.store.reading() as tx:
        for stream in await stored.of_connection(tx, "acme"):
            assert stream.last_error is None or stream.last_error.endswith(".")


def _journaled(rig: Rig) -> None:
    """Each run that ended has all its pages, and each page its message."""
    runs = rig.rows("select r.id, r.pages, count(j.run) from runs r left join journal j on j.run = r.id group by r.id")
    assert all(pages == found for _, pages, found in runs)
    ((pages,),) = rig.rows("select count(*) from journal where published_at is not null")
    assert len(rig.broker.bodies("transformer")) == pages
