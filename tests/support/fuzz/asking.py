"""Asking an ERP through the REST engine, as the poll stage does it: only errors of the tree may come out."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from connectors import cursors
from connectors.base import Access, Mode, ReadAnswer, ReadRequest
from connectors.http import HttpClient
from connectors.manifest import digest
from connectors.rest import RestSession, open_rest
from connectors.spec import ConnectorSpec, StreamSpec
from pipeline.broker.packing import encode_records
from pipeline.stages import highs
from schemas.errors import ErpflowError, RateLimited, Retryable
from schemas.keys import source_key
from tests.support.fuzz.rig import NOW, SECRETS

KEY = SECRETS["acme"]["api_key"]


async def asked(spec: ConnectorSpec, http: HttpClient, mode: Any, url: str) -> None:
    """Use a session in one mode (or ``check``, ``stamp``); AssertionError for an error that is no clear sentence."""
    access = Access("1", {"base_url": url}, {"api_key": KEY})
    try:
        async with open_rest(spec, access, http) as session:
            await _use(session, spec.streams[0], mode)
    except ErpflowError as error:
        said = str(error)
        assert said.endswith("."), said
        assert "\n" not in said, said
        assert KEY not in said, said
        after = error.retry_after if isinstance(error, Retryable | RateLimited) else None
        assert after is None or 0 <= after <= 86_400


async def _use(session: RestSession, stream: StreamSpec, mode: Any) -> None:
    if mode == "check":
        await session.check()
    elif mode == "stamp":
        stamp = await session.stamp(stream)
        highs.first(stamp, timedelta(seconds=60), NOW)
    else:
        await _read(session, stream, mode)


async def _read(session: RestSession, stream: StreamSpec, mode: Mode) -> None:
    cursor, position = cursors.start(None), None
    for _ in range(4):
        since = cursors.since(cursor, timedelta(minutes=1)) if mode is Mode.INCREMENT and stream.increment else None
        keys = ("1", "a/b", "\x00") if mode is Mode.LOOKUP else ()
        answer = await session.read(ReadRequest(stream, mode, position, since, keys))
        cursor = _kept(answer, stream, cursor)
        position = json.loads(json.dumps(answer.position))
        if position is None:
            return


def _kept(answer: ReadAnswer, stream: StreamSpec, cursor: cursors.Cursor) -> cursors.Cursor:
    """What the poll stage does with every answer, and the cursor after it."""
    keys = [source_key(record, stream.key) for record in answer.records]
    assert len(answer.stamps) == len(keys)
    encode_records(answer.records)
    assert all(len(digest(record)) == 32 for record in answer.records)
    cursors.fresh(cursor, answer.records, keys, answer.stamps)
    moved = highs.after(cursor, answer, keys, timedelta(minutes=1), NOW, load=False)
    return cursors.Cursor.from_json(json.loads(json.dumps(moved.to_json())))
