"""A tap of the singer-sdk, as a runner starts it without a catalog, with the records on standard output."""

from __future__ import annotations

import sys
from typing import Any

from shape import INVOICE
from singer_sdk import RESTStream, Tap
from singer_sdk.pagination import BasePageNumberPaginator


class Pages(BasePageNumberPaginator):
    def has_more(self, response: Any) -> bool:
        return bool(response.json()["data"])


class Invoices(RESTStream[int]):
    name = "invoices"
    path = "/invoices"
    primary_keys = ("id",)
    replication_key = "changedAt"
    records_jsonpath = "$.data[*]"
    schema = INVOICE

    @property
    def url_base(self) -> str:
        return str(self.config["address"])

    def get_new_paginator(self) -> Pages:
        return Pages(start_value=1)

    def get_url_params(self, context: Any, next_page_token: int | None) -> dict[str, Any]:
        return {"page": next_page_token or 1, "changed_after": self.get_starting_replication_key_value(context)}


class MadeUp(Tap):
    name = "tap-made-up"
    config_jsonschema = {"type": "object", "properties": {"address": {"type": "string"}}}  # noqa: RUF012  # the SDK's way

    def discover_streams(self) -> list[Invoices]:
        return [Invoices(self)]


if __name__ == "__main__":
    MadeUp(config={"address": sys.argv[1]}).sync_all()
