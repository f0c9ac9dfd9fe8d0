"""airbyte-cdk's declarative source, as a platform runs it: ``read``, with the records on standard output."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from airbyte_cdk.entrypoint import launch
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer
from airbyte_cdk.sources.declarative.concurrent_declarative_source import ConcurrentDeclarativeSource
from shape import INVOICE

CATALOG = {
    "streams": [
        {
            "stream": {"name": "invoices", "json_schema": INVOICE, "supported_sync_modes": ["incremental"]},
            "sync_mode": "incremental",
            "cursor_field": ["changedAt"],
            "destination_sync_mode": "append_dedup",
        }
    ]
}


def manifest(address: str) -> dict[str, Any]:
    requester = {"type": "HttpRequester", "url_base": address, "path": "invoices", "http_method": "GET"}
    page = {"type": "RequestOption", "inject_into": "request_parameter", "field_name": "page"}
    pages = {"type": "PageIncrement", "start_from_page": 1, "page_size": 1000, "inject_on_first_request": True}
    retriever = {
        "type": "SimpleRetriever",
        "requester": requester,
        "record_selector": {"type": "RecordSelector", "extractor": {"type": "DpathExtractor", "field_path": ["data"]}},
        "paginator": {"type": "DefaultPaginator", "page_token_option": page, "pagination_strategy": pages},
    }
    cursor = {
        "type": "DatetimeBasedCursor",
        "cursor_field": "changedAt",
        "datetime_format": "%Y-%m-%dT%H:%M:%S%z",
        "start_datetime": "2000-01-01T00:00:00+0000",
        "start_time_option": {
            "type": "RequestOption", "inject_into": "request_parameter", "field_name": "changed_after"
        },
    }  # fmt: skip
    stream = {
        "type": "DeclarativeStream",
        "name": "invoices",
        "primary_key": ["id"],
        "schema_loader": {"type": "InlineSchemaLoader", "schema": INVOICE},
        "retriever": retriever,
        "incremental_sync": cursor,
    }
    return {
        "version": "6.0.0",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": ["invoices"]},
        "streams": [stream],
        "spec": {"type": "Spec", "connection_specification": {"type": "object", "properties": {}}},
    }


def main(address: str, folder: str) -> None:
    config, catalog = Path(folder) / "config.json", Path(folder) / "catalog.json"
    config.write_text("{}")
    catalog.write_text(json.dumps(CATALOG))
    source = ConcurrentDeclarativeSource(
        catalog=ConfiguredAirbyteCatalogSerializer.load(CATALOG), config={}, state=None, source_config=manifest(address)
    )
    launch(source, ["read", "--config", str(config), "--catalog", str(catalog)])


if __name__ == "__main__":
    main(*sys.argv[1:])
