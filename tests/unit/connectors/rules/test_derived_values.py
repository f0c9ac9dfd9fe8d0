"""Rules that work one value out of several, and what Norwegian ERPs share."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from connectors.rules import ref
from connectors.rules.derived import either, latest, minus, references, total
from connectors.rules.norway import kid_or_text, standard_code, vat_direction, vat_reversed
from connectors.rules.values import paths
from schemas.errors import Rejected
from schemas.ids import entity_id
from schemas.mapping import ABSENT, MappingContext

CONTEXT = MappingContext("t", "c", "acme", "1", datetime(2026, 3, 2, tzinfo=UTC))
PARTY = either([ref("customer", "customer.id", "customer.no"), ref("supplier", "supplier.id")])


def test_the_first_reference_that_says_something_counts():
    found = PARTY({"customer": None, "supplier": {"id": 7}}, CONTEXT)
    assert found == {"entity": "supplier", "id": entity_id(("t", "acme", "1"), "supplier", "7"), "source_id": "7"}
    assert PARTY({"customer": {"id": 5, "no": 10}, "supplier": {"id": 7}}, CONTEXT)["number"] == "10"


def test_no_reference_is_null_and_absent_only_where_all_are():
    assert PARTY({"customer": None}, CONTEXT) is None
    assert PARTY({}, CONTEXT) is ABSENT


def test_references_out_of_a_list_leave_out_items_without_key():
    rule = references("members", ref("employee", "employee.id", "employee.no"))
    found = rule(
        {"members": [{"employee": {"id": 1, "no": "A"}}, {"employee": None}, {"employee": {"id": 2}}]}, CONTEXT
    )
    assert [(one["source_id"], one.get("number")) for one in found] == [("1", "A"), ("2", None)]
    assert (rule({"members": None}, CONTEXT), rule({}, CONTEXT)) == (None, ABSENT)
    assert set(paths(rule)) == {"members.employee.id", "members.employee.no"}


def test_a_total_is_exact_and_passes_over_items_that_have_nothing():
    rule = total("lines", "net")
    assert rule({"lines": [{"net": 0.1}, {"net": 0.2}, {"net": None}, {}]}, CONTEXT) == Decimal("0.3")
    assert (rule({"lines": []}, CONTEXT), rule({"lines": None}, CONTEXT), rule({}, CONTEXT)) == (None, None, ABSENT)


def test_a_difference_needs_both():
    rule = minus("gross", "net")
    assert rule({"gross": 125.1, "net": 100}, CONTEXT) == Decimal("25.1")
    assert (rule({"gross": 125, "net": None}, CONTEXT), rule({"gross": 125}, CONTEXT)) == (None, ABSENT)


def test_the_latest_stamp_of_a_list():
    rule = latest("changes", "at")
    assert rule({"changes": [{"at": "2026-03-02"}, {"at": "2026-01-01"}, {}]}, CONTEXT) == "2026-03-02"
    assert (rule({"changes": []}, CONTEXT), rule({}, CONTEXT)) == (None, ABSENT)
    with pytest.raises(Rejected, match="stamps as text"):
        rule({"changes": [{"at": 5}]}, CONTEXT)


@pytest.mark.parametrize(
    ("code", "direction", "reverse", "standard"),
    [
        ("3", "output", False, "3"),
        ("1", "input", False, "1"),
        ("14", "import", False, "14"),
        ("86", "import", True, "86"),
        ("51", "output", True, "51"),
        (0, "none", False, "0"),
        ("1C1", "other", None, None),
    ],
)
def test_standard_vat_codes_of_norway(code, direction, reverse, standard):
    record = {"code": code}
    rules = (vat_direction("code"), vat_reversed("code"), standard_code("code"))
    assert tuple(rule(record, CONTEXT) for rule in rules) == (direction, reverse, standard)


@pytest.mark.parametrize(
    ("given", "scheme", "valid"),
    [("20260105", "no_kid", True), ("20260107", "no_kid", False), ("Faktura 12", "free", None), ("7", "free", None)],
)
def test_digits_are_a_kid_and_all_else_a_text(given, scheme, valid):
    assert kid_or_text("ref")({"ref": given}, CONTEXT) == {"scheme": scheme, "value": given, "valid": valid}


def test_a_blank_reference_is_null():
    assert kid_or_text("ref")({"ref": " "}, CONTEXT) is None
    assert kid_or_text("ref")({}, CONTEXT) is ABSENT
