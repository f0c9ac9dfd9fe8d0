"""The registry: what is broken is named and hides nothing else."""

import sys
from importlib.metadata import EntryPoint
from types import SimpleNamespace

import pytest

from connectors.base import Connector
from connectors.registry import Registry, check
from connectors.rest import open_rest
from connectors.rest_spec import RestApi
from connectors.spec import ConnectorSpec, StreamSpec
from connectors.systems.tryton import CONNECTOR as TRYTON
from schemas.errors import ConfigError
from schemas.mapping import EntityMapping, FollowUpRule, StreamMapping

GOOD = StreamMapping((EntityMapping("customer", {"number": "no", "name": "name"}),))


def connector(system="good", mappings=None, **stream):
    one = StreamSpec(**{"name": "things", "resource": "/things", "entities": ("customer",), **stream})
    spec = ConnectorSpec(system=system, title=system, streams=(one,), rest=RestApi(base_url="https://x.example"))
    return Connector(spec, {"things": GOOD} if mappings is None else mappings, open_rest)


class Raises:
    def __getattr__(self, name):
        raise RuntimeError("third party code\nwith a long story")


@pytest.fixture
def point(monkeypatch):
    """Makes an entry point to any object, in a module of its own."""

    def make(name, value):
        module = value if isinstance(value, Raises) else SimpleNamespace(CONNECTOR=value)
        monkeypatch.setitem(sys.modules, f"package_of_{name}", module)
        return EntryPoint(name, f"package_of_{name}:CONNECTOR", "erpflow.connectors")

    return make


def test_a_broken_connector_is_named_and_hides_no_other(point):
    registry = Registry.load(
        [
            point("bad", Raises()),
            point("good", connector()),
            point("text", "not a connector"),
            EntryPoint("gone", "no_such_package_at_all:CONNECTOR", "erpflow.connectors"),
        ]
    )
    assert list(registry.connectors) == ["good"]
    assert {name: str(error) for name, error in registry.broken.items()} == {
        "package_of_bad:bad": "The connector 'bad' of package_of_bad cannot be used: RuntimeError third party code "
        "with a long story; update or remove it.",
        "package_of_text:text": "The connector 'text' of package_of_text cannot be used: it is not a "
        "connectors.base.Connector; update or remove it.",
        "no_such_package_at_all:gone": "The connector 'gone' of no_such_package_at_all cannot be used: "
        "ModuleNotFoundError No module named 'no_such_package_at_all'; update or remove it.",
    }


def test_a_system_is_registered_once(point):
    registry = Registry.load([point("one", connector()), point("two", connector())])
    assert list(registry.connectors) == ["good"]
    assert "registered twice" in str(registry.broken["package_of_two:two"])


def test_an_unknown_system_is_answered_with_those_that_exist(point):
    registry = Registry.load([point("b", connector("b")), point("a", connector("a"))])
    with pytest.raises(ConfigError, match=r"for the system 'c'; installed are: a, b\."):
        registry.get("c")
    assert registry.get("a").spec.system == "a"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (connector(mappings={}), "declares the entities"),
        (connector(mappings={"things": GOOD, "others": GOOD}), "which the spec does not have"),
        (connector(entities=("martian",), mappings={"things": StreamMapping((EntityMapping("martian", {}),))}),
         "which is no entity"),
        (connector(mappings={"things": StreamMapping((EntityMapping("customer", {"colour": "c"}),))}), "colour"),
        (connector(mappings={"things": StreamMapping((EntityMapping("customer", {}, unknown=("colour",)),))}),
         "colour"),
        (connector(mappings={"things": StreamMapping(GOOD.entities, (FollowUpRule("nowhere", "id"),))}),
         "which does not exist"),
    ],
)  # fmt: skip
def test_mappings_are_held_against_spec_and_common_model(wrong, said):
    with pytest.raises(ConfigError, match=said):
        check(wrong)


def test_the_connectors_of_this_repository_keep_the_rules():
    check(TRYTON)
