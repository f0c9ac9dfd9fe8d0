"""Increments lose nothing and repeat nothing, whatever the ERP's stamps do within the overlap."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.cursors import EPOCH, MOST_SEEN, Cursor, advance, fresh, settle, since, start

OVERLAP = timedelta(seconds=60)
T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def read(cursor, rows):
    """(records that are fresh, cursor after) of rows (key, second, content)."""
    records = [{"id": key, "content": content} for key, _, content in rows]
    keys = [key for key, _, _ in rows]
    stamps = [at(second) for _, second, _ in rows]
    positions = fresh(cursor, records, keys, stamps)
    return [rows[position] for position in positions], advance(cursor, records, keys, stamps, OVERLAP)


def test_an_empty_stream_is_asked_from_the_beginning():
    assert since(start(None), OVERLAP) == EPOCH


def test_the_first_increment_reaches_back_before_the_first_load():
    assert since(start(T0), OVERLAP) == at(-60)


def test_a_poll_without_a_change_gives_nothing():
    rows = [("1", 0, "a"), ("2", 0, "b"), ("3", 5, "c")]
    got, cursor = read(start(None), rows)
    assert got == rows
    again, after = read(cursor, rows)
    assert again == []
    assert after == cursor


def test_a_stamp_that_becomes_visible_late_is_read():
    _, cursor = read(start(None), [("1", 50, "a")])
    late, cursor = read(cursor, [("2", 10, "b"), ("1", 50, "a")])
    assert late == [("2", 10, "b")]
    assert cursor.newest == at(50)


def test_a_second_edit_within_the_same_stamp_is_read():
    _, cursor = read(start(None), [("1", 0, "a")])
    assert read(cursor, [("1", 0, "b")])[0] == [("1", 0, "b")]


def test_a_record_given_twice_in_one_page_is_taken_once():
    assert read(start(None), [("1", 0, "a"), ("1", 0, "a")])[0] == [("1", 0, "a")]


def test_records_without_stamp_or_key_are_always_read_and_move_nothing():
    records = [{"id": 1}, {"id": None}]
    assert fresh(Cursor(), records, ["1", None], [None, T0]) == [0, 1]
    assert advance(Cursor(), records, ["1", None], [None, T0], OVERLAP) == Cursor()


def test_a_stamp_from_the_far_future_does_not_move_the_cursor():
    records = [{"id": 1}, {"id": 2}]
    cursor = advance(Cursor(), records, ["1", "2"], [T0, at(9e6)], OVERLAP, at(3600))
    assert cursor.newest == T0
    assert fresh(cursor, records, ["1", "2"], [T0, at(9e6)]) == []


def test_what_left_the_overlap_is_forgotten():
    _, cursor = read(start(None), [("1", 0, "a"), ("2", 61, "b")])
    assert list(cursor.seen) == [at(61)]


def test_the_memory_is_bounded_and_the_newest_are_kept():
    rows = [(str(number), number % 3, "x") for number in range(MOST_SEEN + 500)]
    _, cursor = read(start(None), rows)
    assert sum(map(len, cursor.seen.values())) == MOST_SEEN
    assert at(2) in cursor.seen
    assert read(cursor, [("2", 2, "x")])[0] == []


def test_a_quiet_stream_stops_reading_the_overlap_again():
    _, cursor = read(start(None), [("1", 0, "a"), ("2", 30, "b")])
    assert settle(cursor, OVERLAP, at(3000)) == cursor
    settled = settle(cursor, OVERLAP, at(30 + 3600 + 61))
    assert since(settled, OVERLAP) == at(30)
    assert read(settled, [("2", 30, "b")])[0] == []
    _, moved = read(settled, [("3", 40, "c")])
    assert since(moved, OVERLAP) == at(30)
    _, moved = read(moved, [("4", 500, "d")])
    assert since(moved, OVERLAP) == at(440)


def test_stamps_are_kept_in_utc():
    oslo = datetime.fromisoformat("2026-11-23T13:00:00+01:00")
    assert start(oslo).newest == T0
    cursor = advance(Cursor(), [{}], ["1"], [oslo], OVERLAP)
    assert fresh(cursor, [{}], ["1"], [T0]) == []


def test_lists_of_unequal_length_are_a_bug_and_say_so():
    with pytest.raises(ValueError, match="zip"):
        fresh(Cursor(), [{}], [], [])


ROWS = st.lists(st.tuples(st.sampled_from("abcdefg"), st.integers(0, 90), st.integers(0, 2)), max_size=30)


@given(ROWS)
def test_a_cursor_survives_its_stored_form(rows):
    cursor = settle(read(start(T0), rows)[1], OVERLAP, at(9000))
    assert Cursor.from_json(orjson.loads(orjson.dumps(cursor.to_json()))) == cursor


WRITE = st.tuples(
    st.sampled_from("abcdefgh"),  # the record
    st.integers(0, 20),  # seconds that pass before the write; 0 gives equal stamps
    st.integers(0, 59),  # seconds until it becomes visible
    st.booleans(),  # a poll follows, after which the clock runs on by up to a minute
    st.booleans(),  # and the stream settles, if it was quiet for long enough
)


@given(st.lists(WRITE, max_size=60), st.sampled_from([1, 10]), st.integers(1, 5))
def test_nothing_is_lost_and_nothing_repeated(writes, coarseness, page):
    """Writes with equal, coarse and late stamps: the last state of every record is read, and no state twice."""
    history, got, clock, cursor = [], [], 0, start(None)
    for number, (key, pause, delay, polls, settles) in enumerate(writes):
        clock += pause * (500 if settles else 1)
        history.append((clock // coarseness * coarseness, clock + delay, key, number))
        if polls:
            got, cursor = _poll(history, clock, cursor, (page, got))
            cursor = settle(cursor, OVERLAP + timedelta(seconds=coarseness), at(clock))
    got, cursor = _poll(history, clock + 60, cursor, (page, got))
    assert {key: number for _, _, key, number in history} == _last(history, got)
    assert len(got) == len(set(got))
    assert _poll(history, clock + 60, cursor, (page, got))[0] == got


def _last(history, got):
    """Of what was got, the state of each record as the ERP's last writer left it."""
    order = {number: position for position, (_, _, _, number) in enumerate(history)}
    return dict(sorted(got, key=lambda item: order[item[1]]))


def _poll(history, clock, cursor, state):
    page, got = state
    lower = since(cursor, OVERLAP + timedelta(seconds=10))
    visible = {}
    for stamp, shown, key, number in history:
        if shown <= clock:
            visible[key] = (stamp, key, number) if number > visible.get(key, (0, 0, -1))[2] else visible[key]
    rows = sorted(row for row in visible.values() if at(row[0]) >= lower)
    for first in range(0, len(rows), page):
        part = rows[first : first + page]
        records = [{"id": key, "n": number} for _, key, number in part]
        keys, stamps = [key for _, key, _ in part], [at(stamp) for stamp, _, _ in part]
        got = got + [(part[i][1], part[i][2]) for i in fresh(cursor, records, keys, stamps)]
        cursor = advance(cursor, records, keys, stamps, OVERLAP + timedelta(seconds=10))
    return got, cursor
