"""What the samples mean: every one maps to entities that the common model takes, or is skipped on purpose."""

from __future__ import annotations

from collections import Counter

from pipeline.certificate.bench import Case
from pipeline.certificate.mapper import entities, refusal
from pipeline.certificate.verdicts import NotApplicable, check, demand


@check("mapping-samples")
async def samples(case: Case) -> None:
    """Every sample maps to valid entities or is skipped, and every kind of entity comes from one of them."""
    if not case.stream.entities:
        raise NotApplicable("the stream gives no entities; it only has other streams read again")
    results = case.mapper().map(case.kit.samples[case.name])
    for result in results:
        demand(result.status != "rejected", f"Sample {result.index + 1} is rejected: {refusal(result)}")
    given = {entity.entity for entity in entities(results)}
    missing = ", ".join(sorted(set(case.stream.entities) - given))
    demand(not missing, f"No sample gives a {missing}; add one, or correct the mapping.")


@check("mapping-ids")
async def ids(case: Case) -> None:
    """No two samples give the same entity, and the same record gives the same one again."""
    if not case.stream.entities:
        raise NotApplicable("the stream gives no entities; it only has other streams read again")
    mapper, given = case.mapper(), case.kit.samples[case.name]
    found = list(entities(mapper.map(given)))
    twice = [name for (name, _), many in Counter((one.entity, one.id) for one in found).items() if many > 1]
    demand(not twice, f"Two samples give the same {', '.join(sorted(set(twice)))}; make its key from the record's.")
    again = [(one.id, one.digest) for one in entities(mapper.map(given))]
    demand(
        again == [(one.id, one.digest) for one in found],
        "The same record gives another entity when it is mapped again.",
    )


CHECKS = (samples, ids)
