"""How this API words its errors: each means what the spec says, and an error is never taken for an empty list."""

from __future__ import annotations

from typing import Any

from connectors.base import Mode
from connectors.dialect import ErrorDialect, ErrorRule
from connectors.testing.exchange import Answer, Spoil
from connectors.testing.places import dotted, put
from pipeline.certificate.bench import Bench, Case
from pipeline.certificate.mirror import Mirror
from pipeline.certificate.verdicts import NotApplicable, check, demand
from schemas.errors import ConfigError, ErpflowError, NeedsConsent, RateLimited, Retryable
from schemas.keys import value_at

_MEANT: dict[str, tuple[type[ErpflowError], ...]] = {
    "retryable": (Retryable,),
    "rate-limited": (RateLimited,),
    "needs-consent": (NeedsConsent,),
    "refused": (NeedsConsent,),
    "config": (ConfigError,),
}


@check("dialect-error-inside", alike=True)
async def inside(case: Case) -> None:
    """An error in an answer with a status of success is an error, and not a list that happens to be empty."""
    bench = case.bench(3)
    for spoil in _errors_inside(bench):
        bench.server.mend()
        bench.server.fail(spoil, times=10_000)
        error = await _raised(bench)
        demand(error is not None, "An error inside an answer with the status 200 was taken for a page of records.")


@check("dialect-rules", once=True)
async def rules(case: Case) -> None:
    """Every rule of the API's error dialect gives the error that it names."""
    api = case.kit.api.rest
    if api is None or not api.errors.rules:
        raise NotApplicable("the API words its errors as HTTP does")
    for rule in api.errors.rules:
        if rule.means not in _MEANT:
            continue
        bench = case.bench(3)
        bench.server.fail(_worded(api.errors, rule), times=10_000)
        error = await _raised(bench)
        told = type(error).__name__ if error else "a page of records"
        demand(isinstance(error, _MEANT[rule.means]), f"{_named(rule)} means {rule.means}, and is told as {told}.")


async def _raised(bench: Bench) -> ErpflowError | None:
    mirror = Mirror(bench)
    try:
        async with bench.session() as session:
            await anext(mirror.pages(session, Mode.BACKFILL))
    except ErpflowError as error:
        return error
    return None


def _errors_inside(bench: Bench) -> list[Spoil]:
    """An error where the list should be; and, where the API words errors so, one beside an empty list."""
    instead: Spoil = lambda _: Answer(document={"error": {"code": 500, "message": "something failed"}})  # noqa: E731
    rest = bench.erp.spec.rest
    if rest is None or rest.errors.inside is None:
        return [instead]
    dialect, empty = rest.errors, put({}, dotted(bench.api.rest.records), [])
    said = _marked(dialect, _put_all(empty, {dialect.message: "something failed"}))
    return [instead, lambda _: Answer(document=said)]


def _worded(dialect: ErrorDialect, rule: ErrorRule) -> Spoil:
    code = rule.code.rstrip("*") if rule.code else None
    said = _marked(dialect, _put_all({}, {dialect.code: code, dialect.message: rule.says or "no"}))
    status = rule.status or (200 if dialect.inside else 400)
    return lambda _: Answer(status, said)


def _marked(dialect: ErrorDialect, document: Any) -> Any:
    """The document with something where the dialect looks for an error inside a success."""
    if dialect.inside is None or value_at(document, dialect.inside):
        return document
    return put(document, dotted(dialect.inside), True)


def _put_all(document: Any, values: dict[str | None, Any]) -> Any:
    for path, value in values.items():
        if path is None or value is None:
            continue
        document = put(document, dotted(path), value)
    return document


def _named(rule: ErrorRule) -> str:
    return ", ".join(
        f"{name} {value}" for name, value in rule.model_dump(include={"status", "code", "says"}).items() if value
    )


CHECKS = (inside, rules)
