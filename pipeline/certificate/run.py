"""Running the certificate: every check, for every stream that it is about; one broken check hides no other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence

from connectors.spec import StreamSpec
from pipeline.certificate.bench import Case
from pipeline.certificate.checks import ALL
from pipeline.certificate.kit import Kit
from pipeline.certificate.verdicts import Check, Failure, NotApplicable, Outcome, Verdict
from schemas.errors import ErpflowError


async def run(kit: Kit, checks: Iterable[Check] = ALL) -> AsyncIterator[Verdict]:
    """The verdict of each check on each stream, as they come."""
    for check in checks:
        for stream in subjects(kit, check):
            yield await judge(kit, check, stream)


def subjects(kit: Kit, check: Check) -> Sequence[str | None]:
    """What a check is run for: each stream, or None for the connector as a whole."""
    streams = kit.connector.spec.streams
    if check.once:
        return [None]
    if check.alike:
        return list({_way(stream): stream.name for stream in reversed(streams)}.values())[::-1]
    return [stream.name for stream in streams]


def _way(stream: StreamSpec) -> str:
    """How a stream is read, without where and what: streams that agree in it run through the same code."""
    way = stream.model_dump(mode="json", include={"increment", "windows", "deletes", "lookup_size", "refreshes"})
    rest = stream.rest.model_dump(mode="json", include={"method", "pages", "empty"})
    details = [(child.method, bool(child.into), child.empty) for child in stream.rest.per_record]
    templates = [bool(part) for part in (stream.rest.body, stream.rest.keys_params, stream.rest.records)]
    return repr((way, rest, details, templates, len(stream.key)))


async def judge(kit: Kit, check: Check, stream: str | None) -> Verdict:
    """Run one check; whatever it raises is a verdict."""
    try:
        await check.run(Case(kit, stream or kit.connector.spec.streams[0].name))
    except NotApplicable as why:
        return Verdict(check.name, stream, Outcome.NOT_APPLICABLE, str(why))
    except (Failure, ErpflowError) as why:
        return Verdict(check.name, stream, Outcome.FAILED, str(why) if isinstance(why, Failure) else _raised(why))
    except Exception as error:  # noqa: BLE001 - a connector is foreign code
        return Verdict(check.name, stream, Outcome.FAILED, _raised(error))
    return Verdict(check.name, stream, Outcome.PASSED)


def _raised(error: Exception) -> str:
    return f"It raised {type(error).__name__}: {' '.join(str(error).split())[:300]}"
