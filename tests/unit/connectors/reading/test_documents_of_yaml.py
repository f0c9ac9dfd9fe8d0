"""YAML as it is read: a safe part of it, with the line of everything."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.reading.document import Document
from schemas.errors import ConfigError


def read(text: str) -> Document:
    return Document.parse(text.encode(), "spec.yaml")


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return str(caught.value)


def test_words_that_yaml_once_took_for_something_else_are_texts() -> None:
    text = "a: no\nb: on\nc: 2026-03-31\nd: 12:30\ne: 007\nf: 1_000\ng: 0x10\nh: .inf\ni: Yes"
    assert set(read(text).data.values()) == {"no", "on", "2026-03-31", "12:30", "007", "1_000", "0x10", ".inf", "Yes"}


def test_plain_numbers_truth_and_null_are_what_they_look_like() -> None:
    data = read("a: 12\nb: -1.5\nc: true\nd: ~\ne:\nf: \"12\"\ng: 'true'").data
    assert data == {"a": 12, "b": -1.5, "c": True, "d": None, "e": None, "f": "12", "g": "true"}
    assert type(data["a"]) is int


def test_every_value_knows_its_line_and_how_it_was_written() -> None:
    document = read("a:\n  - x\n  - b: 007\n")
    assert document.line(("a", 1, "b")) == 3
    assert document.texts["a", 1, "b"] == "007"
    assert document.line(("a", 1, "b", "what", "is", "not")) == 3


def test_an_anchor_is_taken_over_and_what_stands_beside_it_goes_before() -> None:
    data = read("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: {<<: [*a, {z: 4}]}\nd: *a").data
    assert (data["b"], data["c"], data["d"]) == ({"y": 3, "x": 1}, {"x": 1, "y": 2, "z": 4}, {"x": 1, "y": 2})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3", "spec.yaml, line 3: the key 'a' comes twice; remove one."),
        ("a: !!python/object/apply:os.system [x]", "line 1: the tag 'tag:yaml.org,2002:python/object/apply:os.system'"),
        ("a: !local x", "the tag '!local' is not taken"),
        ("a: 1\n---\nb: 2", "spec.yaml, line 2: a second document begins"),
        ("a: *b", "spec.yaml, line 1: there is no anchor '&b' above."),
        ("a: &a [*a]", "there is no anchor '&a' above"),
        ("a: [1, 2", "this is not YAML"),
        ("a: b: c", "spec.yaml, line 1: this is not YAML"),
        ("", "spec.yaml is empty"),
        ("- a", "must be a mapping"),
        ("? [a]\n: b", "a key must be a word"),
        ("a: {<<: x}", "'<<' takes over a mapping"),
        ("a: " + "[" * 50 + "]" * 50, "nested more than 40 deep"),
        ("[" * 100_000, "nested more than 40 deep"),
        ("{a: " * 30_000, "nested more than 40 deep"),
        ("a: " + "x" * 210_000, "larger than 200 KB"),
        ("a: \x00", "this is not YAML"),
    ],
    ids=lambda text: text[:20],
)
def test_what_is_not_taken_is_told_in_one_sentence(text: str, said: str) -> None:
    assert said in refusal(text)


def test_a_few_aliases_cannot_mean_billions() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "more than 20000 values" in refusal("\n".join(lines))
    deep = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 200)]
    assert "nest too deep" in refusal("\n".join(deep))


def test_taking_over_many_times_costs_no_more_than_what_there_is() -> None:
    merged = ["a0: &a0 {x: 1}"] + [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 12)]
    assert read("\n".join(merged)).data["a11"] == {"x": 1}
    longer = ["a0: &a0 {x: 1}"] + [f"a{n}: &a{n} {{<<: *a{n - 1}, k{n}: 1}}" for n in range(1, 2_000)]
    assert "takes over too much" in refusal("\n".join(longer))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.yaml cannot be read \(No such file"):
        Document.read(tmp_path / "nothing.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"a: \xff")
    with pytest.raises(ConfigError, match="not UTF-8"):
        Document.read(tmp_path / "bytes.yaml")


@given(st.text(alphabet="ab:-[]{}&*!?|>'\"#,\n \t%@`<~0", max_size=60))
def test_any_text_is_read_or_refused_in_one_sentence(text: str) -> None:
    said = ""
    try:
        assert isinstance(read(text).data, dict)
    except ConfigError as error:
        said = str(error)
    assert "\n" not in said
    assert said == "" or said.startswith("spec.yaml")
