"""Edits: an operator's JSON Patch (RFC 6902) on one record as the ERP gave it. The record itself stays as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import jsonpatch
import jsonpointer
import orjson

from schemas.errors import ConfigError, Rejected

Patch = list[dict[str, Any]]

MOST_OPERATIONS: Final = 1000
_LARGEST: Final = 256 * 1024


def checked(text: str | bytes) -> Patch:
    """A patch that an operator wrote; raises ConfigError with what is wrong in it."""
    try:
        found = orjson.loads(text)
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise ConfigError('A patch is a list of operations, as in [{"op": "replace", "path": "/a", "value": 1}].')
        jsonpatch.JsonPatch(found)
    except orjson.JSONDecodeError as error:
        raise ConfigError(f"The patch is not JSON ({error}); write a list of operations.") from None
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError) as error:
        raise ConfigError(f"The patch has an operation that RFC 6902 does not know: {error}.") from None
    if len(found) > MOST_OPERATIONS or len(text) > _LARGEST:
        raise ConfigError(f"A patch has at most {MOST_OPERATIONS} operations and 256 KiB; edit fewer places at once.")
    return found


def edited(record: Mapping[str, Any], patch: Patch) -> dict[str, Any]:
    """The record with the patch on it; raises Rejected when it does not fit the record any more."""
    try:
        changed = jsonpatch.apply_patch(dict(record), patch)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
        raise Rejected(f"The edit does not fit the record ({type(error).__name__}); edit it again.") from error
    if not isinstance(changed, dict):
        raise Rejected("The edit leaves no record; edit it again, or discard the letter.")
    return changed


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> Patch:
    """The patch that leads from one to the other; empty when they are the same."""
    return list(jsonpatch.make_patch(dict(before), dict(after)).patch)
