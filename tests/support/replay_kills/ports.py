"""What a process that replays tells of its steps, and proves of what it had in hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.broker.ports import Failed, Message
from pipeline.deadletters.rerunning import Rerun
from pipeline.deadletters.sending import Sending
from pipeline.passes.again import Again
from pipeline.store import accounts, messages, replays
from tests.support.kills.ports import Events, ToldBroker, after, decided, listen_to_outbox, note
from tests.support.kills.steps import Steps

STEPS = {
    "replayer": (
        "beginning", "begun", "holding", "held", "found", "mapped", "deciding", "decided", "told", "sending", "sent",
        "taking", "taken", "handed", "settling", "settled", "ending", "ended",
    )
}  # fmt: skip
"""``found``: a portion of letters or messages is in hand; ``told`` and ``handed``: the broker took events or messages.
Those in -ing are just before a commit, the next one is just after it."""


class SendingBroker(ToldBroker):
    """Tells of messages that were sent back, too."""

    async def send(self, queue: str, messages: Sequence[Message]) -> list[Failed]:
        failed = await self._broker.send(queue, messages)
        self._steps.step("handed", page=queue, messages=len(messages))
        return failed


def listen(steps: Steps, events: Events) -> None:
    """Tell of all steps of this process from now on."""
    after(accounts, "add", decided)
    listen_to_outbox(events)
    after(replays, "add", lambda tx, number, *_: note(tx, "begun", page=f"replay {number}"))
    after(replays, "claim", _held)
    after(replays, "note", _ended)
    after(messages, "start", lambda tx, mine, *_: mine and note(tx, "taken", page=mine[-1].name, messages=len(mine)))
    after(messages, "settle", lambda tx, _, ids, *__: ids and note(tx, "settled", page=f"message:{ids[-1]}"))
    for runner in (Rerun, Sending):
        runner.run = _told(runner.run, steps)  # type: ignore[method-assign]
    Again.mapped = _mapped(Again.mapped, steps)  # type: ignore[method-assign]


def _held(tx: AsyncConnection, held: bool, number: int, *_: Any) -> None:
    if held:
        note(tx, "held", page=f"replay {number}")


def _ended(tx: AsyncConnection, _: None, number: int, *__: Any, **values: Any) -> None:
    if "state" in values:
        note(tx, "ended", page=f"replay {number}")


def _told(run: Callable[..., Awaitable[Any]], steps: Steps) -> Any:
    async def told(self: Any, letters: Sequence[Any], replay: int, counted: Any) -> Any:
        hand = f"replay {replay}, {letters[0].name} and {len(letters) - 1} more"
        steps.step("found", page=hand)
        ended = await run(self, letters, replay, counted)
        steps.step("done", page=hand)
        return ended

    return told


def _mapped(mapped: Callable[..., Awaitable[Any]], steps: Steps) -> Any:
    async def told(self: Any, wanted: Any, origin: Any) -> Any:
        page = await mapped(self, wanted, origin)
        steps.step("mapped", page=f"{wanted.page.head.run}/{wanted.page.head.number}", letters=len(wanted.positions))
        return page

    return told
