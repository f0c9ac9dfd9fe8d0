"""Paths of specs: dotted names, positions in lists, names with dots in quotes."""

import pytest

from schemas.keys import path_parts, source_key, value_at

ANSWER = {
    "errors": [{"code": "A"}, {"code": "B"}],
    "MetaInformation": {"@TotalPages": 3},
    "@odata.nextLink": "https://x.example",
    "a": {"b.c": {"0": "zero"}, "d'e": 5},
    "": {"x": 1},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("errors.0.code", "A"),
        ("errors.-1.code", "B"),
        ("errors.2.code", None),
        ("errors.code", None),
        ("MetaInformation.@TotalPages", 3),
        ("'@odata.nextLink'", "https://x.example"),
        ('"@odata.nextLink"', "https://x.example"),
        ("@odata.nextLink", None),
        ("a.'b.c'.0", "zero"),
        ('a."d\'e"', 5),
        ("a.b.c", None),
        ("nothing.at.all", None),
        (".x", 1),
        ("MetaInformation.@TotalPages.x", None),
    ],
)
def test_a_path_leads_to_its_value_or_nowhere(path, found):
    assert value_at(ANSWER, path) == found


@pytest.mark.parametrize("path", ["'a", "a.'b", "a'b'", "'a'b", "''x"])
def test_a_quote_in_the_wrong_place_is_told(path):
    with pytest.raises(ValueError, match="quote"):
        path_parts(path)


def test_a_key_may_be_made_of_such_paths():
    assert source_key(ANSWER, ("errors.0.code", "MetaInformation.@TotalPages")) == "A/3"
    assert source_key(ANSWER, ("errors.9.code",)) is None
