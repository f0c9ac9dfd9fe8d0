"""What an operator writes becomes a filter; what nobody knows is told with what there is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.deadletters.narrowing import narrowed
from pipeline.store.letter_search import Filter
from schemas.errors import ConfigError
from tests.support.fake_erp import FakeErp

REGISTRY = FakeErp().registry()


def test_everything_that_narrows_is_understood() -> None:
    given = [
        "tenant=north",
        "share=2/3",
        "stream=a",
        "stream=b",
        "since=2026-11-01",
        "until=2026-11-02T10:00+01:00",
        "letter=1:x=y",
    ]
    assert narrowed("c0", given, REGISTRY) == Filter(
        cause="c0",
        tenant="north",
        streams=("a", "b"),
        since=datetime(2026, 11, 1, tzinfo=UTC),
        until=datetime(2026, 11, 2, 9, tzinfo=UTC),
        names=("1:x=y",),
        share=(2, 3),
    )


def test_an_entity_is_the_streams_that_give_it() -> None:
    assert narrowed(None, ["entity=contact"], REGISTRY).streams == ("customers",)


@pytest.mark.parametrize(
    "given",
    [
        "tenant",
        "share=x/2",
        "share=0/2",
        "=x",
        "tenant=",
        "color=red",
        "since=yesterday",
        "entity=nothing",
        "entity=supplier",
        "share=3/2",
    ],
)
def test_what_nobody_knows_is_told(given: str) -> None:
    with pytest.raises(ConfigError) as told:
        narrowed(None, [given], REGISTRY)
    assert str(told.value).endswith(".")


def test_a_filter_is_kept_as_json_and_read_again() -> None:
    found = narrowed("c0", ["tenant=north", "stream=a", "since=2026-11-01", "letter=1:x"], REGISTRY)
    assert Filter.from_json(found.as_json()) == found
    assert Filter.from_json(Filter().as_json()) == Filter()
