"""Letters of one cause over several tenants, messages of a subscriber that came back, and what is to become of them.

Some records are known to the ledger already, so that they are updated; some are refused by the mended mapping, too.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from connectors.registry import Registry
from distributor.causes import cause_of
from pipeline.store import letter_search, messages
from pipeline.store.engine import Store
from pipeline.store.letter_search import Filter
from pipeline.store.messages import DeadMessage
from schemas.envelope import Change
from schemas.ids import entity_id
from tests.support.fake_erp import SPEC, FakeErp
from tests.support.flow import Flow
from tests.support.kills.reader import QUEUE

TENANTS = 4
PAGE = 20
KNOWN, REFUSED = 3, 14
"""Every so many-th record is known before; is refused again."""
WRONG = "no such thing"
RENAMED = "Renamed {}"


@dataclass
class Expected:
    """``passing`` are entities by id with what is to happen to each; ``failing`` letters by name; ``told`` event ids
    of the messages.
    """

    passing: dict[str, Change] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    cause: str = ""
    messages: str = ""


def registry() -> Registry:
    """The connector, whose mapping was mended for most of the records."""

    def is_person(record: dict[str, Any], _: Any) -> Any:
        return record.get("is_person") if record["id"] % REFUSED == 0 else False

    connector = FakeErp().connector()
    mapping = connector.mappings["customers"]
    customer = replace(mapping.entities[0], fields={**mapping.entities[0].fields, "is_person": is_person})
    mended = replace(mapping, entities=(customer, *mapping.entities[1:]))
    return Registry({SPEC.system: replace(connector, mappings={**connector.mappings, "customers": mended})})


async def fill(store: Store, letters: int) -> Expected:
    """Have so many records be rejected (a multiple of the tenants), and a sixth as many messages come back."""
    flow = Flow(store, FakeErp())
    streams = tuple(one.model_copy(update={"page_size": PAGE}) for one in SPEC.streams)
    connector = replace(flow.erp.connector(), spec=SPEC.model_copy(update={"streams": streams}))  # type: ignore[attr-defined]
    flow.registry = Registry({SPEC.system: connector})
    flow.poll, flow.transform = flow.new_poll("reader"), flow.new_transform()
    for number in range(TENANTS):
        await flow.connect(f"t{number}-fake", tenant=f"t{number}")
    ids = range(1, letters // TENANTS + 1)
    for id in ids:
        if id % KNOWN == 0:
            flow.erp.customer(id)  # type: ignore[attr-defined]
    told = await flow.settle()
    for id in ids:
        flow.erp.customer(id, is_person=WRONG, name=RENAMED.format(id))  # type: ignore[attr-defined]
    flow.later(minutes=10)
    await flow.settle()
    found = await _expected(store)
    await _come_back(store, found, [one for one in told if one.get("entity") == "customer"][: letters // 6])
    return found


async def _expected(store: Store) -> Expected:
    found = Expected()
    async with store.reading() as tx:
        letters = await letter_search.found(tx, Filter())
    (cause,) = {str(letter.cause) for letter in letters}
    found.cause = cause
    for letter in letters:
        id = int(letter.key)
        if id % REFUSED == 0:
            found.failing.add(letter.name)
        else:
            entity = entity_id((letter.tenant, SPEC.system, "1"), "customer", letter.key)
            found.passing[entity] = "updated" if id % KNOWN == 0 else "created"
    return found


async def _come_back(store: Store, found: Expected, events: list[dict[str, Any]]) -> None:
    """Keep events as messages that the subscriber could not handle."""
    found.messages = cause_of(QUEUE, "Unknown", None, "It was down.")
    found.told = {event["id"] for event in events}
    async with store.transaction() as tx:
        for event in events:
            about = {"event_id": event["id"], "tenant": event["tenant"], "system": SPEC.system}
            message = DeadMessage(
                QUEUE, orjson.dumps(event).decode(), {"entity": "customer"}, event["tenant"], "Unknown", "It was down.",
                found.messages, 5, about,
            )  # fmt: skip
            await messages.keep(tx, message, Flow(store, FakeErp()).clock.now())
