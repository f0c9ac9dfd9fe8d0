"""The sentence that a customer may be sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from distributor.causes import RECORD
from pipeline.deadletters.plain import sentence
from pipeline.store.letter_search import Group

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
GROUP = Group("c0", RECORD, 12, 2, 1, "Rejected", "email", "It is no address.", NOW.replace(day=3), NOW)


def test_records_are_to_be_corrected_where_they_are() -> None:
    assert sentence(GROUP, "Tripletex", NOW) == (
        "12 records from Tripletex are held back since 3 March at email: It is no address. "
        "Correct them in Tripletex, and they come through at the next reading; nothing is lost."
    )


def test_one_record_of_today_is_said_as_one() -> None:
    one = replace(GROUP, letters=1, first_at=NOW, field=None)
    assert sentence(one, "Odoo", NOW) == (
        "One record from Odoo is held back since today: It is no address. "
        "Correct it in Odoo, and it comes through at the next reading; nothing is lost."
    )


def test_messages_are_our_own_fault() -> None:
    assert sentence(replace(GROUP, stage="distributor"), "Odoo", NOW) == (
        "12 messages have waited since 3 March because of a fault on our side; "
        "nothing is lost, and we send it on when it is mended."
    )
