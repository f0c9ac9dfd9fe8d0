"""Fixtures that tests of several packages share."""

import os

from hypothesis import settings

pytest_plugins = ["tests.support.acme", "tests.support.ministack", "tests.support.stores"]

settings.register_profile("quick", max_examples=40, deadline=None)
settings.register_profile("thorough", max_examples=100, deadline=None)
settings.load_profile("thorough" if os.environ.get("CI") else "quick")
