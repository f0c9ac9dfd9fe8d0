"""The check of connectors against contracts finds what it is for."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from connectors.base import Connector
from connectors.increment import Increment
from connectors.pagination import PageNumbers
from connectors.rest import open_rest
from connectors.rest_spec import RestApi, RestStream
from connectors.spec import ConnectorSpec, StreamSpec
from schemas.mapping import EntityMapping, StreamMapping
from tests.contract.specs.checks import check
from tests.contract.specs.openapi import OpenApi

DOCUMENT: dict[str, Any] = {
    "servers": [{"url": "https://erp.example.com/v2"}],
    "paths": {
        "/parts": {
            "get": {
                "parameters": [{"in": "query", "name": name} for name in ("page", "limit", "since", "sort")],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/List"}}}}
                },
            }
        }
    },
    "components": {
        "schemas": {
            "List": {"properties": {"values": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}}}},
            "Part": {
                "type": "object",
                "properties": {
                    "id": {"type": "integer"},
                    "no": {"type": "string"},
                    "title": {"type": "string"},
                    "changed": {"type": "string", "format": "date-time"},
                    "colour": {"type": "string", "enum": ["red", "blue"]},
                },
            },
        }
    },
}
SAMPLES = {"parts": [{"id": 1, "no": "P1", "title": "Beam", "changed": "2026-01-02T03:04:05Z", "colour": "red"}]}
LEFT_OUT = {"parts": {"colour": "the common model has no colours"}}


def connector(fields: dict[str, Any] | None = None, **stream: Any) -> Connector:
    rest = {"records": "values", "params": {"sort": "id"}, **stream.pop("rest", {})}
    values = {
        "name": "parts",
        "resource": "/parts",
        "entities": ("product",),
        "increment": Increment(field="changed", param="since"),
        **stream,
    }
    spec = ConnectorSpec(
        system="toy",
        title="Toy",
        rest=RestApi(base_url="https://erp.example.com/v2", pages=PageNumbers()),
        streams=(StreamSpec(**values, rest=RestStream(**rest)),),
    )
    mapping = EntityMapping("product", fields or {"number": "no", "name": "title"})
    return Connector(spec, {"parts": StreamMapping((mapping,))}, open_rest)


def verdict(made: Connector, samples: Any = SAMPLES, left_out: Any = LEFT_OUT) -> list[str]:
    return check(made, OpenApi(DOCUMENT), samples, left_out).faults


def sample(**changes: Any) -> dict[str, Any]:
    changed = deepcopy(SAMPLES)
    changed["parts"][0].update(changes)
    return changed


def test_a_connector_that_keeps_to_the_contract_has_no_faults() -> None:
    assert verdict(connector()) == []


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: connector(resource="/pieces"), "no GET /v2/pieces"),
        (lambda: connector(rest={"params": {"order": "id"}}), "no query parameter 'order'"),
        (lambda: connector(increment=Increment(field="changed", param="after")), "no query parameter 'after'"),
        (lambda: connector(increment=Increment(field="touched", param="since")), "no field 'touched'"),
        (lambda: connector(rest={"records": "items"}), "nothing at 'items'"),
        (lambda: connector(key=("uuid",)), "no field 'uuid'"),
        (lambda: connector({"number": "no", "name": "label"}), "reads 'label'"),
        (
            lambda: connector({"number": "no", "name": lambda record, context: record["no"] + str(record.get("x"))}),
            "'x'",
        ),
        (lambda: connector({"number": "no", "name": "no"}), "neither mapped nor left out for a reason: title"),
    ],
)
def test_what_the_contract_does_not_have_is_a_fault(made: Callable[[], Connector], said: str) -> None:
    assert said in "; ".join(verdict(made()))


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (sample(id="1"), "id is str, the contract says integer"),
        (sample(weight=3), "weight is not in the contract"),
        (sample(colour="green"), "does not list"),
        (sample(changed="yesterday"), "changed is no date-time"),
        (sample(title=None), "no sample shows 'title'"),
        ({}, "there are no samples"),
    ],
)
def test_a_sample_that_the_contract_does_not_allow_is_a_fault(samples: Any, said: str) -> None:
    assert said in "; ".join(verdict(connector(), samples))


def test_a_field_left_out_must_exist_and_counts_where_it_could_feed_the_common_model() -> None:
    assert "left_out names 'size'" in "; ".join(verdict(connector(), left_out={"parts": {"colour, size": "none"}}))
    offered = {"parts": {"colour": {"feeds": "product.unit", "because": "not done"}}}
    assert "67% of the fields" in "; ".join(verdict(connector(), left_out=offered))
