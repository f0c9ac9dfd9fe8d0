"""How a connector's author says what a raw record means: the rules that the transformer compiles and runs.

A mapping is data with Python functions where data cannot say it. Paths are plain (``customer.id``, compiled to direct
getters) or JMESPath (anything else). A path that leads nowhere leaves the field *absent*; a null in the record gives
null; a field in ``unknown`` is what this system cannot tell at all. The three are kept apart up to the subscriber.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from schemas.pages import Record


class _Absent:
    """The type of ABSENT; its only value is false, so that ``value or default`` does what it says."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""What a path or function returns when the record does not have the value: the field is left out."""


@dataclass(frozen=True, slots=True)
class MappingContext:
    """What a mapping function may know beside the record. ``options`` are the connection's settings, no secrets."""

    tenant: str
    connection: str
    system: str
    company: str
    read_at: datetime
    options: Mapping[str, Any] = field(default_factory=dict)


Function = Callable[[Record, MappingContext], Any]
"""A pure function of one record; it may raise ``Rejected`` with the field and the reason."""

Source = str | Function
"""Where a value comes from: a path, or a function."""


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value for every record."""

    value: Any


@dataclass(frozen=True, slots=True)
class Convert:
    """The value at ``source`` through ``function``; not called for absent and null."""

    source: Source
    function: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """The value at ``source`` looked up in ``table``; what is not in it becomes ``other``."""

    source: Source
    table: Mapping[str, Any]
    other: Any = "other"


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to another entity by its source key; null where the key is null or an empty text."""

    entity: str
    key: Source
    number: Source | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """A list: each item at ``source`` becomes an object by ``fields``, whose paths start at the item."""

    source: Source
    fields: Mapping[str, Rule]


@dataclass(frozen=True, slots=True)
class Object:
    """An object by ``fields``, whose paths start at the record itself.

    Absent ones are left out. It is null where one of ``needs`` is absent or null, or all of its fields are; absent
    where all are absent.
    """

    fields: Mapping[str, Rule]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Several:
    """A list of what the rules give, without absent and null; absent where all of them are absent."""

    rules: tuple[Rule, ...]


Rule = str | Function | Constant | Convert | Choice | Ref | Items | Object | Several
"""How one field of an entity gets its value."""


@dataclass(frozen=True, slots=True)
class EntityMapping:
    """One kind of entity that a record gives.

    ``when`` says whether this record gives it. ``each`` is the path of a list in the record, one entity for each item
    (the item is then the record of ``fields``, with the whole record under ``"_parent"``). ``key`` is the entity's
    source key where it is not the record's own. ``unknown`` names fields that the system cannot tell.
    """

    entity: str
    fields: Mapping[str, Rule]
    key: Source | None = None
    when: Function | None = None
    each: str | None = None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowUpRule:
    """After a change of this record, the record ``key`` of ``stream`` is to be read again; null and absent: none."""

    stream: str
    key: Source


@dataclass(frozen=True, slots=True)
class StreamMapping:
    """Everything that one stream's records give. ``prepare`` decodes the ERP's own notation before any rule is run."""

    entities: tuple[EntityMapping, ...] = ()
    follow_ups: tuple[FollowUpRule, ...] = ()
    prepare: Callable[[Record], Record] | None = None
