from __future__ import annotations

import pytest
from pydantic import ValidationError

from transformer.overrides import FieldRule


def test_an_entity_of_any_length_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValidationError) as refused:
        FieldRule.model_validate({"entity": "y" * 5_000, "field": "number", "path": "no"})
    said = refused.value.errors()[0]["msg"]
    assert "there is no entity 'yyyyyyyyyyyy...yyyyyyyyyyyyy'" in said
    assert len(said) < 900
