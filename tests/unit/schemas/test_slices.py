"""Records as bytes say the same as records that were parsed."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.body import parse_json
from connectors.slicing import Cut, sliced
from schemas.errors import ConfigError, Retryable
from schemas.keys import source_key, value_at
from schemas.slices import Slices, first_key, source_keys, taken, values_at

NAMES = st.sampled_from(["id", "a", "b", "0", "@x", 'q"', "æ"])
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
RECORDS = st.lists(st.dictionaries(NAMES, VALUES, max_size=4), max_size=4)
PATHS = st.lists(st.sampled_from(["id", "a", "b", "0", "'@x'", "'q\"'", "æ", "missing"]), min_size=1, max_size=3)


ITSELF = Cut("")


def cut(records: Any, option: int = 0, columns: tuple[str, ...] = ()) -> Slices:
    return cut_bytes(orjson.dumps(records, option=option), columns)


def cut_bytes(content: bytes, columns: tuple[str, ...] = ()) -> Slices:
    found = sliced(content, Cut("", columns))
    assert isinstance(found, Slices)
    return found


@given(RECORDS, PATHS, st.sampled_from([0, orjson.OPT_INDENT_2]))
def test_a_column_is_what_a_walk_finds(records: list[dict[str, Any]], parts: list[str], option: int) -> None:
    path = ".".join(parts)
    slices = cut(records, option)
    assert list(slices) == records
    assert values_at(slices, path) == values_at(records, path) == [value_at(record, path) for record in records]
    assert orjson.loads(slices.json()) == records


@given(RECORDS, st.lists(PATHS.map(".".join), max_size=3))
def test_columns_that_are_read_together_are_what_a_walk_finds(records: list[dict[str, Any]], paths: list[str]) -> None:
    slices = cut(records, columns=tuple(paths))
    for path in paths:
        assert values_at(slices, path) == [value_at(record, path) for record in records]


@pytest.mark.parametrize("paths", [("a", "a.b"), ("a.b", "a"), ("a.b", "a.c", "id"), ("a.b.c", "a.b"), ("a", "a")])
def test_paths_may_lie_within_each_other(paths: tuple[str, ...]) -> None:
    records = [{"id": 1, "a": {"b": {"c": 2}, "c": [3]}}, {"a": None}, {"a": {"b": None}}, {}]
    slices = cut(records, columns=paths)
    assert [slices.column(path) for path in paths] == [values_at(records, path) for path in paths]


@given(RECORDS)
def test_keys_are_the_same(records: list[dict[str, Any]]) -> None:
    for paths in (("id",), ("a.b", "id"), ("a",)):
        keys = [source_key(record, paths) for record in records]
        assert source_keys(cut(records, columns=paths), paths) == source_keys(records, paths) == keys
        assert first_key(cut(records), paths) == first_key(records, paths) == (keys[0] if keys else None)


def test_the_text_stays_as_it_came() -> None:
    content = b'{"rows": [ {"id": 1.50},\n {"id":2}\t]\n}'
    rows = sliced(content, Cut("rows"))["rows"]
    assert bytes(rows.json()) == b'[ {"id": 1.50},\n {"id":2}\t]'
    assert rows == [{"id": 1.5}, {"id": 2}]


@given(st.binary(max_size=60) | RECORDS.map(orjson.dumps).flatmap(lambda text: st.integers(0, len(text)).map(
    lambda end: text[:end])), st.sampled_from(["", "id", "a.b"]))  # fmt: skip
def test_whatever_is_cut_is_what_parsing_all_of_it_gives(content: bytes, path: str) -> None:
    found = sliced(content, Cut(path, ("id", "a.b")))
    if found is not None:
        whole = orjson.loads(content)
        records = value_at(whole, path) if path else whole
        mine = value_at(found, path) if path else found
        assert list(mine) == records
        assert len(mine) == len(records)


@pytest.mark.parametrize(
    "content",
    [b'[{"a":"\xff"}]', b'[{"a":1},null]', b"[[1]]", b'{"id":1}', b'[{"a":1},]', b'["\\ud800"]', b'[{"a":NaN}]', b"[1"],
)
def test_what_is_no_list_of_objects_in_good_json_is_not_cut(content: bytes) -> None:
    assert sliced(content, ITSELF) is None
    assert sliced(content, Cut("", ("a",))) is None


def test_what_is_around_the_list_is_parsed() -> None:
    content = b'{"total":2,"d":{"next":"x","rows":[{"id":1},{"id":2}]}}'
    assert sliced(content, Cut("d.rows")) == {"total": 2, "d": {"next": "x", "rows": [{"id": 1}, {"id": 2}]}}


FRAMES = st.recursive(
    st.sampled_from([b"0", b"1", b"[]", b'[{"id":7}]', b'"]"', b'"["', b"null", b'{"d":[]}']),
    lambda inner: st.lists(st.tuples(st.sampled_from([b'"d"', b'"\\u0064"', b'"x"']), inner), max_size=3).map(
        lambda members: b"{" + b",".join(name + b":" + value for name, value in members) + b"}"
    ),
    max_leaves=5,
)


@given(FRAMES, st.sampled_from(["d", "d.d", "x.d", "d.x"]))
def test_it_is_the_list_at_the_path_whatever_lists_are_around(content: bytes, path: str) -> None:
    found, whole = sliced(content, Cut(path, ("id",))), orjson.loads(content)
    records = value_at(whole, path)
    assert (found is not None) is (isinstance(records, list))
    if found is not None:
        assert isinstance(value_at(found, path), Slices)
        assert found == whole


def test_the_last_of_two_fields_with_one_name_counts() -> None:
    assert cut_bytes(b'[{"id":1,"id":2}]').column("id") == [2]


def test_records_may_be_taken_out_and_asked_for_by_position() -> None:
    slices = cut([{"id": 1}, {"id": 2}, {"id": 3}])
    assert taken(slices, [0, 2]) == [{"id": 1}, {"id": 3}]
    assert taken([{"id": 1}], [0]) == [{"id": 1}]
    assert (slices[-1], slices[1:]) == ({"id": 3}, [{"id": 2}, {"id": 3}])


def test_a_number_beyond_all_bounds_is_told_when_it_is_looked_at() -> None:
    slices = cut_bytes(b'[{"id":1,"a":1e999}]')
    assert slices.column("id") == [1]
    with pytest.raises(Retryable, match="infinity"):
        slices.column("a")


@pytest.mark.parametrize("depth", [198, 199, 250, 5_000])
def test_a_record_that_is_nested_deeply_is_not_cut(depth: int) -> None:
    content = b'[{"a":' + b"[" * depth + b"]" * depth + b"}]"
    assert (sliced(content, ITSELF) is None) is (depth > 198)
    if depth > 198:
        with pytest.raises(ConfigError, match="nested deeper than 200"):
            parse_json(content, "A server", ITSELF)


def test_a_path_leads_into_them_as_into_a_list() -> None:
    document = {"rows": cut([{"id": 1}, {"id": 2}])}
    assert [value_at(document, f"rows.{place}.id") for place in ("0", "-1", "2", "x")] == [1, 2, None, None]
    assert value_at({"name": "Nord"}, "name.0") is None
