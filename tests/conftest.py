"""Fixtures that tests of several packages share."""

pytest_plugins = ["tests.support.ministack", "tests.support.stores"]
