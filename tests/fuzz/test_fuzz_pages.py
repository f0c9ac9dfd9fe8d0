"""Records as no ERP should give them, through the real transformer and distributor: each one is accounted for."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors.body import parse_json
from connectors.http import HttpClient
from pipeline.broker.packing import encode_records
from pipeline.broker.ports import Message
from pipeline.stages.distribute import DISTRIBUTOR
from pipeline.stages.transform import TRANSFORMER
from schemas.errors import ConfigError, Retryable
from schemas.pages import Record
from tests.support.fuzz.budget import fuzzed
from tests.support.fuzz.rig import Rig, page_head
from tests.support.fuzz.samples import CONNECTORS, SAMPLES
from tests.support.fuzz.values import as_text, fatal, leaves, mutated, values

ORIGINS = ["increment", "backfill", "scan", "lookup"]


@st.composite
def page_texts(draw: st.DrawFn) -> tuple[str, str, str, list[Any], str]:
    """(system, stream, origin, ids as the ERP has them, JSON text) of a page."""
    system, stream = draw(st.sampled_from(sorted(SAMPLES)))
    wrong = fatal if draw(st.integers(0, 15)) == 0 else values
    found = []
    for number in range(draw(st.integers(1, 5))):
        record = draw(mutated({**SAMPLES[system, stream], "id": number}, wrong, most=4))
        if isinstance(record, dict):
            if draw(st.integers(0, 5)) == 0:
                record["id"] = draw(leaves | st.sampled_from([2**70, 2**70 + 1, 10**22, 10**22 + 1]))
            found.append(record)
    return system, stream, draw(st.sampled_from(ORIGINS)), [record.get("id") for record in found], as_text(found)


@fuzzed("pages")
@given(page=page_texts(), absent=st.lists(st.sampled_from(["1", "2", "77"]), unique=True, max_size=2))
def test_every_record_of_a_page_is_mapped_skipped_or_rejected(
    runner: asyncio.Runner, http: HttpClient, page: tuple[str, str, str, list[Any], str], absent: list[str]
) -> None:
    *head, ids, text = page
    try:
        records = parse_json(text.encode(), "GET http://erp.example")
    except (Retryable, ConfigError):
        return  # the whole answer is refused, and the poll says so: test_fuzz_answers
    runner.run(_accounted(Rig(CONNECTORS, http), head, ids, records, absent))


async def _accounted(rig: Rig, head: list[str], ids: list[Any], records: list[Record], absent: list[str]) -> None:
    system, stream, origin = head
    await rig.connect()
    good = [SAMPLES[system, stream]]
    for number, some in enumerate((records, good)):
        gone = tuple(absent) if number == 0 and origin == "lookup" else ()
        at = page_head(system, stream, len(some), number, origin=origin, absent=gone)
        message = await rig.codec.pack_raw(at, encode_records(some))
        await rig.broker.publish(f"erp-system-{system}", [Message(message.body, message.attributes)])
    await rig.work(TRANSFORMER)
    await rig.work(DISTRIBUTOR)
    assert rig.defects == []
    assert [rig.broker.bodies(q) for q in (TRANSFORMER, DISTRIBUTOR)] == [[], []], "the worker goes on after the page"
    assert rig.broker.reasons(TRANSFORMER) + rig.broker.reasons(DISTRIBUTOR) == []
    _balanced(rig, len(records))
    _kept(rig, ids)


def _balanced(rig: Rig, count: int) -> None:
    names = "read, mapped, skipped, rejected, held, produced, created, updated, unchanged, stale, deleted"
    accounts = rig.rows(f"select {names} from accounts order by number")
    assert [row[0] for row in accounts] == [count, 1]
    for read, mapped, skipped, rejected, held, produced, *ended in accounts:
        assert read == mapped + skipped + rejected + held
        assert produced == sum(ended)
    told = sum(row[6] + row[7] + row[10] for row in accounts)
    query = "select count(*), count(sent_at) from outbox where topic like 'information-%'"
    assert rig.rows(query) == [(told, told)], "each change is told, and the broker took it"


def _kept(rig: Rig, ids: list[Any]) -> None:
    """Every record that the ERP tells apart has a row or a letter of its own."""
    named = {str(id) for id in ids if type(id) in (int, float) or (isinstance(id, str) and id and "@" not in id)}
    kept = rig.rows("select key from records union select key from letters")
    assert len(kept) >= len(named), (named, kept)
