"""Known faults of the desk, re-introduced one at a time; see ``faults``. Only seeds with a desk can show them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from unittest.mock import patch

from sqlalchemy import update

from distributor.letters import Letters
from distributor.rows import Decision
from distributor.turns import Written
from pipeline.deadletters import rerunning
from pipeline.deadletters.rerunning import Rerun
from pipeline.passes.deciding import Passing
from pipeline.stages import deciding
from pipeline.store import accounts, letter_search, messages, outbox, replays
from pipeline.store.tables import replays as replay_table
from schemas.version import Version
from tests.support.simulation.faults import Patch

DESK_FAULTS: dict[str, Callable[[], Patch]] = {}


def fault(name: str) -> Callable[[Callable[[], Patch]], Callable[[], Patch]]:
    def keep(make: Callable[[], Patch]) -> Callable[[], Patch]:
        DESK_FAULTS[name] = make
        return make

    return keep


@fault("replay-of-an-older-read")
def _replay_of_an_older_read() -> Patch:
    """A letter goes on pointing to the read that opened it, although a newer one was rejected, too."""
    reject = Letters.reject

    def once(self: Letters, result: Any, version: Version, row: Any) -> None:
        letter = self._of(result.key, version)
        if letter is None or letter.state != "open":
            reject(self, result, version, row)

    return patch.object(Letters, "reject", once)


@fault("letters-not-looked-at-again")
def _letters_not_looked_at_again() -> Patch:
    """It is not looked at whether the letters stand as they were found."""

    async def standing(tx: Any, some: Sequence[Any], replay: int) -> list[Any]:
        return list(some)

    return patch.object(letter_search, "standing", standing)


@fault("pass-number-not-drawn")
def _pass_number_not_drawn() -> Patch:
    """Every pass is the first one, so that its events have the keys of the one before."""

    async def passes(tx: Any, pages: Any) -> dict[Any, int]:
        return dict.fromkeys(pages, 1)

    return patch.object(accounts, "passes", passes)


@fault("replay-publishes-before-commit")
def _replay_publishes_before_commit() -> Patch:
    write = Rerun._write

    async def published(self: Rerun, tx: Any, ready: Any, replay: int) -> Any:
        ended, claimed = await write(self, tx, ready, replay)
        for one in claimed:
            await self._publisher._topic(one.event.topic, [one])
        return ended, claimed

    return patch.object(Rerun, "_write", published)


@fault("messages-not-taken-back")
def _messages_not_taken_back() -> Patch:
    async def nothing(tx: Any, *_: Any) -> None:
        return

    return patch.multiple(messages, take_back=nothing, take_back_all=nothing)


@fault("tally-after-commit")
def _tally_after_commit() -> Patch:
    run = Rerun.run

    async def apart(self: Rerun, letters: Sequence[Any], replay: int, counted: Any) -> Any:
        async def nothing(tx: Any, ended: Any) -> None:
            return

        ended = await run(self, letters, replay, nothing)
        if ended:
            async with self._store.transaction() as tx:
                await counted(tx, ended)
        return ended

    return patch.object(Rerun, "run", apart)


@fault("replay-without-claim")
def _replay_without_claim() -> Patch:
    async def claim(tx: Any, number: int, who: str, now: Any, until: Any) -> bool:
        mine = (replay_table.c.id == number) & (replay_table.c.state == "running")
        return bool((await tx.execute(update(replay_table).where(mine).values(claim=who, claim_until=until))).rowcount)

    return patch.object(replays, "claim", claim)


@fault("late-note-of-a-replay")
def _late_note_of_a_replay() -> Patch:
    """Who froze, or whose replay was paused or taken over, goes on when it wakes."""

    async def note(tx: Any, number: int, who: str, until: Any, **values: Any) -> None:
        await tx.execute(update(replay_table).where(replay_table.c.id == number).values(**values))

    return patch.object(replays, "note", note)


@fault("replay-without-lock")
def _replay_without_lock() -> Patch:
    """What the letters change is decided in one transaction, and written in another one."""

    async def run(self: Rerun, letters: Sequence[Any], replay: int, counted: Any) -> Any:
        ready = await self._prepare(letters)
        async with self._store.reading() as tx:
            stands = await letter_search.standing(tx, letters, replay)
            alone = len(stands) == len(letters) and await rerunning._no_pass_since(tx, ready)
            passings = await rerunning.decide(tx, rerunning._turns(ready), self._clock.now())
        if not alone:
            return {} if not stands else await run(self, stands, replay, counted)
        async with self._store.transaction() as tx:
            claimed = await _written(self, tx, passings)
            await letter_search.tried(tx, letters, replay)
            await counted(tx, ended := rerunning._endings(letters, passings))
        await self._publisher.publish(claimed)
        return ended

    return patch.object(Rerun, "run", run)


async def _written(rerun: Rerun, tx: Any, passings: list[Passing]) -> Any:
    now, publisher = rerun._clock.now(), rerun._publisher
    await rerunning.write(tx, passings, now)
    told = [one for passing in passings for one in await rerunning.events(tx, passing, now, rejects=False)]
    return await outbox.add(tx, told, publisher.claim, now, now + publisher.grace)


@fault("unchanged-written-last")
def _unchanged_written_last() -> Patch:
    """Rows are not brought together: what only moves on in an older page comes after what changed in a newer one."""

    def apart(decisions: Sequence[Decision]) -> Written:
        return Written(
            tuple(write for one in decisions for write in one.records),
            tuple(write for one in decisions for write in one.entities),
            tuple(letter for one in decisions for letter in one.closed),
        )

    return patch.object(deciding, "together", apart)
