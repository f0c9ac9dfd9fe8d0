"""Ids are derived from what a thing is, so that they are the same for ever."""

from __future__ import annotations

import pytest

from schemas.ids import derived_id, entity_id
from schemas.mapping import StreamMapping
from tests.support.mapping import ADA, CUSTOMER, entity, mapped


def test_an_entity_keeps_its_id_in_a_new_connection() -> None:
    (before,) = mapped(StreamMapping((CUSTOMER,)), ADA).results[0].entities
    (after,) = mapped(StreamMapping((CUSTOMER,)), ADA, connection="another", run="run-9").results[0].entities
    assert before.id == after.id
    assert before.digest == after.digest, "so that nothing is told anew"
    assert before.body["connection"] != after.body["connection"]


@pytest.mark.parametrize("change", [{"tenant": "other"}, {"system": "other"}, {"company": "2"}])
def test_another_tenant_system_or_company_has_other_ids(change: dict[str, str]) -> None:
    (other,) = mapped(StreamMapping((CUSTOMER,)), ADA, **change).results[0].entities
    assert other.id != entity(CUSTOMER, ADA).id


def test_ids_never_change_their_meaning() -> None:
    assert entity_id(("acme", "testerp", "1"), "customer", "1") == "45ad2261e3158a7a2255591d6045c67c"
    assert derived_id("a", "bc") != derived_id("ab", "c")
