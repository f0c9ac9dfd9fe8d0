from __future__ import annotations

from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.aws.forms import encoded, quoted

SENTENCE = 'Børs & Søn AS said: "100 % + 1\n", {[~]} 日本 '


@given(st.text())
def test_a_short_text_is_quoted_as_the_standard_library_does(text: str) -> None:
    assert quoted(text) == quote_plus(text)


@given(st.text(min_size=1))
def test_a_long_text_is_quoted_as_the_standard_library_does(text: str) -> None:
    assert quoted(text * 300) == quote_plus(text * 300)


def test_every_character_of_ascii_is_quoted_as_the_standard_library_does() -> None:
    text = "".join(map(chr, range(128))) * 3
    assert quoted(text) == quote_plus(text)


def test_a_long_text_of_many_scripts_is_quoted_as_the_standard_library_does() -> None:
    text = "".join(map(chr, range(0x4E00, 0x5200)))
    assert quoted(text) == quote_plus(text)


def test_half_a_surrogate_pair_is_refused_in_texts_of_any_length() -> None:
    for text in ("\ud800", "\ud800" * 1000):
        with pytest.raises(UnicodeEncodeError):
            quoted(text)


def test_a_form_is_what_the_standard_library_makes_of_it() -> None:
    form = {"Action": "Publish", "Member.1.Message": SENTENCE * 20, "Member.2.Message": SENTENCE, "Empty": ""}
    assert encoded(form) == urlencode(form).encode()
