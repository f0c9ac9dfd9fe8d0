"""Projects, their tasks, and the hours on them."""

from __future__ import annotations

import datetime

from pipeline.local.tryton.inside import words
from pipeline.local.tryton.inside.company import FIRST_DAY, Books
from pipeline.local.tryton.inside.parties import Partner
from pipeline.local.tryton.inside.session import Row, Session
from pipeline.local.tryton.sizes import Sizes

DONE_EVERY = 8
SUB_PROJECT_EVERY = 6
QUARTERS = (8, 12, 16, 20, 24, 26, 28, 30, 30, 30, 32, 36)  # of an hour


def create(session: Session, books: Books, customers: list[Partner], sizes: Sizes) -> list[int]:
    """Make projects (every sixth below the one before it) with tasks; returns the timesheet works of the open ones."""
    status = dict(zip(("open", "done"), session.ids("project.work.status", []), strict=True))
    heads = [index for index in range(sizes.projects) if not _is_sub(index)]
    rows = {index: _project(session, index, books, customers, status) for index in range(sizes.projects)}
    ids = dict(zip(heads, session.create("project.work", [rows[index] for index in heads]), strict=True))
    subs = [index for index in range(sizes.projects) if _is_sub(index)]
    sub_rows = [{**rows[index], "parent": ids[index - 1]} for index in subs]
    ids.update(zip(subs, session.create("project.work", sub_rows), strict=True))
    tasks = [
        _task(session, ids[index], number, _shared(session, index, books, status))
        for index in range(sizes.projects)
        for number in range(sizes.tasks_per_project)
    ]
    session.create("project.work", tasks)
    return session.ids("timesheet.work", [("origin.status", "=", status["open"], "project.work")])


def create_time(session: Session, books: Books, employees: list[int], works: list[int], count: int) -> None:
    """Make timesheet lines: everyone's working days in turn, one or more lines a day, sorted by day."""
    rows: list[Row] = []
    day = FIRST_DAY
    while len(rows) < count:
        if day.weekday() < 5:
            rows.extend(_lines_of_day(session, books, employees, works, day))
        day += datetime.timedelta(days=1)
        if day.year > FIRST_DAY.year:  # more lines than a year of single ones: fill the days again
            day = FIRST_DAY
    rows = sorted(rows[:count], key=lambda row: row["date"])
    session.create("timesheet.line", rows, 250)


def _is_sub(index: int) -> bool:
    return index % SUB_PROJECT_EVERY == SUB_PROJECT_EVERY - 1


def _done(index: int) -> bool:
    """A finished project has no project below it."""
    return index % DONE_EVERY == DONE_EVERY - 1 and not _is_sub(index + 1)


def _project(session: Session, index: int, books: Books, customers: list[Partner], status: dict[str, int]) -> Row:
    customer = session.random.choice(customers)
    _, city, _ = words.PLACES[index % len(words.PLACES)]
    site = words.SITES[index % len(words.SITES)]
    work = words.WORKS[index // len(words.SITES) % len(words.WORKS)]
    return {
        "name": f"{site} {city}, {work}",
        "type": "project",
        "party": customer.id,
        "party_address": customer.address,
        "comment": f"Contract {2025_000 + index}" if index % 3 == 0 else None,
        **_shared(session, index, books, status),
    }


def _shared(session: Session, index: int, books: Books, status: dict[str, int]) -> Row:
    """What a project and its tasks have in common: Tryton asks that a finished project has finished tasks only."""
    done = _done(index)
    return {
        "company": books.company,
        "timesheet_available": True,
        "status": status["done" if done else "open"],
        "progress": 1.0 if done else session.random.randrange(0, 18) / 20,
    }


def _task(session: Session, project: int, number: int, shared: Row) -> Row:
    name = words.TASKS[number % len(words.TASKS)]
    return {
        "name": name if number < len(words.TASKS) else f"{name} {number // len(words.TASKS) + 1}",
        "type": "task",
        "parent": project,
        "sequence": (number + 1) * 10,
        "timesheet_start_date": FIRST_DAY,
        "effort_duration": datetime.timedelta(hours=session.random.randrange(20, 400, 10)),
        **shared,
    }


def _lines_of_day(
    session: Session, books: Books, employees: list[int], works: list[int], day: datetime.date
) -> list[Row]:
    return [
        {
            "company": books.company,
            "employee": employee,
            "date": day,
            "work": session.random.choice(works),
            "duration": datetime.timedelta(minutes=15 * session.random.choice(QUARTERS)),
            "description": "Rain, indoor work" if session.random.random() < 0.1 else None,
        }
        for employee in employees
        if session.random.random() < 0.8
    ]
