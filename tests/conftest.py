"""Fixtures that tests of several packages share."""

import os

import pytest
from hypothesis import settings

pytest_plugins = ["tests.support.acme", "tests.support.ministack", "tests.support.stores"]

settings.register_profile("quick", max_examples=40, deadline=None)
settings.register_profile("thorough", max_examples=100, deadline=None)
settings.load_profile("thorough" if os.environ.get("CI") else "quick")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What measures moments comes first: later, the simulation keeps every core busy, and requests arrive late."""
    items.sort(key=lambda item: item.get_closest_marker("moments") is None)
