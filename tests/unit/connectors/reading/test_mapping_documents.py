"""``mapping.yaml``: rules by name, and their mistakes with file, line and what is allowed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connectors.reading.document import Document, Part
from connectors.reading.mapping import read_mappings
from connectors.reading.rules import RULES
from schemas.errors import ConfigError
from schemas.mapping import FollowUpRule, StreamMapping
from tests.support.mapping import mapped
from tests.support.rules import run


def read(text: str) -> dict[str, StreamMapping]:
    document = Document.parse(text.encode(), "mapping.yaml")
    return read_mappings(Part(document, (), document.data))


def rule(text: str) -> Any:
    return read(f"s:\n  entity: project\n  fields:\n    name: {text}")["s"].entities[0].fields["name"]


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "record", "found"),
    [
        ("a.b", {"a": {"b": 1}}, 1),
        ("lines[0].x", {"lines": [{"x": 2}]}, 2),
        ("no", {"no": "text"}, "text"),
        ("7", {}, 7),
        ("{constant: NOK}", {}, "NOK"),
        ("{constant: [a]}", {}, ["a"]),
        ("{choice: s, table: {yes: active, 1: planned}, other: null}", {"s": "yes"}, "active"),
        ("{choice: s, table: {yes: active, 1: planned}}", {"s": 1}, "planned"),
        ("{money: m, currency: {constant: NOK}, minor: 2}", {"m": 150}, {"amount": Decimal("1.5"), "currency": "NOK"}),
        ("{money: m, currency: c, negated: true}", {"m": 1, "c": "NOK"}, {"amount": Decimal(-1), "currency": "NOK"}),
        ("{money: {first: [a, b]}, currency: c}", {"b": 1, "c": "NOK"}, {"amount": Decimal(1), "currency": "NOK"}),
        ("{quantity: q, unit: u, units: {t: HUR}}", {"q": 1, "u": "t"},
         {"value": Decimal(1), "unit": "HUR", "unit_source": "t"}),
        ("{hours: h, counted: minutes}", {"h": 90}, Decimal("1.5")),
        ("{truth: t, among: [N, 1]}", {"t": 1}, True),
        ("{join: [a, b], by: ' '}", {"a": "x", "b": "y"}, "x y"),
        ("{key: [a, b]}", {"a": 1, "b": 2}, "1/2"),
        ("{several: [{text: a}, b]}", {"a": "", "b": 1}, [1]),
        ("{nested: {yours: a}}", {"a": 1}, {"yours": 1}),
        ("{items: l, fields: {x: '_parent.a', y: b}}", {"a": 1, "l": [{"b": 2}]}, [{"x": 1, "y": 2}]),
    ],
)  # fmt: skip
def test_a_rule_does_what_its_function_does(text: str, record: dict[str, Any], found: Any) -> None:
    assert run(rule(text), **record) == found


def test_a_reference_may_have_a_composite_key() -> None:
    found = run(rule("{ref: customer, key: [a, b], number: n, none: [0]}"), a=1, b=2, n="K")
    assert (found["entity"], found["source_id"], found["number"]) == ("customer", "1/2", "K")


def test_every_rule_can_be_written() -> None:
    from connectors import rules

    functions = {name for name in rules.__all__ if callable(getattr(rules, name)) and getattr(rules, name).__module__}
    helpers = {"Value", "Worked", "getter", "known", "paths", "unit_code", "when"}
    assert functions - helpers == set(RULES)


def test_a_stream_gives_several_entities_by_condition_item_and_key() -> None:
    found = read("""
cards:
  entities:
    - entity: time_entry
      each: days
      key: [_parent.id, date]
      when: kind == 'work'
      fields:
        employee: {ref: employee, key: _parent.who}
        work_date: {date: date}
        hours: {hours: h}
    - entity: project
      fields: {number: id, name: name, open_for_time: true}
      unknown: [manager]
  follow_ups:
    - {stream: jobs, key: job.id}
""")["cards"]
    assert [rule.stream for rule in found.follow_ups] == ["jobs"]
    assert isinstance(found.follow_ups[0], FollowUpRule)
    card = {"id": 7, "who": 4, "name": "A", "kind": "work", "days": [{"date": "2026-03-02T00:00", "h": "7.5"}]}
    (result,) = mapped(found, card).results
    assert [(one.entity, one.body["source_id"]) for one in result.entities] == [
        ("time_entry", "7/2026-03-02T00:00"), ("project", "7"),
    ]  # fmt: skip
    assert result.entities[1].body["unknown"] == ["manager"]
    (other,) = mapped(found, {**card, "kind": "leave"}).results
    assert [one.entity for one in other.entities] == ["project"]


FIELD = "jobs:\n  entity: project\n  fields:\n    name: "


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("jobs:\n  entity: projct\n  fields: {}", "line 2: jobs.entity is 'projct'; did you mean 'project'?"),
        ("jobs:\n  entity: project\n  fields:\n    numbr: a",
         "mapping.yaml, line 4: jobs.fields.numbr is not known; did you mean 'number'?"),
        ("jobs:\n  entity: project\n  fields:\n    tenant: a", "jobs.fields.tenant is not known"),
        ("jobs:\n  fields: {}", "mapping.yaml, line 1: jobs needs 'entity', which is missing."),
        ("jobs:\n  entity: project", "jobs needs 'fields', which is missing."),
        ("jobs:\n  entity: project\n  fields: {}\n  each: a", "has 'each' and needs 'key', which is missing"),
        ("jobs:\n  entity: project\n  fields: {}\n  unknown: [colour]", "line 4: jobs.unknown[0] is 'colour'; "),
        ("jobs:\n  entity: project\n  fields: {}\n  wen: x", "jobs.wen is not known; did you mean 'when'?"),
        ("jobs:\n  entities: []\n  entity: project", "line 3: jobs.entity is not known; "),
        ("jobs:\n  follow_ups: [{stream: a}]", "jobs.follow_ups[0] needs 'key', which is missing."),
        ("jobs: x", "jobs must be a mapping of names to values, not 'x'."),
        (FIELD + "{monney: a}", "line 4: jobs.fields.name names no rule: 'monney' is not one; did you mean 'money'?"),
        (FIELD + "{money: a}", "line 4: jobs.fields.name is a rule 'money' and needs 'currency', which is missing."),
        (FIELD + "{money: a, curency: b}", "jobs.fields.name.curency is not known; did you mean 'currency'?"),
        (FIELD + "{money: 'a[', currency: b}", "line 4: jobs.fields.name.money cannot be read: "),
        (FIELD + "{money: a, currency: b, minor: two}", "jobs.fields.name.minor is 'two'; it must be a whole number."),
        (FIELD + "{truth: a, negated: no}", "jobs.fields.name.negated is 'no'; it must be true or false."),
        (FIELD + "{hours: a, counted: minuts}", "counted is 'minuts'; did you mean 'minutes'? Allowed are clock, "),
        (FIELD + "{ref: projekt, key: a}", "jobs.fields.name.ref is 'projekt'; did you mean 'project'?"),
        (FIELD + "{ref: project, key: {several: [a]}}", "key cannot be a 'several', which gives no single value"),
        (FIELD + "{address: home, lines: [a]}", "address is 'home'; allowed are delivery, other, postal, visit."),
        (FIELD + "{payment_ref: a, scheme: kid}", "scheme is 'kid'; did you mean 'no_kid'?"),
        (FIELD + "{constant: 1, x: 2}", "jobs.fields.name.x is not known; allowed are constant."),
        (FIELD + "[a]", "jobs.fields.name must be a path or a rule, not a list."),
        (FIELD, "jobs.fields.name must be a path or a rule, not empty."),
        (FIELD + "{several: a}", "jobs.fields.name.several must be a list, not 'a'."),
    ],
    ids=lambda text: text[-40:],
)  # fmt: skip
def test_a_mistake_is_told_with_file_line_and_what_is_allowed(text: str, said: str) -> None:
    assert said in refusal(text)
