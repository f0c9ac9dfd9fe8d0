"""What the audit trail and old replays hold of a connection's records: found, and cleared. Pure.

The fact stays: who did what, when and to how many. Reasons, edits, filters and keys go: an operator's words about a
record are as personal as the record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pipeline.erasing.scope import Scope
from pipeline.store.actions import Action

ERASED: Final = "erased"
"""Stands where something was cleared; no letter has this name, so that a filter by it finds none."""

ERASING: Final = "connections erase"
"""What an operator does here: these entries say that it was done, and stay as they are."""

_NAMED: Final = re.compile(r"['\"]((?:\d+|message):[^'\"]+)['\"]")
"""Names of letters, as a filter is written down."""

_SAFE: Final = ("cause", "tenant", "connection", "system", "streams", "since", "until")


def cleared_action(action: Action, scope: Scope) -> Action | None:
    """The entry without what it holds of the connection; None where it holds nothing."""
    if action.what == ERASING or not _concerns(action, scope):
        return None
    clean = replace(action, target=_target(action, scope), why=None, details=_details(action.details, scope))
    return None if clean == action else clean


def cleared_replay(stored: Mapping[str, Any], scope: Scope) -> dict[str, Any] | None:
    """The columns of a replay that change; None where it holds nothing of the connection."""
    wanted = stored["filter"]
    if stored["id"] not in scope.about.replays and not _narrows(wanted, scope):
        return None
    clean = {
        "filter": _filter(wanted, scope),
        "predicted": _unreasoned(stored["predicted"]),
        "outcomes": _unreasoned(stored["outcomes"]),
    }
    changed = {name: value for name, value in clean.items() if value != stored[name]}
    if _only(wanted, scope) and stored["state"] in ("running", "paused"):
        changed |= {"state": "stopped", "claim": None, "claim_until": None}
    return changed or None


def _concerns(action: Action, scope: Scope) -> bool:
    details = action.details if isinstance(action.details, dict) else {}
    wanted = details.get("filter")
    return (
        (action.what.startswith("connections ") and action.target == scope.connection)
        or _is_of(action.target, scope)
        or action.target in scope.about.causes
        or action.target in {f"replay {number}" for number in scope.about.replays}
        or any(_is_of(name, scope) for name in _names(details.get("letters")))
        or any(_is_of(name, scope) for name in _NAMED.findall(action.target))
        or (isinstance(wanted, dict) and _narrows(wanted, scope))
        or f"connection={scope.connection}" in action.target.split(", ")
        or (scope.alone and f"tenant={scope.tenant}" in action.target.split(", "))
    )


def _target(action: Action, scope: Scope) -> str:
    """A name without the record's key, and a filter as far as it names no record."""
    kind, _, key = action.target.partition(":")
    if _is_of(action.target, scope):
        return f"{kind}:{key if kind == 'message' else ERASED}"
    if not action.what.startswith("deadletters") or "=" not in action.target:
        return action.target
    safe = [one for one in action.target.split(", ") if one.partition("=")[0] in _SAFE]
    return ", ".join(safe) or ERASED


def _details(details: Any, scope: Scope) -> Any:
    if not isinstance(details, dict):
        return None
    kept: dict[str, Any] = {}
    if "letters" in details:
        kept["letters"] = _without(_names(details["letters"]), scope)
    if isinstance(details.get("filter"), dict):
        kept["filter"] = _filter(details["filter"], scope)
    if isinstance(details.get("predicted"), dict):
        kept["predicted"] = _unreasoned(details["predicted"])
    return kept or None


def _filter(wanted: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """Never wider than it was: a replay may still run by it."""
    clean = dict(wanted)
    if "names" in clean:
        clean["names"] = _without(clean["names"], scope) or [ERASED]
    if "text" in clean:
        clean["text"] = ERASED
    return clean


def _narrows(wanted: Mapping[str, Any], scope: Scope) -> bool:
    return _only(wanted, scope) or any(_is_of(name, scope) for name in _names(wanted.get("names")))


def _only(wanted: Mapping[str, Any], scope: Scope) -> bool:
    """Whether a filter means letters of this connection alone."""
    if wanted.get("connection") == scope.connection or (scope.alone and wanted.get("tenant") == scope.tenant):
        return True
    names = [name for name in _names(wanted.get("names")) if name != ERASED]
    return bool(names) and not _without(names, scope)


def _unreasoned(tally: Any) -> Any:
    """Reasons quote values."""
    return {**tally, "reasons": {}} if isinstance(tally, dict) and tally.get("reasons") else tally


def _without(names: Sequence[str], scope: Scope) -> list[str]:
    return [name for name in names if not _is_of(name, scope)]


def _names(found: Any) -> list[str]:
    return [name for name in found if isinstance(name, str)] if isinstance(found, (list, tuple)) else []


def _is_of(name: str, scope: Scope) -> bool:
    """Whether a name of a letter is of the connection: a stream's number and a key, or a message's number."""
    kind, _, key = name.partition(":")
    if kind == "message":
        return key.isdigit() and int(key) in scope.about.messages
    return bool(key) and kind.isdigit() and int(kind) in scope.about.streams
