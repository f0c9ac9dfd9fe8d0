"""What must be the same in an ERP's database and in what a subscriber was told, field by field.

``of_truth`` takes the rows of ``tryton_truth`` (SQL), ``of_events`` the bodies of Information events; both give
``{kind: {source id: facts}}`` in the same words: texts, numbers without trailing zeros, ids of Tryton's as text.

A sales order or invoice without a number is a draft and by design nobody's business (of a supplier's invoice the
supplier's own number counts), nor is an account without a code (the root of the chart), nor a named mechanism of a
party that is neither customer nor supplier: the same rules are taken here over the rows of the SQL. Tryton shows
registration numbers with spaces, which the common model leaves out; and the database has a total only for documents
that have gone through (``facts_rows.TOTALLED``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from tests.support.facts_bodies import BODIES
from tests.support.facts_rows import ROWS, Facts, Row, number_of

Kinds = dict[str, dict[str, Facts]]


def of_truth(truth: Mapping[str, Mapping[str, Row]]) -> Kinds:
    """The facts of everything in the database that a subscriber must know of."""
    partners = truth["customer"].keys() | truth["supplier"].keys()
    told = {
        "contact": {key: row for key, row in truth["contact"].items() if str(row["party"]) in partners},
        "account": {key: row for key, row in truth["account"].items() if row["code"]},
        **{kind: _numbered(truth[kind]) for kind in ("sales_order", "sales_invoice", "purchase_invoice")},
    }
    return {kind: {key: facts(row) for key, row in {**truth, **told}[kind].items()} for kind, facts in ROWS}


def of_events(events: Iterable[Mapping[str, Any]]) -> Kinds:
    """The facts of what exists after the events; of each entity the highest version counts, whatever came last."""
    newest: dict[str, Mapping[str, Any]] = {}
    for event in events:
        known = newest.get(event["subject"])
        if known is None or event["data"]["version"] > known["data"]["version"]:
            newest[event["subject"]] = event
    bodies = dict(BODIES)
    found: Kinds = {kind: {} for kind in bodies}
    for event in newest.values():
        if event["change"] != "deleted":
            body = event["data"]["body"]
            found[event["entity"]][body["source_id"]] = bodies[event["entity"]](body)
    return found


def checksum(facts: Mapping[str, Facts]) -> str:
    """One number for all facts of a kind."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _numbered(rows: Mapping[str, Row]) -> dict[str, Row]:
    return {key: row for key, row in rows.items() if number_of(row)}
