"""What Prometheus reads at /metrics. Figures come from the store when they are asked for; no worker counts them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from pipeline.store.desk_depth import Depth

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_LABELS = ("stage", "system")


def exposition(depths: Iterable[Depth], now: datetime) -> bytes:
    """The figures of the dead-letter desk in Prometheus' text format. Pure."""
    registry = CollectorRegistry()
    many = Gauge("erpflow_dead_letters", "Open dead letters by stage and system.", _LABELS, registry=registry)
    age = Gauge(
        "erpflow_dead_letters_oldest_age_seconds", "Age of the oldest open dead letter.", _LABELS, registry=registry
    )
    for depth in depths:
        many.labels(depth.stage, depth.system).set(depth.letters)
        age.labels(depth.stage, depth.system).set((now - depth.oldest).total_seconds())
    return generate_latest(registry)
