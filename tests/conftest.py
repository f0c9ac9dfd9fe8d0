"""Fixtures that tests of several packages share."""

pytest_plugins = ["tests.support.acme", "tests.support.ministack", "tests.support.stores"]
