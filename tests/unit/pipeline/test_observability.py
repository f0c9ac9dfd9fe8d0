from __future__ import annotations

import io
import re
from collections.abc import Iterator

import orjson
import pytest
import structlog

from pipeline.observability import configure_logs, new_traceparent, trace_id


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_a_log_line_is_one_json_document_with_its_action_level_and_time() -> None:
    stream = io.StringIO()
    configure_logs("info", stream)
    structlog.get_logger().info("page read\nwell", action="page_read", records=3)
    line = orjson.loads(stream.getvalue())
    assert stream.getvalue().count("\n") == 1
    assert (line["action"], line["level"], line["records"]) == ("page_read", "info", 3)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", line["timestamp"])


def test_what_is_below_the_level_is_left_out() -> None:
    stream = io.StringIO()
    configure_logs("warning", stream)
    structlog.get_logger().info("not this", action="a")
    structlog.get_logger().warning("this", action="b")
    assert [orjson.loads(line)["action"] for line in stream.getvalue().splitlines()] == ["b"]


def test_a_traceback_stays_within_its_line() -> None:
    stream = io.StringIO()
    configure_logs("info", stream)
    structlog.get_logger().error("defect", action="a", exc_info=KeyError("surprise"))
    (line,) = stream.getvalue().splitlines()
    assert "KeyError" in orjson.loads(line)["exception"]


def test_a_traceback_says_where_and_of_which_class_and_quotes_no_value() -> None:
    stream = io.StringIO()
    configure_logs("info", stream)
    try:
        try:
            float("Ola Nordmann")
        except ValueError as error:
            raise KeyError("Kari Nordmann") from error
    except KeyError as error:
        structlog.get_logger().error("defect", action="a", exc_info=error)
    told = orjson.loads(stream.getvalue())["exception"]
    assert "Nordmann" not in told.replace('"Ola Nordmann"', "").replace('"Kari Nordmann"', ""), "but the code's own"
    assert told.index("builtins.ValueError") < told.index("builtins.KeyError")
    assert "test_observability.py" in told


def test_each_run_has_a_trace_of_its_own() -> None:
    first, second = new_traceparent(), new_traceparent()
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", first)
    assert first != second
    assert trace_id(first) == first[3:35]


@pytest.mark.parametrize(("traceparent", "found"), [("", ""), (" ", ""), ("00", ""), ("00-", ""), ("00-ab-cd", "ab")])
def test_what_is_no_traceparent_has_no_trace_id_and_fails_nothing(traceparent: str, found: str) -> None:
    assert trace_id(traceparent) == found
