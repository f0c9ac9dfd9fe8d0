"""Records by key, for the REST engine."""

from __future__ import annotations

from connectors.http import Response
from connectors.rest_answers import list_at, part_at
from connectors.rest_caller import ABSENT, Caller
from connectors.rest_requests import Asker, is_joint
from connectors.rest_spec import Lookup
from connectors.spec import StreamSpec
from schemas.errors import ConfigError, Drifted
from schemas.keys import source_key
from schemas.pages import Record


async def look_up(asker: Asker, caller: Caller, stream: StreamSpec, keys: tuple[str, ...]) -> list[Record]:
    """The records of the keys that there are. Raises ConfigError where the spec has no way to ask for them."""
    lookup = stream.rest.lookups()
    if lookup is None:
        raise ConfigError(f"The spec says nothing about lookups of the stream '{stream.name}'; give it rest.lookup.")
    if is_joint(lookup):
        return await _together(asker, caller, stream, lookup, keys)
    found = [await _one(asker, caller, stream, lookup, key) for key in keys]
    return [record for record in found if record is not None]


async def _together(
    asker: Asker, caller: Caller, stream: StreamSpec, lookup: Lookup, keys: tuple[str, ...]
) -> list[Record]:
    """What an answer lacks is asked for once more: a page may hold fewer records than there are keys.

    Absent is only what an answer to nothing else does not have.
    """
    records: list[Record] = []
    wanted = keys
    while wanted:
        response = await caller.send(asker.lookup(stream, lookup, wanted), ABSENT)
        came = list_at(response, lookup.records, stream)
        names = {source_key(record, stream.key) for record in came}
        if names - set(wanted):
            raise ConfigError(
                f"A lookup of the stream '{stream.name}' gives records that nobody asked for; correct its rest.lookup."
            )
        records += came
        wanted = tuple(key for key in wanted if key not in names) if came else ()
    return records


async def _one(asker: Asker, caller: Caller, stream: StreamSpec, lookup: Lookup, key: str) -> Record | None:
    response = await caller.send(asker.lookup(stream, lookup, (key,)), ABSENT)
    record = _record(response, lookup, stream)
    if record is not None and source_key(record, stream.key) != key:
        raise Drifted(f"A lookup of the stream '{stream.name}' gives a record of another key; compare it with the API.")
    return record


def _record(response: Response, lookup: Lookup, stream: StreamSpec) -> Record | None:
    if response.meaning in ("empty", "absent"):
        return None
    found = part_at(response, lookup.records)
    if isinstance(found, list) and len(found) < 2:
        found = found[0] if found else None
        if found is None:
            return None
    if isinstance(found, dict):
        return found
    raise Drifted(f"A lookup of the stream '{stream.name}' gives no record; compare the spec with the API.")
