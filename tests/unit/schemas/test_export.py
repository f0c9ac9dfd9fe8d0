"""The released files: made from the present schemas, valid, and guarded against incompatible changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

import schemas
from schemas.entities import ENTITIES
from schemas.errors import ConfigError
from schemas.export import check, documents, export
from schemas.information import EntityChange, EventHead, information_event
from schemas.messages import message_kinds

Make = Callable[[str], dict[str, Any]]
RELEASED = Path(schemas.__file__).parent / "json"
HEAD = EventHead("acme", "acme-1", "tryton", "things", "increment", dt.datetime(2026, 2, 3, tzinfo=dt.UTC))


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files as they are exported now."""
    return {path.name: path.read_bytes() for path in export(tmp_path_factory.mktemp("json"))}


@pytest.fixture
def directory(tmp_path: Path, released: dict[str, bytes]) -> Path:
    """A directory with the exported files, for tests to change."""
    for name, content in released.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a released file; what it then has more than the models is what the models have lost."""
    document = orjson.loads(path.read_bytes())
    change(document)
    path.write_bytes(orjson.dumps(document))


def test_the_released_files_are_those_of_the_present_schemas(released: dict[str, bytes]) -> None:
    assert {path.name: path.read_bytes() for path in RELEASED.glob("*.json")} == released


def test_nothing_breaks_what_is_released() -> None:
    assert check(RELEASED) == []


def test_exporting_again_gives_the_same_files(directory: Path, released: dict[str, bytes]) -> None:
    assert {path.name: path.read_bytes() for path in export(directory)} == released


def test_every_message_has_a_file_of_valid_json_schema(released: dict[str, bytes]) -> None:
    kinds = {f"{kind.name}.json" for kind in message_kinds()}
    assert kinds | {"asyncapi.json"} == set(released)
    for name in kinds:
        Draft202012Validator.check_schema(orjson.loads(released[name]))


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_published_event_follows_its_released_schema(entity: str, filled: Make, released: dict[str, bytes]) -> None:
    name = f"information-{entity.replace('_', '-')}.json"
    validator = Draft202012Validator(orjson.loads(released[name]))
    body = ENTITIES[entity].model_validate(filled(entity)).model_dump(mode="json", exclude_unset=True)
    event = orjson.loads(information_event(HEAD, EntityChange(entity, "created", body["version"], body)).to_json())
    validator.validate(event)
    event["data"]["body"]["a_later_field"] = 1
    validator.validate(event)
    del event["data"]["body"]["source_id"]
    assert not validator.is_valid(event)


def test_a_removed_field_is_reported(directory: Path) -> None:
    def had_a_field(document: dict[str, Any]) -> None:
        document["$defs"]["Customer"]["properties"]["shoe_size"] = {"type": "integer"}

    edit(directory / "information-customer.json", had_a_field)
    assert check(directory) == ["information-customer.data.body.shoe_size is gone."]


def test_a_changed_type_is_reported(directory: Path) -> None:
    def had_a_number(document: dict[str, Any]) -> None:
        document["$defs"]["Money"]["properties"]["amount"] = {"type": "number"}

    edit(directory / "information-payment.json", had_a_number)
    [sentence] = check(directory)
    assert sentence.startswith("information-payment.data.body.amount.amount may now be string (decimal)")


def test_a_renamed_entity_is_reported(directory: Path) -> None:
    (directory / "information-customer.json").rename(directory / "information-client.json")
    assert check(directory) == ["information-client is released, but there is no such message any more."]


def test_a_channel_that_is_gone_is_reported(directory: Path) -> None:
    edit(directory / "asyncapi.json", lambda document: document["channels"].update({"information-client": {}}))
    assert check(directory) == ["The channel information-client is gone."]


def test_an_added_optional_field_is_not_reported(directory: Path) -> None:
    def lacked_a_field(document: dict[str, Any]) -> None:
        del document["$defs"]["Customer"]["properties"]["gln"]

    edit(directory / "information-customer.json", lacked_a_field)
    assert check(directory) == []


def test_a_new_message_is_not_reported(directory: Path) -> None:
    (directory / "information-customer.json").unlink()
    assert check(directory) == []


def test_a_break_is_not_exported(directory: Path) -> None:
    edit(directory / "information-customer.json", lambda document: document["properties"].update(old={}))
    before = (directory / "information-customer.json").read_bytes()
    with pytest.raises(ConfigError, match=r"information-customer\.old is gone"):
        export(directory)
    assert (directory / "information-customer.json").read_bytes() == before


def test_an_empty_directory_releases_nothing(tmp_path: Path) -> None:
    assert check(tmp_path / "missing") == []


@pytest.mark.parametrize("content", [b"{", b"[]"])
def test_a_released_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "information-customer.json").write_bytes(content)
    with pytest.raises(ConfigError, match=r"information-customer\.json"):
        check(tmp_path)


def test_the_asyncapi_document_refers_only_to_what_is_there() -> None:
    present = documents()
    document = present["asyncapi.json"]
    messages = document["components"]["messages"]
    told = [ref["$ref"] for channel in document["channels"].values() for ref in channel["messages"].values()]
    payloads = [message["payload"]["schema"]["$ref"] for message in messages.values()]
    assert sorted(told) == sorted(f"#/components/messages/{name}" for name in messages)
    assert {payload.removeprefix("./") for payload in payloads} == set(present) - {"asyncapi.json"}
    assert len(document["operations"]) == len(document["channels"])
