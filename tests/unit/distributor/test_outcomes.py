"""Outcomes of a page's records as text and back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from distributor import outcomes
from distributor.account import Outcome

_OUTCOMES: list[Outcome] = ["mapped", "skipped", "rejected", "held"]
_PAGES = st.dictionaries(st.integers(0, 2_000), st.sampled_from(_OUTCOMES), max_size=60)


@given(_PAGES)
def test_what_is_written_is_read(found: dict[int, Outcome]) -> None:
    assert outcomes.read(outcomes.written(found)) == found


def test_a_page_whose_records_end_alike_is_short() -> None:
    page: dict[int, Outcome] = dict.fromkeys(range(500), "mapped")
    assert outcomes.written({**page, 480: "rejected"}) == "0:m480r1m19"


@given(_PAGES, _PAGES)
def test_later_passes_overrule_earlier_ones(first: dict[int, Outcome], later: dict[int, Outcome]) -> None:
    assert outcomes.latest([outcomes.written(first), outcomes.written(later)]) == {**first, **later}


def test_an_older_row_says_nothing() -> None:
    assert outcomes.latest([None, ""]) == {}
