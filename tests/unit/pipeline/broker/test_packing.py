from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.broker.packing import (
    MAX_CONTENT,
    decode,
    decode_records,
    encode,
    encode_records,
    from_text,
    is_compressed,
    to_text,
)
from schemas.errors import Poison
from schemas.slices import Slices

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(2**63), max_value=2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text("abcæ"), inner), max_leaves=5)
RECORDS = st.lists(st.dictionaries(st.text("abcæ", min_size=1), VALUES), max_size=5)


@settings(max_examples=40)
@given(RECORDS)
def test_records_come_back_as_they_were(records: list[dict[str, Any]]) -> None:
    content = encode_records(records)
    assert decode_records(content) == records
    assert encode_records(decode_records(content)) == content


def test_only_what_is_over_1_kb_is_compressed() -> None:
    assert not is_compressed(encode_records([{"a": "x" * 1000}]))
    assert is_compressed(encode_records([{"a": "x" * 1100}]))


@given(st.binary())
def test_any_bytes_are_decoded_or_poison(content: bytes) -> None:
    try:
        decode_records(content)
    except Poison:
        return


@given(st.binary(max_size=200))
def test_any_bytes_after_the_magic_are_decoded_or_poison(content: bytes) -> None:
    with pytest.raises(Poison):
        decode_records(b"\x28\xb5\x2f\xfd" + content)


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=255))
def test_a_compressed_page_with_one_broken_byte_is_decoded_or_poison(position: int, value: int) -> None:
    content = bytearray(encode_records([{"id": number, "name": "x" * 20} for number in range(100)]))
    content[position % len(content)] = value
    try:
        decode_records(bytes(content))
    except Poison:
        return


@pytest.mark.parametrize("stated", [True, False], ids=["size stated", "size not stated"])
def test_a_page_that_unpacks_to_too_much_is_poison(stated: bool) -> None:
    packer = zstandard.ZstdCompressor(write_content_size=stated)
    if stated:
        bomb = packer.compress(b" " * (MAX_CONTENT + 1))
    else:
        stream = packer.compressobj()
        bomb = stream.compress(b" " * (MAX_CONTENT + 1)) + stream.flush()
    assert len(bomb) < 100_000
    with pytest.raises(Poison):
        decode(bomb)


def test_what_follows_a_compressed_page_is_poison() -> None:
    content = encode_records([{"a": "x" * 2000}])
    with pytest.raises(Poison):
        decode(content + b"more")


@pytest.mark.parametrize("content", [b"{}", b"[1]", b"[[]]", b"null", b""])
def test_what_is_no_list_of_records_is_poison(content: bytes) -> None:
    with pytest.raises(Poison):
        decode_records(content)


@pytest.mark.parametrize(
    "value",
    [2**70, Decimal("1.5"), object(), {1: "x"}, "\ud800"],
    ids=["a big number", "a decimal", "an object", "a numeric key", "a lone surrogate"],
)
def test_what_json_cannot_say_is_poison(value: Any) -> None:
    with pytest.raises(Poison, match="JSON"):
        encode([{"a": value}])


def test_records_nested_too_deeply_are_poison() -> None:
    nested: dict[str, Any] = {}
    for _ in range(2000):
        nested = {"a": nested}
    with pytest.raises(Poison):
        encode_records([nested])
    with pytest.raises(Poison):
        decode_records(b"[" * 2000 + b"]" * 2000)


@given(st.binary())
def test_text_comes_back_as_bytes_and_needs_no_quoting(content: bytes) -> None:
    text = to_text(content)
    assert from_text(text) == content
    assert all(character.isalnum() or character in "-_" for character in text)


@given(st.text(max_size=5))
def test_any_text_is_decoded_or_poison(text: str) -> None:
    try:
        from_text(text)
    except Poison:
        return


def test_records_that_stayed_bytes_are_packed_as_they_came() -> None:
    records = Slices(b'[{"id": 1, "net": 12.50},{"id":2}]')
    assert decode_records(encode_records(records)) == [{"id": 1, "net": 12.5}, {"id": 2}]
    assert encode_records(records) == b'[{"id": 1, "net": 12.50},{"id":2}]'


def test_a_number_beyond_all_bounds_that_nobody_looked_at_is_poison_in_the_end() -> None:
    with pytest.raises(Poison, match="infinity"):
        decode_records(encode_records(Slices(b'[{"id":1,"net":1e999}]')))
