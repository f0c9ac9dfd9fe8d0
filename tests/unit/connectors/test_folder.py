"""A connector from a folder or a single file, and the registry of a folder of them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from connectors.folder import connector
from connectors.registry import Registry, check
from connectors.rest import open_rest
from schemas.errors import ConfigError
from schemas.mapping import EntityMapping, StreamMapping
from tests.support.brisk import FOLDER

ONE_FILE = """\
system: tiny
title: Tiny
settings: {base_url: Address of the server.}
rest: {}
streams:
  works: {resource: /works}
mappings:
  works:
    entity: activity
    fields: {name: title, billable: {truth: billable}}
coverage:
  fields:
    activity:
      - {none: [code], because: "it has no codes"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "brisk")
    return tmp_path


def test_a_folder_is_a_connector_that_keeps_the_rules() -> None:
    found = connector(FOLDER)
    check(found)
    assert (found.spec.system, found.open, found.folder) == ("brisk", open_rest, FOLDER)
    assert [stream.entities for stream in found.spec.streams] == [("customer",), ("project",), ("time_entry",)]


def test_a_single_file_is_a_connector_too(tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(ONE_FILE)
    found = connector(tmp_path / "tiny.yaml")
    check(found)
    assert found.mappings["works"].entities[0].unknown == ("code",)
    assert found.folder is None


def test_a_coverage_beside_the_spec_makes_unknown(folder: Path) -> None:
    (folder / "brisk" / "coverage.yaml").write_text(
        "fields: {customer: [{none: [gln], because: 'not offered'}], every: [{none: [source_url], because: 'none'}]}"
    )
    unknown = connector(folder / "brisk").mappings["customers"].entities[0].unknown
    assert unknown == ("credit_blocked", "gln", "source_url", "vat_number")


def test_mappings_may_be_python_beside_yaml_but_not_both_of_a_stream(folder: Path) -> None:
    own = {"hours": StreamMapping((EntityMapping("activity", {"name": "type"}),))}
    with pytest.raises(ConfigError, match="'hours' is mapped in Python and in YAML"):
        connector(folder / "brisk", own)
    mapping = (folder / "brisk" / "mapping.yaml").read_text()
    (folder / "brisk" / "mapping.yaml").write_text(mapping[: mapping.index("hours:\n")])
    assert connector(folder / "brisk", own).spec.stream("hours").entities == ("activity",)


def test_a_part_in_the_wrong_file_is_told(folder: Path) -> None:
    spec = folder / "brisk" / "spec.yaml"
    spec.write_text(spec.read_text() + "mappings: {}\n")
    with pytest.raises(ConfigError, match=r"spec\.yaml, line \d+: mappings belongs into mapping\.yaml beside it\."):
        connector(folder / "brisk")


def test_a_folder_of_connectors_is_registered_and_a_broken_one_hides_no_other(folder: Path) -> None:
    (folder / "tiny.yaml").write_text(ONE_FILE)
    (folder / "bad.yaml").write_text(ONE_FILE.replace("resource: /works", "resource: /works, deletes: sometimes"))
    wrong = ONE_FILE.replace("system: tiny", "system: wrong").replace("  works:\n", "  jobs:\n")
    (folder / "wrong.yaml").write_text(wrong)
    (folder / "half").mkdir()
    (folder / "half" / "mapping.yaml").write_text("{}")
    (folder / "of-others").mkdir()
    (folder / "_drafts").mkdir()
    (folder / "notes.txt").write_text("none of ours")
    registry = Registry.load([], folder)
    assert list(registry.connectors) == ["brisk", "tiny"]
    told = {name.rpartition(":")[2]: str(error) for name, error in registry.broken.items()}
    assert told.keys() == {"bad.yaml", "wrong.yaml", "half"}
    assert told["bad.yaml"] == (
        f"The connector 'bad.yaml' of {folder} cannot be used: bad.yaml, line 6: streams.works.deletes is 'sometimes'; "
        "allowed are keys, scan, none; update or remove it."
    )
    assert "there is a mapping for the stream 'jobs'" in told["wrong.yaml"]
    assert "spec.yaml cannot be read (No such file" in told["half"]


def test_a_system_of_the_folder_is_registered_once(folder: Path) -> None:
    shutil.copytree(folder / "brisk", folder / "brisk-again")
    registry = Registry.load([], folder)
    assert list(registry.connectors) == ["brisk"]
    assert ["registered twice" in str(error) for error in registry.broken.values()] == [True]


def test_a_folder_that_is_not_there_is_told_and_hides_nothing(tmp_path: Path) -> None:
    registry = Registry.load([], tmp_path / "nowhere")
    assert dict(registry.connectors) == {}
    assert [str(error) for error in registry.broken.values()] == [
        f"The folder of connectors {tmp_path / 'nowhere'} cannot be read (No such file or directory); "
        "correct ERPFLOW_CONNECTORS."
    ]


def test_a_folder_that_another_program_fills_with_anything_is_survived(folder: Path) -> None:
    rubbish: dict[str, Any] = {"a.yaml": b"\xff\xfe", "b.yaml": b"[" * 10_000, "c.yml": b"", "d.yaml": b"system: [a]"}
    for name, content in rubbish.items():
        (folder / name).write_bytes(content)
    registry = Registry.load([], folder)
    assert list(registry.connectors) == ["brisk"]
    assert len(registry.broken) == len(rubbish)
    assert all("\n" not in str(error) for error in registry.broken.values())
