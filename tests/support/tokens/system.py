"""A system whose tokens are issued after a consent, and its one connection."""

from __future__ import annotations

from connectors.auth import Auth, AuthorizationCode
from connectors.base import Connector
from connectors.registry import Registry
from connectors.rest import open_rest
from connectors.rest_spec import RestApi
from connectors.spec import ConnectorSpec, SettingSpec, StreamSpec
from pipeline.credentials import Vault
from pipeline.store.connections import ConnectionRow
from tests.support.issuer import CLIENT, SECRET

SECRETS = {"client_id": CLIENT, "client_secret": SECRET}


def consenting(**more: object) -> AuthorizationCode:
    """An auth whose page and tokens are below the base URL."""
    urls = {"authorize_url": "{base_url}/authorize", "token_url": "{base_url}/token"}
    return AuthorizationCode.model_validate(urls | more)


def spec(auth: Auth) -> ConnectorSpec:
    """The system, with one stream."""
    settings = (
        SettingSpec(name="base_url", description="Where it is."),
        SettingSpec(name="unit", description="Part of a company.", required=False),
        SettingSpec(name="client_id", description="Of the application.", secret=True),
        SettingSpec(name="client_secret", description="Of the application.", secret=True),
    )
    streams = (StreamSpec(name="customers", resource="customers"),)
    return ConnectorSpec(system="oauthy", title="Oauthy", settings=settings, streams=streams, rest=RestApi(auth=auth))


def registry(auth: Auth) -> Registry:
    """The one connector."""
    return Registry({"oauthy": Connector(spec(auth), {}, open_rest)})


def row(url: str, vault: Vault, name: str = "north-oauthy", company: str = "1") -> ConnectionRow:
    """A connection with secrets of its own."""
    return ConnectionRow(
        id=name, tenant="north", system="oauthy", company=company, settings={"base_url": url}, schedule={}, rules=[],
        sensitive=[], state="active", reason=None, secrets=vault.seal(SECRETS),
    )  # fmt: skip
