"""Keys of the archive say whose an object is, and when what it holds was read."""

from __future__ import annotations

import pytest

from pipeline.archive import keys
from schemas.version import ReadNumber

NAMES = ["acme", "acme-2", "a/b", "a", "b", "a%2Fb", "t=a", "..", "å", "c=b"]
NAME = f"{'a' * 32}-{'b' * 32}"


@pytest.mark.parametrize("tenant", NAMES)
@pytest.mark.parametrize("connection", NAMES)
def test_no_connection_has_a_key_that_begins_as_those_of_another(tenant: str, connection: str) -> None:
    mine = keys.of_connection(tenant, connection)
    for other in [(one, two) for one in NAMES for two in NAMES if (one, two) != (tenant, connection)]:
        found = [*(f"{kind}1-1/0-0-x" for kind in keys.of_connection(*other)), keys.of_event(other, None, NAME)]
        assert not any(key.startswith(tuple(mine)) for key in found), other


def test_a_key_says_in_which_epoch_its_content_was_read() -> None:
    pages, events = keys.of_pages("raw", "a", "b"), keys.of_events("a", "b")
    assert keys.epoch_of(f"{pages}12-3/0-0-abc", pages) == 12
    assert keys.epoch_of(f"{pages}run/0-0-abc", pages) is None
    version = str(ReadNumber(345, 6).at(7))
    assert keys.epoch_of(keys.of_event(("a", "b"), version, NAME), events) == 345
    assert keys.epoch_of(keys.of_event(("a", "b"), None, NAME), events) is None


def test_older_keys_of_events_are_those_of_the_tenant_and_of_no_other() -> None:
    assert keys.is_older_event(f"events/a/{NAME}", "a")
    assert not keys.is_older_event(f"events/a/b/{NAME}", "a"), "of the tenant a/b"
    assert keys.is_older_event(f"events/a/b/{NAME}", "a/b")
    assert not keys.is_older_event(keys.of_event(("a", "b"), None, NAME), "a")
