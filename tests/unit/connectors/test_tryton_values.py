"""Tryton's own JSON notation."""

from datetime import UTC, datetime

import pytest

from connectors.systems.tryton.values import decode, decode_stamp, encode_stamp, raw_at

STAMP = datetime(2026, 11, 23, 15, 21, 20, 904166, tzinfo=UTC)
AT = encode_stamp(STAMP)


def test_values_are_decoded_and_keys_with_a_dot_are_plain():
    record = {
        "id": 1, "at": AT, "day": {"__class__": "date", "year": 2026, "month": 1, "day": 5},
        "took": {"__class__": "timedelta", "seconds": 30600.0}, "price": {"__class__": "Decimal", "decimal": "425.45"},
        "time": {"__class__": "time", "hour": 7, "minute": 30}, "file": {"__class__": "bytes", "base64": "eA=="},
        "party": 5, "party.": {"id": 5, "name": "A", "lang.": None}, "gone.": None,
        "lines.": [{"id": 1, "amount": {"__class__": "Decimal", "decimal": "1.50"}}],
    }  # fmt: skip
    assert decode(record) == {
        "id": 1, "at": "2026-11-23T15:21:20.904166Z", "day": "2026-01-05", "took": 30600.0, "price": "425.45",
        "time": "07:30:00", "file": "eA==", "party": {"id": 5, "name": "A", "lang": None}, "gone": None,
        "lines": [{"id": 1, "amount": "1.50"}],
    }  # fmt: skip


def test_stamps_survive_the_way_to_tryton_and_back():
    assert decode_stamp(encode_stamp(STAMP)) == STAMP
    assert decode_stamp({"__class__": "datetime", "year": 2026, "month": 13, "day": 1}) is None
    assert decode_stamp("2026-11-23") is None


def test_a_raw_value_is_found_in_both_notations():
    assert raw_at({"party": {"at": 1}}, "party.at") == 1
    assert raw_at({"party": 7, "party.": {"at": 1}}, "party.at") == 1
    assert raw_at({"party": None}, "party.at") is None


def test_a_datetime_that_is_none_is_an_error_of_its_record():
    with pytest.raises(ValueError, match="datetime that is none"):
        decode({"id": 1, "at": {"__class__": "datetime", "year": 2026}})
