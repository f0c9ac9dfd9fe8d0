"""Long lists: every record is read, whatever the last page holds and whatever moves meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from connectors.base import Mode
from connectors.testing.rest_erp import MOST
from pipeline.certificate.bench import Bench, Case
from pipeline.certificate.mirror import Mirror
from pipeline.certificate.verdicts import NotApplicable, check, demand


async def _loaded(bench: Bench) -> Mirror:
    mirror = Mirror(bench)
    async with bench.session() as session:
        await mirror.load(session)
    return mirror


@check("paging-empty", alike=True)
async def empty(case: Case) -> None:
    """A list without records is read as such, in the way in which the API says it."""
    mirror = await _loaded(case.bench())
    demand(not mirror.records, "Records were read of an empty list.")
    demand(not mirror.keyless, "Records were read of an empty list.")


@check("paging-all")
async def everything(case: Case) -> None:
    """Every record of a list of several pages is read once."""
    for many in (1, MOST + 1, 3 * MOST - 1):
        mirror = await _loaded(case.bench(many))
        mirror.agree()
        read = sum(len(answer.records) for answer in mirror.read_last)
        demand(read == many, f"Of {many} records {read} were read in a quiet list.")


@check("paging-exact")
async def exactly_full(case: Case) -> None:
    """A list whose last page is exactly full is read to its end."""
    for pages in (1, 3):
        (await _loaded(case.bench(pages * MOST))).agree()


@check("paging-overlap", alike=True)
async def overlap(case: Case) -> None:
    """Records that are added while a list is read hide none of the others, and are read by the next poll."""
    bench = case.bench(3 * MOST)
    _at(bench, 2, bench.book.add)
    await _agrees_later(bench)


@check("paging-shrink", alike=True)
async def shrink(case: Case) -> None:
    """A record that goes while a list is read hides no other beyond the next full look."""
    if case.api.deletes == "none":
        raise NotApplicable("the API never lets a record of this stream go")
    bench = case.bench(3 * MOST)
    _at(bench, 2, lambda: bench.book.delete(0))
    await _agrees_later(bench)


@check("paging-moving", alike=True)
async def moving(case: Case) -> None:
    """A record that is edited while changes are read hides no other one, though it moves to the end of the list."""
    case.needs_changes()
    bench = case.bench(MOST)
    mirror = await _loaded(bench)
    bench.clock.move(hours=5)
    numbers = bench.book.fill(3 * MOST)
    bench.clock.move(seconds=30)
    _at(bench, 2, lambda: bench.book.edit(numbers[0]))
    async with bench.session() as session:
        for _ in range(3):
            await mirror.poll(session)
            bench.clock.move(minutes=5)
    mirror.agree()


@check("paging-repeatable", alike=True)
async def repeatable(case: Case) -> None:
    """The same request asked twice gives the same page."""
    bench = case.bench(2 * MOST + 1)
    mirror = Mirror(bench)
    async with bench.session() as session:
        position = None
        async for answer in mirror.pages(session, Mode.BACKFILL):
            again = await anext(Mirror(bench).pages(session, Mode.BACKFILL, position=position))
            demand(
                Counter(map(repr, answer.records)) == Counter(map(repr, again.records)), "A page asked again differs."
            )
            position = answer.position


def _at(bench: Bench, request: int, what: Callable[[], object]) -> None:
    """Let something happen before a request, counted from now, once."""
    goal, done = len(bench.server.asked) + request, list[bool]()

    def before(number: int) -> None:
        if number >= goal and not done:
            done.append(True)
            what()

    bench.server.before = before


async def _agrees_later(bench: Bench) -> None:
    mirror = await _loaded(bench)
    async with bench.session() as session:
        bench.clock.move(minutes=10)
        await mirror.poll(session)
        await mirror.look(session)
    mirror.agree()


CHECKS = (empty, everything, exactly_full, overlap, shrink, moving, repeatable)
