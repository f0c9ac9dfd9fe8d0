"""No record makes a page fail, whatever it holds."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.mapping import Choice, Convert, EntityMapping, FollowUpRule, Items, MappingContext, Ref, StreamMapping
from schemas.pages import DomainPage, Record
from tests.support.pages import READ_AT, SCOPE, raw_page
from transformer.overrides import FieldRule
from transformer.transform import compile_stream, transform

CONTEXT = MappingContext(SCOPE[0], "acme-testerp", SCOPE[1], SCOPE[2], READ_AT)
MAPPING = StreamMapping(
    entities=(
        EntityMapping(
            "customer",
            {
                "number": "a",
                "name": Convert("a", lambda value: value.strip()),
                "invoice_channel": Choice("c", {"a": "email"}),
                "department": Ref("department", "c.a"),
                "addresses": Items("b", {"city": "a", "lines": "b"}),
                "custom": "c",
            },
            when=lambda record, context: record["a"] != 0,
        ),
        EntityMapping("activity", {"name": "a"}, each="b", key="_parent.a"),
    ),
    follow_ups=(FollowUpRule("parties", "c"),),
)
RULE = FieldRule(entity="customer", field="custom.a", path="b[0]")
PLAN = compile_stream(("id",), MAPPING, [RULE], stream="customers")

TEXTS = st.sampled_from(["", "a", " b ", "\x00", "\ud800", "é", "x" * 500])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**18, 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
NAMES = st.sampled_from(["a", "b", "c", "\x00", "\ud800"])
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))
RECORDS = st.dictionaries(st.sampled_from(["id", "a", "b", "c"]), VALUES)


@given(st.lists(RECORDS, max_size=6))
@settings(max_examples=150, deadline=None)
def test_every_record_has_one_result_and_the_page_can_be_sent(records: list[Record]) -> None:
    page = transform(PLAN, raw_page(*records), CONTEXT)
    assert [result.index for result in page.results] == list(range(len(records)))
    for result in page.results:
        assert (result.status == "rejected") is (result.reject is not None)
        assert (result.status == "mapped") is bool(result.entities)
        assert result.key is not None or result.status == "rejected"
    sent: Any = orjson.loads(page.model_dump_json())
    assert DomainPage.model_validate(sent) == page


GOOD: Record = {"id": "good", "a": "1", "b": [{"a": "Oslo", "b": ["x"]}], "c": {"a": 1}}
SIMPLE = compile_stream(("id",), StreamMapping(MAPPING.entities[:1]), stream="customers")


@given(st.lists(RECORDS, min_size=1, max_size=3))
@settings(max_examples=50, deadline=None)
def test_a_record_has_the_same_result_whatever_comes_with_it(others: list[Record]) -> None:
    alone = transform(SIMPLE, raw_page(GOOD), CONTEXT)
    among = transform(SIMPLE, raw_page(GOOD, *others), CONTEXT)
    assert alone.results[0].status == "mapped"
    assert among.results[0] == alone.results[0]
