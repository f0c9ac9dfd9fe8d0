"""What is cleared in the audit trail and in old replays: words and values go, the fact stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipeline.erasing.scope import About, Scope
from pipeline.erasing.trail import cleared_action, cleared_replay
from pipeline.store.actions import Action

ABOUT = About(frozenset({3}), frozenset({7}), frozenset({11}), frozenset({"c" * 16}))
SCOPE = Scope("acme-1", "acme", "fake", "connection:acme-1", 5, about=ABOUT)
ALONE = replace(SCOPE, alone=True)
PATCH = {"patch": [{"op": "replace", "path": "/name", "value": "Ola"}], "before": None}


def _action(what: str, target: str, details: Any = None, why: str | None = "Ola said so") -> Action:
    return Action("ann", what, target, why, details)


@pytest.mark.parametrize(
    ("action", "target", "details"),
    [
        (_action("connections rules", "acme-1", [{"constant": "Ola"}]), "acme-1", None),
        (_action("deadletters edit", "3:ola@example.org", PATCH), "3:erased", None),
        (_action("deadletters edit", "message:7", PATCH), "message:7", None),
        (_action("deadletters ignore", "c" * 16, {"ignored": "Ola"}), "c" * 16, None),
        (_action("deadletters discard", "text=Ola", {"letters": ["3:Ola", "4:1"]}), "erased", {"letters": ["4:1"]}),
        (_action("deadletters discard", "tenant=acme, connection=acme-1, text=Ola", {"letters": []}),
         "tenant=acme, connection=acme-1", {"letters": []}),
        (_action("deadletters discard", "names=('3:Ola',)", {"letters": []}), "erased", {"letters": []}),
        (_action("deadletters replay", "replay 2", {"filter": {"names": ["3:Ola"]}, "predicted": {"reasons": {}}}),
         "replay 2", {"filter": {"names": ["erased"]}, "predicted": {"reasons": {}}}),
        (_action("deadletters replay", "replay 11", {"filter": {"cause": "d"}, "predicted": {"reasons": {"Ola": 1}}}),
         "replay 11", {"filter": {"cause": "d"}, "predicted": {"reasons": {}}}),
    ],
)  # fmt: skip
def test_what_points_to_the_connection_keeps_the_fact_alone(action: Action, target: str, details: Any) -> None:
    assert cleared_action(action, SCOPE) == Action("ann", action.what, target, None, details)


@pytest.mark.parametrize(
    "action",
    [
        _action("connections rules", "acme-10", [{"constant": "x"}]),
        _action("deadletters edit", "33:ola@example.org", PATCH),
        _action("deadletters edit", "message:77", PATCH),
        _action("deadletters ignore", "d" * 16, {"ignored": "x"}),
        _action("deadletters discard", "connection=acme-10", {"letters": ["4:1"]}),
        _action("deadletters discard", "tenant=acme", {"letters": ["4:1"]}),
        _action("deadletters replay", "replay 1", {"filter": {"tenant": "acme"}, "predicted": {"reasons": {"x": 1}}}),
        _action("republish", "customer to crm", {"tenant": "acme"}),
        _action("connections erase", "acme-1", {"removed": {"letters": 1}}),
    ],
)
def test_what_is_about_others_stays_as_it_is(action: Action) -> None:
    assert cleared_action(action, SCOPE) is None


def test_what_names_the_tenant_goes_with_its_last_connection() -> None:
    discarded = _action("deadletters discard", "tenant=acme, text=Ola", {"letters": []})
    assert cleared_action(discarded, SCOPE) is None
    cleared = cleared_action(discarded, ALONE)
    assert cleared is not None
    assert (cleared.target, cleared.why) == ("tenant=acme", None)


def _replay(**values: Any) -> dict[str, Any]:
    tally = {"ended": {"rejected": 1}, "changes": {}, "reasons": {"'Ola' is no boolean.": 1}}
    return {"id": 1, "state": "done", "filter": {}, "predicted": tally, "outcomes": tally} | values


def test_a_replay_keeps_its_numbers_and_loses_its_reasons() -> None:
    cleared = cleared_replay(_replay(filter={"connection": "acme-1", "text": "Ola"}), SCOPE)
    numbers = {"ended": {"rejected": 1}, "changes": {}, "reasons": {}}
    assert cleared == {"filter": {"connection": "acme-1", "text": "erased"}, "predicted": numbers, "outcomes": numbers}


def test_a_replay_of_others_is_left_alone_unless_it_ran_a_letter_of_the_connection() -> None:
    assert cleared_replay(_replay(filter={"cause": "d"}), SCOPE) is None
    cleared = cleared_replay(_replay(id=11, state="running", filter={"cause": "d"}), SCOPE)
    assert cleared is not None
    assert set(cleared) == {"predicted", "outcomes"}, "it goes on with what others have left to run"


@pytest.mark.parametrize("state", ["running", "paused"])
def test_a_replay_of_the_connection_alone_is_stopped(state: str) -> None:
    cleared = cleared_replay(_replay(state=state, filter={"names": ["3:Ola", "message:7"]}), SCOPE)
    assert cleared is not None
    assert (cleared["state"], cleared["claim"], cleared["filter"]) == ("stopped", None, {"names": ["erased"]})


def test_a_filter_is_never_wider_than_it_was() -> None:
    cleared = cleared_replay(_replay(filter={"names": ["3:Ola", "4:1"], "text": "Ola"}), SCOPE)
    assert cleared is not None
    assert cleared["filter"] == {"names": ["4:1"], "text": "erased"}


def test_what_was_cleared_once_has_nothing_more_to_clear() -> None:
    for stored in (_replay(filter={"names": ["3:Ola"]}), _replay(id=11), _replay(filter={"connection": "acme-1"})):
        again = stored | (cleared_replay(stored, SCOPE) or {})
        assert cleared_replay(again, SCOPE) is None
    edit = cleared_action(_action("deadletters edit", "3:ola@example.org", PATCH), SCOPE)
    assert edit is not None
    assert cleared_action(edit, SCOPE) is None


def test_what_points_to_a_connection_survives_the_store() -> None:
    assert About.from_json(ABOUT.as_json()) == ABOUT
    assert About.from_json(None) == About()
