"""What a Tryton does not have is left out of a stream's fields, at any depth."""

import pytest

from connectors.increment import Increment
from connectors.spec import StreamSpec
from connectors.systems.tryton.catalogue import Catalogue
from schemas.errors import ConfigError

MODELS = {
    "party.party": {"id": None, "name": None, "active": None, "write_date": None, "create_date": None,
                    "addresses": "party.address", "origin": None},
    "party.address": {"city": None, "country": "country.country"},
    "country.country": {"code": None},
}  # fmt: skip


class Described:
    """A dialect that only describes its models."""

    title = "test"

    def __init__(self):
        self.asked = []

    async def names(self, model):
        self.asked.append(model)
        return MODELS.get(model, {})


def stream(*fields, model="party.party"):
    return StreamSpec(name="things", resource=model, fields=fields, increment=Increment(field="last_modified_at"))


async def test_only_what_is_there_is_asked_for():
    dialect = Described()
    wanted = stream("id", "last_modified_at", "active", "addresses.active", "addresses.country.code", "origin.name")
    fields = await Catalogue(dialect).fields(wanted)
    assert fields == ("id", "write_date", "create_date", "active", "addresses.country.code")
    assert dialect.asked == ["party.party", "party.address", "country.country"], "each model once"


async def test_a_missing_model_is_named():
    with pytest.raises(ConfigError, match=r"no model 'sale\.sale'"):
        await Catalogue(Described()).fields(stream("id", model="sale.sale"))
