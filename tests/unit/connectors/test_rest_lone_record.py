"""Streams whose answer is one record itself: the company, its settings."""

import pytest
from pydantic import ValidationError

from connectors.http import Response
from connectors.pagination import NoPages
from connectors.rest_answers import list_at
from connectors.rest_spec import RestApi, RestStream
from connectors.spec import ConnectorSpec, StreamSpec
from schemas.errors import Drifted

COMPANY = StreamSpec(name="company", resource="settings", key=("Id",), rest=RestStream(pages=NoPages()))


def test_an_object_with_the_key_is_the_only_record():
    assert list_at(Response(200, {}, {"Id": 1}), "", COMPANY) == [{"Id": 1}]
    assert list_at(Response(200, {}, {"value": {"Id": 1}}), "value", COMPANY) == [{"Id": 1}]


@pytest.mark.parametrize(
    ("stream", "document"),
    [
        (COMPANY, {"error": "no such thing"}),
        (COMPANY.model_copy(update={"rest": RestStream()}), {"Id": 1}),
    ],
)
def test_an_object_is_no_record_without_the_key_or_where_pages_are_expected(stream, document):
    with pytest.raises(Drifted, match="no list of records"):
        list_at(Response(200, {}, document), "", stream)


def test_only_what_is_asked_beside_a_lone_record_needs_no_key():
    beside = {"per_record": [{"path": "locks", "into": "locks"}]}
    lone = StreamSpec(name="company", resource="settings", rest=RestStream(pages=NoPages(), **beside))
    assert ConnectorSpec(system="acme", title="Acme", rest=RestApi(base_url="https://a.example"), streams=(lone,))
    many = StreamSpec(name="company", resource="settings", rest=RestStream(**beside))
    with pytest.raises(ValidationError, match="names no key"):
        ConnectorSpec(system="acme", title="Acme", rest=RestApi(base_url="https://a.example"), streams=(many,))
