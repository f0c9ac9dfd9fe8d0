"""Sensitive fields stay off unless the tenant opts in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from schemas.errors import Rejected
from schemas.mapping import EntityMapping, MappingContext, Ref
from schemas.pages import Record
from tests.support.mapping import broken, entity, refusal
from transformer.overrides import FieldRule

EMPLOYEE = EntityMapping("employee", {"number": "code", "display_name": "name", "national_id": "nin"})
BOB = {"id": 1, "code": "7", "name": "B", "nin": "01019012345"}


def test_a_sensitive_field_is_not_even_computed_unless_the_tenant_opted_in() -> None:
    hidden = entity(replace(EMPLOYEE, fields={**EMPLOYEE.fields, "national_id": broken}), BOB)
    assert "national_id" not in hidden.body
    assert hidden.body["unknown"] == ["national_id"]
    shown = entity(EMPLOYEE, BOB, opted_in={"employee.national_id"})
    assert shown.body["national_id"] == "01019012345"
    assert shown.body["unknown"] == []


def test_a_required_sensitive_field_is_null_and_unknown() -> None:
    fields = {"employee": Ref("employee", "who"), "from": "from", "to": "to", "code": "cause"}
    record = {"id": 1, "who": 2, "from": "2026-03-02", "to": "2026-03-03", "cause": "sick"}
    body = entity(EntityMapping("absence", fields), record).body
    assert (body["code"], body["unknown"]) == (None, ["code"])
    assert "sick" not in str(body)


def test_no_field_rule_brings_a_sensitive_field_back() -> None:
    rule = FieldRule(entity="employee", field="national_id", path="nin")
    assert "01019012345" not in str(entity(EMPLOYEE, BOB, rules=[rule]).body)
    assert entity(EMPLOYEE, BOB, rules=[rule], opted_in={"employee.national_id"}).body["national_id"]


def test_the_reason_of_a_reject_never_shows_a_sensitive_value() -> None:
    def rule(record: Record, context: MappingContext) -> Any:
        raise Rejected(f"{record['nin']} is no number.")

    reject = refusal(
        replace(EMPLOYEE, fields={**EMPLOYEE.fields, "national_id": rule}), BOB, opted_in={"employee.national_id"}
    )
    assert reject.field == "national_id"
    assert "01019012345" not in reject.reason
