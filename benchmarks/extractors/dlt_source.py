"""dlt's ``rest_api`` source, extracted to local JSON lines; what its ``run`` does afterwards does not count."""

from __future__ import annotations

import sys

import dlt
from dlt.sources.rest_api import rest_api_source


def main(address: str, folder: str) -> None:
    source = rest_api_source(
        {
            "client": {
                "base_url": address,
                "paginator": {"type": "page_number", "base_page": 1, "total_path": None, "stop_after_empty_page": True},
            },
            "resources": [
                {
                    "name": "invoices",
                    "primary_key": "id",
                    "max_table_nesting": 0,
                    "endpoint": {
                        "path": "invoices",
                        "data_selector": "data",
                        "params": {"changed_after": "{incremental.start_value}"},
                        "incremental": {"cursor_path": "changedAt", "initial_value": "2000-01-01T00:00:00+00:00"},
                    },
                }
            ],
        }
    )
    pipeline = dlt.pipeline("extract", pipelines_dir=folder, destination="dummy")
    info = pipeline.extract(source)
    tables = [metric["table_metrics"] for load in info.metrics.values() for metric in load]
    print(sum(table["invoices"].items_count for table in tables if "invoices" in table))


if __name__ == "__main__":
    main(*sys.argv[1:])
