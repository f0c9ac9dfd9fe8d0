"""Versions as text order like versions as numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.version import ReadNumber, Version

READS = st.builds(ReadNumber, st.integers(0, 10**10 - 1), st.integers(0, 10**10 - 1))
VERSIONS = st.builds(
    Version,
    st.integers(0, 10**10 - 1),
    st.integers(0, 10**10 - 1),
    st.integers(0, 10**7 - 1),
    st.integers(0, 10**5 - 1),
)
CLOSE = st.builds(Version, *(st.integers(8, 12) for _ in range(4)))


@given(VERSIONS | CLOSE, VERSIONS | CLOSE)
def test_comparing_the_texts_is_comparing_the_numbers(one: Version, other: Version) -> None:
    assert (str(one) < str(other)) == (one < other)
    assert (str(one) == str(other)) == (one == other)


@given(VERSIONS)
def test_a_version_survives_its_text(version: Version) -> None:
    assert Version.parse(str(version)) == version
    assert ReadNumber.parse(str(version.read)) == version.read


@given(READS, READS, st.integers(0, 10**7 - 1), st.integers(0, 10**7 - 1))
def test_any_record_of_a_later_read_is_newer(one: ReadNumber, other: ReadNumber, i: int, j: int) -> None:
    earlier, later = sorted((one, other))
    if earlier != later:
        assert str(earlier.at(i, pass_number=9)) < str(later.at(j))


@pytest.mark.parametrize("text", ["", "1", "1.2.3", "1.2.3.4.5", "a.b.c.d"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Version.parse(text)
