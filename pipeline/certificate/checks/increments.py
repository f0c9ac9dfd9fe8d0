"""Changes: what is changed is read, whatever the clocks and the stamps do, and what is not is left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors import cursors
from connectors.base import Session
from connectors.testing.notation import Notation, Writes, declared
from connectors.testing.rest_erp import MOST
from pipeline.certificate.bench import Bench, Case
from pipeline.certificate.mirror import Mirror
from pipeline.certificate.verdicts import NotApplicable, check, demand

LATE = timedelta(seconds=10)
"""How late a change may become visible in any ERP: a transaction stamps its records, and ends after that."""

_SKEW = timedelta(minutes=50)
_AGAIN = "Of 2 changes {} were taken as news; an overlap below the API's resolution of time has records read again."


async def _followed(bench: Bench, *happenings: object) -> None:
    """Load, then poll after each happening (a function without arguments); in the end all must be held."""
    mirror = Mirror(bench)
    async with bench.session() as session:
        await mirror.load(session)
        for happening in happenings:
            assert callable(happening)  # noqa: S101 - for the type checker
            happening()
            await mirror.poll(session)
    mirror.agree()


@check("increment-changes")
async def changes(case: Case) -> None:
    """A record that is added or edited after the first load is read by the next poll, and only once."""
    bench = case.bench(2 * MOST)
    mirror = Mirror(bench)
    # Where records do not show when they were changed, those of the overlap cannot be known again.
    tells = case.api.increment is None or case.api.increment.field
    async with bench.session() as session:
        await mirror.load(session)
        for _ in range(2):
            bench.clock.move(minutes=5)
            bench.book.add()
            bench.book.edit(1)
            bench.clock.move(seconds=20)
            news = await mirror.poll(session)
            mirror.agree()
            demand(len(news) == 2 or not tells, _AGAIN.format(len(news)))
        bench.clock.move(minutes=5)
        demand(not await mirror.poll(session) or not tells, "A poll after which nothing changed gave news.")


@check("increment-narrow")
async def narrow(case: Case) -> None:
    """A poll asks for changes only: the API's filter works, and old records are not read again."""
    case.needs_changes()
    bench = case.bench(3 * MOST)
    mirror = Mirror(bench)
    async with bench.session() as session:
        await mirror.load(session)
        bench.clock.move(days=9)
        bench.book.edit(0)
        await mirror.poll(session)
        await mirror.poll(session)
    read = sum(len(answer.records) for answer in mirror.read_last)
    demand(read <= 1, f"A quiet poll read {read} records, of which 1 is recent; the API's filter is not used.")


@check("increment-equal-stamps", alike=True)
async def equal_stamps(case: Case) -> None:
    """Records that share one stamp are all read, over the end of a page, and also those that come to it later."""
    case.needs_changes()
    bench = case.bench(MOST)
    same = bench.clock.now + timedelta(minutes=1)

    def a_batch() -> None:
        bench.clock.move(seconds=62)
        for _ in range(2 * MOST + 2):
            bench.book.add(same)

    await _followed(bench, a_batch, lambda: bench.book.add(same), lambda: bench.book.edit(MOST, same))


@check("increment-boundary")
async def boundary(case: Case) -> None:
    """The first request of a poll covers everything from the cursor's overlap on, in the API's own reading of it."""
    case.needs_changes()
    bench = case.bench(MOST)
    mirror = Mirror(bench)
    increment = bench.stream.increment
    demand(increment, "The connector asks for no changes, which this API tells.")
    async with bench.session() as session:
        await mirror.load(session)
        bench.clock.move(hours=3)
        bench.book.edit(0)
        await mirror.poll(session)
        # At the very instant from which the next poll asks there is one more record, which nobody has seen.
        if mirror.cursor is not None and increment is not None:
            bench.book.add(cursors.since(mirror.cursor, increment.overlap))
        await mirror.poll(session)
    mirror.agree()


@check("increment-late", alike=True)
async def late(case: Case) -> None:
    """A change that becomes visible late, after a newer one was read, is not lost."""
    case.needs_changes()
    bench, hidden = case.bench(MOST), list[int]()

    def first() -> None:
        bench.clock.move(minutes=5)
        hidden.append(bench.book.add(bench.clock.now - LATE, hidden=True))
        bench.book.edit(0)

    await _followed(bench, first, lambda: bench.book.reveal(hidden[0]))


@check("increment-skew", alike=True)
async def skew(case: Case) -> None:
    """Nothing is lost where the ERP's clock is ahead of ours, or behind it."""
    case.needs_changes()
    for by in (_SKEW, -_SKEW):
        bench = case.bench()
        bench.clock.ahead = by
        bench.book.fill(MOST)

        def change(bench: Bench = bench) -> None:
            bench.clock.move(minutes=5)
            bench.book.edit(1)
            bench.book.add()

        await _followed(bench, change, change, change)


@check("increment-wrong-clock", alike=True)
async def wrong_clock(case: Case) -> None:
    """One record from the far future does not hide the changes that follow."""
    case.needs_changes()
    bench = case.bench(MOST)

    def from_the_future() -> None:
        bench.clock.move(minutes=5)
        bench.book.add(bench.clock.now + timedelta(days=900))

    def change() -> None:
        bench.clock.move(minutes=5)
        bench.book.edit(1)

    await _followed(bench, from_the_future, change, change)


@check("increment-zone")
async def zone(case: Case) -> None:
    """The stamps that the connector tells are the instants that the ERP means, in winter and in summer."""
    case.needs_changes()
    if case.api.increment is None or not case.api.increment.field:
        raise NotApplicable("the records do not show when they were changed")
    for now in (datetime(2026, 1, 20, 11, 5, 7, tzinfo=UTC), datetime(2026, 7, 20, 11, 5, 7, tzinfo=UTC)):
        bench = case.bench()
        bench.clock.now = now
        bench.book.fill(2)
        async with bench.session() as session:
            await _tells(bench, session)


async def _tells(bench: Bench, session: Session) -> None:
    mirror = Mirror(bench)
    await mirror.load(session)
    bench.clock.move(minutes=30)
    bench.book.edit(0)
    bench.clock.move(seconds=90)
    await mirror.poll(session)
    told = {stamp for answer in mirror.read_last for stamp in answer.stamps}
    meant = bench.book.row(0).stamp
    demand(meant in told, f"A record changed at {meant.isoformat()} is told as {_listed(told)}.")


def _listed(stamps: set[datetime | None]) -> str:
    return ", ".join(sorted(stamp.isoformat() if stamp else "nothing" for stamp in stamps)) or "nothing"


@check("increment-dst", alike=True)
async def dst(case: Case) -> None:
    """Nothing is lost in the hour that a clock on the wall shows twice, nor at the one that it leaves out."""
    case.needs_changes()
    bench = case.bench()
    stamps, increment = bench.book.stamps, case.api.increment
    asked = declared(increment.format, bench.book.zone) if increment else None
    if not _knows_summer(stamps) and not _knows_summer(asked):
        raise NotApplicable("the API's stamps say their zone, or are in UTC")
    for switch in (datetime(2026, 10, 25, 1, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)):
        bench = case.bench()
        bench.clock.now = switch - timedelta(minutes=62)
        bench.book.fill(MOST)

        def change(bench: Bench = bench) -> None:
            bench.clock.move(minutes=16)
            bench.book.add()
            bench.book.edit(1)

        await _followed(bench, *[change] * 9)


def _knows_summer(notation: Writes | None) -> bool:
    if not isinstance(notation, Notation) or not notation.naive or notation.form in ("unix", "unix-ms", "http"):
        return False
    return _summer(notation.zone)


def _summer(zone: ZoneInfo) -> bool:
    winter, july = datetime(2026, 1, 1, tzinfo=zone), datetime(2026, 7, 1, tzinfo=zone)
    return winter.utcoffset() != july.utcoffset()


CHECKS = (changes, narrow, equal_stamps, boundary, late, skew, wrong_clock, zone, dst)
