"""The desk's worker: takes messages out of all dead-letter queues into the store, where they keep past 14 days."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from distributor.causes import cause_of
from distributor.routes import route
from pipeline.broker.names import REASON
from pipeline.broker.ports import Broker, Delivery
from pipeline.clock import Clock
from pipeline.deadletters.late import is_late
from pipeline.deadletters.origins import Origin
from pipeline.store import messages
from pipeline.store.engine import Store
from pipeline.store.messages import DeadMessage
from schemas import envelope
from schemas.envelope import Envelope
from schemas.errors import ConfigError, ErpflowError, Poison
from schemas.pages import DOMAIN_PAGE, RAW_PAGE
from schemas.topics import DOMAIN_PAGES, system_topic

Found = Callable[[], Awaitable[Mapping[str, Origin]]]

LOOK_AGAIN: Final = timedelta(minutes=1)
"""How long a new subscriber's dead-letter queue may go unnoticed."""

_VISIBILITY = 60.0
_ERROR = re.compile(r"(?P<error>[A-Z][A-Za-z]{1,39}): (?P<reason>.*)", re.DOTALL)

log = structlog.get_logger()


class Desk:
    """Drains dead-letter queues. Several desks share the work; a message kept twice is one."""

    def __init__(self, store: Store, broker: Broker, found: Found, clock: Clock) -> None:
        self._store = store
        self._broker = broker
        self._found = found
        self._clock = clock
        self._origins: Mapping[str, Origin] = {}
        self._looked: datetime | None = None

    async def step(self) -> bool:
        """Take in what the queues have; true when there may be more. The desk's loop calls this at every tick."""
        taken = 0
        for name, origin in (await self._known()).items():
            try:
                taken += await self._drain(name, origin)
            except ConfigError as error:
                log.warning("dead-letter queue gone", action="letters_left", queue=name, reason=str(error))
        return taken > 0

    async def _known(self) -> Mapping[str, Origin]:
        now = self._clock.now()
        if self._looked is None or now - self._looked >= LOOK_AGAIN:
            self._origins = await self._found()
            self._looked = now
        return self._origins

    async def _drain(self, name: str, origin: Origin) -> int:
        deliveries = await self._broker.receive(name, most=10, wait=0, visibility=_VISIBILITY)
        if not deliveries:
            return 0
        present = await self._without_late(name, deliveries)
        known = [(one, dead_message(one, origin)) for one in present]
        kept = [(one, message) for one, message in known if message is not None]
        async with self._store.transaction() as tx:
            for _, message in kept:
                await messages.keep(tx, message, self._clock.now())
        if kept:
            await self._broker.acknowledge([delivery for delivery, _ in kept])
            log.warning("messages kept as dead letters", action="letters_kept", queue=name, messages=len(kept))
        if len(kept) < len(present):
            log.error("a dead letter belongs to no queue", action="letters_left", queue=name,
                      messages=len(present) - len(kept))  # fmt: skip
        return len(kept) + len(deliveries) - len(present)

    async def _without_late(self, name: str, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """What is of an erased connection is done with: nobody is to keep it, or to send it back."""
        async with self._store.reading() as tx:
            late = [one for one in deliveries if await is_late(tx, one)]
        if late:
            await self._broker.acknowledge(late)
            log.info("messages of erased connections dropped", action="letters_dropped", queue=name, messages=len(late))
        return [one for one in deliveries if one not in late]


def dead_message(delivery: Delivery, origin: Origin) -> DeadMessage | None:
    """The letter of a message found in a dead-letter queue; None when nobody can tell where it would go back to."""
    event = _event(delivery.body)
    queue = origin.queue_of(_topic(event) if event else None)
    if queue is None:
        return None
    error, reason = _why(delivery.attributes)
    return DeadMessage(
        queue=queue,
        body=delivery.body.replace("\x00", "�"),
        attributes=delivery.attributes,
        group=delivery.group,
        error=error,
        reason=reason,
        cause=cause_of(queue, error, None, reason),
        attempts=1,
        about=_about(delivery, event),
    )


def _why(attributes: Mapping[str, str]) -> tuple[str, str]:
    """The error's class and its sentence, as whoever gave the message up left them."""
    told = attributes.get(REASON)
    if told is None:
        code = attributes.get("ErrorCode")  # SNS says so of what it could not deliver
        undelivered = f"The topic could not deliver it ({code}); look at the rights of the queue."
        return "Undelivered", undelivered if code else "It was received too often and never acknowledged."
    match = _ERROR.fullmatch(told)
    return (match["error"], match["reason"]) if match else ("Unknown", told)


def _event(body: str) -> Envelope | None:
    try:
        return envelope.decode(body)
    except Poison:
        return None


def _about(delivery: Delivery, event: Envelope | None) -> dict[str, str | None]:
    names = ("tenant", "connection", "system", "stream", "entity")
    told = {name: delivery.attributes.get(name) or getattr(event, name, None) for name in names}
    told["event_id"] = event.id if event else None
    return {name: value[:120] if value else None for name, value in told.items()}


def _topic(event: Envelope) -> str | None:
    if event.type == RAW_PAGE:
        return system_topic(event.system)
    if event.type == DOMAIN_PAGE:
        return DOMAIN_PAGES
    try:
        return route(event)
    except ErpflowError:
        return None
