"""The REST engine drops what a spec does not name: some APIs give more of people than anybody asked for."""

import pytest
from pydantic import ValidationError

from connectors.base import Mode
from connectors.increment import Increment
from connectors.rest_spec import PerRecord, RestApi, RestStream
from connectors.spec import ConnectorSpec, SettingSpec, StreamSpec
from tests.support.rest_api import Api, read

PERSON = {"id": 7, "name": "Test En", "wage": 45_000, "account": "0000"}


def spec(**stream):
    one = StreamSpec(**{"name": "people", "resource": "/people", **stream})
    settings = (SettingSpec(name="base_url", description="."),)
    return ConnectorSpec(system="x", title="X", settings=settings, streams=(one,), rest=RestApi())


@pytest.mark.parametrize("mode", [Mode.BACKFILL, Mode.SCAN, Mode.KEYS])
async def test_only_named_fields_are_kept(mode):
    (answer,) = await read(Api(lambda request: [PERSON]), spec(fields=("id", "name")), mode)
    assert answer.records == [{"id": 7, "name": "Test En"}]


async def test_a_looked_up_record_keeps_no_more():
    api, one = Api(lambda request: PERSON), spec(fields=("id",), lookup_size=1, rest=RestStream(lookup="/people/{key}"))
    (answer,) = await read(api, one, Mode.LOOKUP, keys=("7",))
    assert answer.records == [{"id": 7}]


async def test_what_a_detail_adds_is_kept_where_it_is_named():
    details = RestStream(
        per_record=(PerRecord(path="/people/{key}"), PerRecord(path="/people/{key}/cars", into="cars"))
    )

    answers = {"/v1/people": [{"id": 7}], "/v1/people/7": PERSON, "/v1/people/7/cars": [1]}
    (found,) = await read(
        Api(lambda request: answers[request.url.path]), spec(fields=("id", "wage", "cars"), rest=details)
    )
    assert found.records == [{"id": 7, "wage": 45_000, "cars": [1]}]


async def test_all_are_kept_where_none_is_named():
    (answer,) = await read(Api(lambda request: [PERSON]), spec())
    assert answer.records == [PERSON]


@pytest.mark.parametrize(
    "stream",
    [
        {"fields": ("name",)},
        {"fields": ("id",), "increment": Increment(field="changed.at", param="since")},
        {"fields": ("id",), "key": ("id", "owner.id")},
    ],
)
def test_a_spec_cannot_drop_what_it_needs(stream):
    with pytest.raises(ValidationError, match=r"drops (id|changed|owner), which it needs"):
        spec(**stream)
