"""Sending kept messages back to their queues, with the event id that they always had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from distributor.endings import Ending
from pipeline.broker.codec import PageCodec
from pipeline.broker.names import DISTRIBUTOR, REASON, TRANSFORMER
from pipeline.broker.ports import Broker, Message
from pipeline.clock import Clock
from pipeline.deadletters.rerunning import Counted, Endings
from pipeline.passes.edits import edited
from pipeline.store import messages
from pipeline.store.engine import Store
from pipeline.store.messages import DeadMessage
from schemas.errors import Poison, RateLimited, Rejected, Retryable, Superseded

PASSED = Ending("passed")


class Sending:
    """Sends messages back. A page that was handled before does nothing; a subscriber knows its events by their ids."""

    def __init__(self, store: Store, broker: Broker, codec: PageCodec, clock: Clock) -> None:
        self._store = store
        self._broker = broker
        self._codec = codec
        self._clock = clock

    async def rehearse(self, letters: Sequence[DeadMessage]) -> Endings:
        """Whether the worker of its queue could read each message; a subscriber's worker is not ours to know."""
        return {one.name: await self._readable(one) for one in letters}

    async def run(self, letters: Sequence[DeadMessage], replay: int, counted: Counted) -> Endings:
        """Send messages, but for those that the worker of their queue could not read: they would come back.

        One that is in hand when the process is killed may be sent twice.
        """
        async with self._store.transaction() as tx:
            mine = await messages.start(tx, letters, replay)
        ended = {one.name: await self._sent(one) for one in mine}
        sent = {one.id: ended[one.name].ended == "passed" for one in mine}
        try:
            async with self._store.transaction() as tx:
                await self._settle(tx, sent, replay)
                await counted(tx, ended)
        except Superseded:
            # The replay was paused meanwhile; what was sent was sent all the same.
            async with self._store.transaction() as tx:
                await self._settle(tx, sent, replay)
            raise
        return ended

    async def _settle(self, tx: AsyncConnection, sent: Mapping[int, bool], replay: int) -> None:
        now = self._clock.now()
        await messages.settle(tx, [id for id, passed in sent.items() if passed], "closed", replay, now)
        await messages.settle(tx, [id for id, passed in sent.items() if not passed], "open", replay, now)

    async def _sent(self, letter: DeadMessage) -> Ending:
        try:
            readable = await self._readable(letter)
            failed = [] if readable.ended == "rejected" else await self._broker.send(letter.queue, [_message(letter)])
        except (Retryable, RateLimited) as error:
            # Those before it are sent: they are settled, and the share of failures stops the replay.
            return Ending("rejected", str(error))
        return Ending("rejected", f"Queue {letter.queue} did not take it: {failed[0].reason}.") if failed else readable

    async def _readable(self, letter: DeadMessage) -> Ending:
        unpack = {TRANSFORMER: self._codec.unpack_raw, DISTRIBUTOR: self._codec.unpack_domain}.get(letter.queue)
        try:
            body = _message(letter).body
            if unpack:
                await unpack(body)
        except (Rejected, Poison) as error:
            return Ending("rejected", str(error))
        return PASSED


def _message(letter: DeadMessage) -> Message:
    attributes = {name: value for name, value in letter.attributes.items() if name != REASON}
    body = letter.body
    if letter.patch:
        try:
            body = orjson.dumps(edited(orjson.loads(body), letter.patch)).decode()
        except (orjson.JSONDecodeError, TypeError, ValueError):
            raise Rejected(
                "The message is not JSON, so that it cannot be edited; discard it or send it as it is."
            ) from None
    return Message(body, attributes, letter.group)
