from __future__ import annotations

from datetime import UTC, datetime, timedelta

from prometheus_client.parser import text_string_to_metric_families

from pipeline.metrics import exposition
from pipeline.store.desk_depth import Depth

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def test_what_waits_is_a_gauge_by_stage_and_system_with_the_age_of_the_oldest() -> None:
    some = [Depth("mapping", "tryton", 3, NOW - timedelta(hours=2)), Depth("transformer", "", 1, NOW)]
    families = {one.name: one for one in text_string_to_metric_families(exposition(some, NOW).decode())}
    many = families["erpflow_dead_letters"].samples
    age = families["erpflow_dead_letters_oldest_age_seconds"].samples
    assert [(one.labels, one.value) for one in many] == [
        ({"stage": "mapping", "system": "tryton"}, 3.0),
        ({"stage": "transformer", "system": ""}, 1.0),
    ]
    assert [one.value for one in age] == [7200.0, 0.0]


def test_nothing_that_waits_is_no_sample() -> None:
    assert "erpflow_dead_letters{" not in exposition([], NOW).decode()
