from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from pipeline.credentials import Vault, data_key_file
from schemas.errors import ConfigError, NeedsConsent

SECRETS = {"password": "hush-hush", "user": "åse"}


@pytest.fixture
def vault() -> Vault:
    return Vault(Fernet.generate_key().decode())


def test_what_is_sealed_can_be_opened_and_not_read(vault: Vault) -> None:
    sealed = vault.seal(SECRETS)
    assert b"hush" not in sealed
    assert vault.open(sealed, "acme") == SECRETS


def test_a_connection_without_secrets_has_none(vault: Vault) -> None:
    assert vault.open(None, "acme") == {}


def test_another_data_key_needs_a_person(vault: Vault) -> None:
    other = Vault(Fernet.generate_key().decode())
    with pytest.raises(NeedsConsent) as caught:
        other.open(vault.seal(SECRETS), "acme-fake")
    text = str(caught.value)
    assert "connection acme-fake" in text
    assert text.endswith(".")
    assert "hush" not in text
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("sealed", [b"", b"not sealed", b"\xff"])
def test_damaged_secrets_need_a_person(vault: Vault, sealed: bytes) -> None:
    with pytest.raises(NeedsConsent):
        vault.open(sealed, "acme")


@pytest.mark.parametrize("key", ["", "short", "å" * 44, "x" * 44])
def test_what_is_no_data_key_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Vault(key)
    assert not key or key not in str(caught.value)


def test_nothing_of_a_vault_shows(vault: Vault) -> None:
    key = Fernet.generate_key().decode()
    assert key not in repr(Vault(key)) + str(vars(Vault(key)))


def test_the_data_key_is_made_once_in_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "home" / "data.key"
    key = data_key_file(path)
    assert data_key_file(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["data.key"]
    Vault(key)


def test_those_that_start_at_once_have_the_same_data_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        keys = list(threads.map(data_key_file, [tmp_path / "data.key"] * 64))
    assert len(set(keys)) == 1
    Vault(keys[0])
