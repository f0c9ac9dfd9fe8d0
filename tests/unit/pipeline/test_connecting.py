from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from connectors.spec import ConnectorSpec, SettingSpec, StreamSpec
from pipeline.connecting import new_connection, pairs, secrets_of
from pipeline.credentials import Vault
from schemas.errors import ConfigError

SPEC = ConnectorSpec(
    system="fake",
    title="Fake",
    settings=(
        SettingSpec(name="base_url", description="Where it is."),
        SettingSpec(name="zone", description="Of its clock.", default="UTC"),
        SettingSpec(name="hint", description="Of no importance.", required=False),
        SettingSpec(name="password", description="Of the user.", secret=True),
    ),
    streams=(StreamSpec(name="customers", resource="c"),),
)
IDENTITY = ("acme-fake", "acme", "1")


@pytest.fixture
def vault() -> Vault:
    return Vault(Fernet.generate_key().decode())


def test_a_connection_has_its_settings_with_the_defaults_and_sealed_secrets(vault: Vault) -> None:
    row = new_connection(SPEC, IDENTITY, {"base_url": "https://x"}, {"password": "hush-hush"}, vault)
    assert (row.id, row.tenant, row.system, row.company) == ("acme-fake", "acme", "fake", "1")
    assert row.settings == {"base_url": "https://x", "zone": "UTC"}
    assert vault.open(row.secrets, row.id) == {"password": "hush-hush"}
    assert "hush" not in repr(row)
    assert row.state == "active"


@pytest.mark.parametrize(
    ("settings", "secrets", "said"),
    [
        ({"base_url": "x", "colour": "red"}, {"password": "p"}, "fake has no setting colour"),
        ({"base_url": "x"}, {"password": "p", "pin": "1"}, "fake has no setting pin"),
        ({"base_url": "x", "password": "hush"}, {}, "password of fake is a secret; give it with --secret."),
        ({}, {"base_url": "x", "password": "p"}, "base_url of fake is a setting; give it with --setting."),
        ({}, {"password": "p"}, "fake needs the setting base_url: Where it is."),
        ({"base_url": "x"}, {}, "fake needs the setting password: Of the user."),
    ],
)
def test_what_does_not_fit_the_spec_is_named(
    vault: Vault, settings: dict[str, str], secrets: dict[str, str], said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        new_connection(SPEC, IDENTITY, settings, secrets, vault)
    assert said in str(caught.value)
    assert "hush" not in str(caught.value)


def test_pairs_are_split_at_the_first_equals_sign() -> None:
    assert pairs(["a=b=c", "d="], "setting") == {"a": "b=c", "d": ""}


@pytest.mark.parametrize("given", ["hush-hush", "=hush-hush", ""])
@pytest.mark.parametrize("what", ["setting", "secret"])
def test_what_is_no_pair_is_refused_without_being_shown(given: str, what: str) -> None:
    with pytest.raises(ConfigError) as caught:
        pairs([given], what)
    assert f"--{what}" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_secrets_come_out_of_the_environment() -> None:
    assert secrets_of({"password": "ERP_PASSWORD"}, {"ERP_PASSWORD": "p"}) == {"password": "p"}


@pytest.mark.parametrize("environment", [{}, {"ERP_PASSWORD": ""}])
def test_a_missing_variable_is_named(environment: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="The environment variable ERP_PASSWORD for the secret password is not set"):
        secrets_of({"password": "ERP_PASSWORD"}, environment)


def test_a_secret_that_was_given_in_place_of_a_variable_is_not_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        secrets_of({"password": "hush-hush"}, {})
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("name", ["", " ", "x" * 81])
def test_a_name_that_is_empty_or_longer_than_its_column_is_refused(vault: Vault, position: int, name: str) -> None:
    identity = (*IDENTITY[:position], name, *IDENTITY[position + 1 :])
    with pytest.raises(ConfigError, match="needs a name of 1 to 80 characters"):
        new_connection(SPEC, identity, {"base_url": "https://x"}, {"password": "hush-hush"}, vault)
