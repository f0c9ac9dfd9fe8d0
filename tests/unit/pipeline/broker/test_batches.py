from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.broker.batches import failed_entries, send_all
from pipeline.broker.limits import BATCH_BYTES, BATCH_ENTRIES, batches, hidden_for, printable, size_of
from pipeline.broker.ports import Failed, Message
from schemas.errors import ConfigError, RateLimited

SIZES = st.lists(st.integers(min_value=1, max_value=256 * 1024), max_size=60)


@given(SIZES)
def test_batches_keep_every_message_in_order_and_within_the_limits(sizes: list[int]) -> None:
    messages = [Message("x" * size) for size in sizes]
    made = list(batches(messages))
    assert [message for _, batch in made for message in batch] == messages
    assert [start for start, _ in made] == [sum(len(b) for _, b in made[:i]) for i in range(len(made))]
    for _, batch in made:
        assert 1 <= len(batch) <= BATCH_ENTRIES
        assert sum(map(size_of, batch)) <= BATCH_BYTES


@given(SIZES)
def test_no_two_neighbouring_batches_would_fit_into_one(sizes: list[int]) -> None:
    made = [batch for _, batch in batches([Message("x" * size) for size in sizes])]
    for one, following in pairwise(made):
        full = len(one) == BATCH_ENTRIES
        assert full or sum(map(size_of, one)) + size_of(following[0]) > BATCH_BYTES


def test_the_size_counts_bytes_and_attributes_with_their_type() -> None:
    assert size_of(Message("ø", {"ab": "å"})) == 2 + 2 + len("String") + 2


async def test_failed_entries_are_reported_by_their_position_among_all_messages() -> None:
    async def send(batch: Sequence[Message]) -> list[Failed]:
        return [Failed(i, "no") for i, message in enumerate(batch) if message.body == "bad"]

    messages = [Message("bad" if number in (0, 9, 10, 24) else "good") for number in range(25)]
    assert await send_all(messages, "topic x", send) == [Failed(i, "no") for i in (0, 9, 10, 24)]


async def test_after_a_call_that_failed_no_further_wave_is_sent() -> None:
    calls = 0

    async def send(_: Sequence[Message]) -> list[Failed]:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise RateLimited("slower")
        return []

    with pytest.raises(RateLimited):
        await send_all([Message("x")] * 1000, "topic x", send)
    assert calls == 8


async def test_one_message_too_big_stops_all_before_anything_is_sent() -> None:
    async def send(_: Sequence[Message]) -> list[Failed]:
        raise AssertionError("nothing may be sent")

    with pytest.raises(ConfigError, match="topic x"):
        await send_all([Message("x"), Message("y" * 300_000)], "topic x", send)


def test_a_batch_answer_gives_code_and_reason_by_position() -> None:
    answer = {"Failed": [{"Id": "3", "Code": "InternalError", "Message": "try later", "SenderFault": False}]}
    assert failed_entries(answer) == [Failed(3, "InternalError: try later")]
    assert failed_entries({"Successful": []}) == []


@pytest.mark.parametrize(("seconds", "hidden"), [(0, 0), (-5, 0), (0.2, 1), (30, 30), (10**6, 11 * 3600)])
def test_hiding_takes_whole_seconds_and_has_a_longest_time(seconds: float, hidden: int) -> None:
    assert hidden_for(seconds) == hidden


def test_a_reason_becomes_what_an_attribute_takes() -> None:
    assert printable("bad\x00\ud800 thing\n", 100) == "bad   thing"
    assert printable("\x00", 100) == "no reason given"
    assert printable("x" * 50, 10) == "x" * 10
