"""``coverage.yaml``, and what follows from it."""

from __future__ import annotations

import pytest

from connectors.coverage import Coverage, Told, faults, with_unknown
from connectors.reading.coverage import read_coverage
from connectors.reading.document import Document, Part
from schemas.entities import field_names
from schemas.errors import ConfigError
from schemas.mapping import EntityMapping, StreamMapping

TEXT = """\
level: contract
fields:
  every:
    - {none: [source_url, external_ref], because: "not offered"}
  activity:
    - {verified: [name]}
    - {none: [code, kind], because: "the contract has no such field"}
left_out:
  works: {secret: "sensitive"}
missing:
  wage_code: "it pays no wages"
"""
MAPPINGS = {
    "works": StreamMapping((EntityMapping("activity", {"name": "n", "billable": "b"}, unknown=("projects",)),)),
    "others": StreamMapping((EntityMapping("activity", {"name": "n"}),)),
}


def read(text: str) -> Coverage:
    document = Document.parse(text.encode(), "coverage.yaml")
    return read_coverage(Part(document, (), document.data))


def test_every_field_has_a_level_and_what_is_none_a_reason() -> None:
    found = read(TEXT)
    assert found.told("activity", "name", mapped=True) == Told("verified")
    assert found.told("activity", "billable", mapped=True) == Told("contract")
    assert found.told("activity", "code", mapped=False) == Told("none", "the contract has no such field")
    assert found.told("activity", "source_url", mapped=False) == Told("none", "not offered")
    assert found.told("activity", "projects", mapped=False) is None
    assert (found.left_out, found.missing) == ({"works": {"secret": "sensitive"}}, {"wage_code": "it pays no wages"})


def test_unknown_follows_the_coverage_and_what_only_another_stream_tells() -> None:
    found = with_unknown(MAPPINGS, read(TEXT))
    none = {"source_url", "external_ref", "code", "kind"}
    assert set(found["works"].entities[0].unknown) == none | {"projects"}
    assert set(found["others"].entities[0].unknown) == none | {"billable"}


def test_a_field_that_is_neither_mapped_nor_none_is_a_fault() -> None:
    told = list(faults(MAPPINGS, read(TEXT)))
    assert "activity.projects is neither mapped nor none for a reason" in told
    assert len(told) == len(field_names("activity")) - 10 - 6  # the header and custom, mapped and none


def test_a_coverage_that_contradicts_the_mapping_is_a_fault() -> None:
    wrong = TEXT.replace("verified: [name]", "none: [name], because: x").replace("wage_code", "activity")
    found = read(wrong)
    told = list(faults(MAPPINGS, Coverage(fields={**found.fields, "absence": {}}, missing=found.missing)))
    assert "activity.name is none, but mapped" in told
    assert "coverage speaks of the entity 'absence', which no stream gives" in told
    assert "coverage says that the entity 'activity' is missing, but a stream gives it" in told
    derived = read(TEXT.replace("verified: [name]", "derived: [name, projects]"))
    assert "activity.projects is derived, but nothing maps it" in list(faults(MAPPINGS, derived))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("level: contract", "level: sure", "line 1: level is 'sure'; allowed are verified, contract, derived."),
        ("  activity:", "  activty:", "coverage.yaml, line 5: fields.activty is no entity; did you mean 'activity'?"),
        ("[code, kind]", "[code, knd]", "line 7: fields.activity[1].none[1] is 'knd'; did you mean 'kind'?"),
        (', because: "the contract has no such field"', "", "fields.activity[1] needs 'because', which is missing"),
        ("verified: [name]", "verified: [name], derived: [code]", "fields.activity[0] must name one level"),
        ("[code, kind]", "[name]", "fields.activity[1] speaks of 'name' once more; remove one."),
        ("wage_code:", "wagecode:", "missing.wagecode is not known; did you mean 'wage_code'?"),
    ],
    ids=lambda text: text[:30],
)  # fmt: skip
def test_a_mistake_is_told_with_file_line_and_what_is_allowed(old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(TEXT.replace(old, new))
    assert said in str(caught.value)
