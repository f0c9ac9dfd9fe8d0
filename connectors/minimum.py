"""What a system must tell to support construction, the common model's minimum, and what a connector has of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Final

from connectors.base import Connector
from connectors.coverage import mapped_fields


@dataclass(frozen=True, slots=True)
class Need:
    """One line of the minimum: any of ``given`` will do, each an entity, or a field of one as ``entity.field``."""

    name: str
    given: tuple[str, ...]


NEEDS: Final = (
    Need("company", ("company",)),
    Need("employee", ("employee",)),
    Need("project tree", ("project.parent",)),
    Need("activity or task", ("activity", "project_task")),
    Need("wage code", ("wage_code",)),
    Need("time entry or wage line", ("time_entry", "wage_line")),
    Need("customer", ("customer",)),
    Need("department or dims", ("department", "dimension_value", "time_entry.dims", "wage_line.dims", "project.dims")),
)


def met(connector: Connector) -> dict[str, str]:
    """By need: by what it is met, such as ``project_task``; '' where it is not."""
    mapped = mapped_fields(connector.mappings)
    return {need.name: ", ".join(one for one in need.given if _has(one, mapped)) for need in NEEDS}


def reasons(connector: Connector) -> dict[str, str]:
    """By need that is not met: why, as far as the coverage says so."""
    found = met(connector)
    return {need.name: _reason(need, connector) for need in NEEDS if not found[need.name]}


def _has(given: str, mapped: Mapping[str, Set[str]]) -> bool:
    entity, _, field = given.partition(".")
    return entity in mapped and (not field or field in mapped[entity])


def _reason(need: Need, connector: Connector) -> str:
    if connector.coverage is None:
        return "nothing is said of it"
    for given in need.given:
        entity, _, field = given.partition(".")
        told = connector.coverage.told(entity, field, mapped=False) if field else None
        because = told.because if told else connector.coverage.missing.get(entity)
        if because:
            return because
    return "nothing is said of it"
