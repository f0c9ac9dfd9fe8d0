"""What is wrong with a connector, held against its vendor's contract. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.base import Connector
from connectors.spec import StreamSpec
from schemas.mapping import StreamMapping
from tests.contract.specs import mapped, uses
from tests.contract.specs.contract import Contract, Operation, Shape, faults
from tests.contract.specs.uses import Use

SHARE = 0.9
"""Of the common model's fields that a contract offers, so many at least must be mapped."""

Samples = Mapping[str, list[dict[str, Any]]]
Reasons = Mapping[str, Mapping[str, Any]]


@dataclass
class Verdict:
    """What was found. ``mapped`` and ``offered`` are fields of the common model as entity.field."""

    system: str
    faults: list[str] = field(default_factory=list)
    mapped: set[str] = field(default_factory=set)
    offered: set[str] = field(default_factory=set)
    explained: int = 0
    requests: int = 0
    samples: int = 0

    @property
    def share(self) -> float:
        """The part of what the contract offers that is mapped."""
        return len(self.mapped) / max(1, len(self.mapped | self.offered))


def check(connector: Connector, contract: Contract, samples: Samples, left_out: Reasons) -> Verdict:
    """Hold a connector against a contract. ``left_out`` says by stream why fields of the contract are not mapped."""
    verdict = Verdict(connector.spec.system)
    for stream in connector.spec.streams:
        asked = list(uses.of_stream(connector.spec, stream))
        found = [contract.operation(use.method, use.path) for use in asked]
        verdict.requests += len(asked)
        for use, operation in zip(asked, found, strict=True):
            verdict.faults += [f"{stream.name}: {fault}" for fault in _request_faults(use, operation)]
        if found[0] is not None:
            record = record_shape(asked, found)
            told = _stream_faults(connector, stream, record, samples.get(stream.name, []), verdict)
            told += _unexplained(connector, stream, record, samples, left_out.get(stream.name, {}), verdict)
            verdict.faults += [f"{stream.name}: {fault}" for fault in told]
    if verdict.share < SHARE:
        verdict.faults.append(f"{verdict.share:.0%} of the fields that the contract offers are mapped")
    return verdict


def _request_faults(use: Use, operation: Operation | None) -> Iterator[str]:
    if operation is None:
        yield f"the contract has no {use.method} {use.path} ({use.what})"
        return
    if operation.params is not None:
        for name in sorted(use.params - operation.params):
            yield f"{use.method} {use.path} has no query parameter '{name}'"
    shape = operation.answer.at(_plain(use.records))
    if shape is None:
        yield f"the answer of {use.path} has nothing at '{use.records}'"
    elif use.many and shape.kind not in ("array", "any"):
        yield f"the answer of {use.path} has no list at '{use.records}'"


def record_shape(asked: Sequence[Use], found: Sequence[Operation | None]) -> Shape:
    """The shape of a stream's records: that of the list, or of the detail that replaces it, with what details add."""
    shape = _answer(asked[0], found[0])
    extra = {}
    for use, operation in zip(asked, found, strict=True):
        if use.into == "":
            shape = _answer(use, operation)
        elif use.into is not None:
            extra[use.into] = operation.answer.at(_plain(use.records)) if operation else None
    if not extra:
        return shape
    fields = {name: inner for name, inner in extra.items() if inner is not None}
    return Shape("object", lambda: {**shape.make_fields(), **fields})


def _answer(use: Use, operation: Operation | None) -> Shape:
    found = operation.answer.at(_plain(use.records)) if operation else None
    return found.entered() if found else Shape("any")


def _stream_faults(
    connector: Connector, stream: StreamSpec, record: Shape, samples: list[dict[str, Any]], verdict: Verdict
) -> list[str]:
    if not samples:
        return ["there are no samples"] if stream.entities else []
    told = [f"sample {n}: {fault}" for n, sample in enumerate(samples) for fault in faults(sample, record)]
    verdict.samples += len(samples)
    paths = [*stream.key, *filter(None, [stream.increment and stream.increment.field])]
    told += [f"the contract has no field '{path}'" for path in paths if record.at(_plain(path)) is None]
    done = mapped.run(connector, stream, samples)
    told += [f"a sample is rejected: {reject}" for reject in done.rejects]
    told += [f"the mapping reads '{path}', which the contract does not have" for path in sorted(done.read)
             if record.at(path) is None]  # fmt: skip
    unseen = (path for path in sorted(done.read) if not any(_shown(sample, path.split(".")) for sample in samples))
    told += [f"no sample shows '{path}', which the mapping reads" for path in unseen if record.at(path) is not None]
    verdict.mapped |= {f"{entity.entity}.{name}" for entity in _entities(connector, stream) for name in entity.fields}
    return told


def _unexplained(
    connector: Connector, stream: StreamSpec, record: Shape, samples: Samples, reasons: Mapping[str, Any],
    verdict: Verdict,
) -> list[str]:  # fmt: skip
    if not _entities(connector, stream):
        return []
    read = mapped.run(connector, stream, samples.get(stream.name, [])).read
    keys = {_plain(path) for path in (*stream.key, *filter(None, [stream.increment and stream.increment.field]))}
    used = {path.split(".")[0] for path in {*read, *keys}}
    named = {name.strip() for names in reasons for name in names.split(",")}
    feeds = {why["feeds"] for why in reasons.values() if isinstance(why, Mapping) and "feeds" in why}
    verdict.offered |= feeds
    verdict.explained += len(named)
    fields = {name for name in record.make_fields() if not name.startswith("@")}  # annotations of OData are no fields
    told = [f"left_out names '{name}', which the contract does not have" for name in sorted(named)
            if record.at(name) is None]  # fmt: skip
    silent = sorted(fields - used - named)
    return told + ([f"neither mapped nor left out for a reason: {', '.join(silent)}"] if silent else [])


def _entities(connector: Connector, stream: StreamSpec) -> Sequence[Any]:
    return connector.mappings.get(stream.name, StreamMapping()).entities


def _shown(value: Any, path: list[str]) -> bool:
    if isinstance(value, list):
        return any(_shown(item, path) for item in value)
    if not path:
        return value is not None
    return isinstance(value, dict) and _shown(value.get(path[0]), path[1:])


def _plain(path: str) -> str:
    return path.replace("'", "")
