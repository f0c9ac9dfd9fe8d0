"""Made-up settings and secrets of a connection: every name that a spec asks for, each secret one of a kind."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from connectors.auth import JwtBearer
from connectors.base import Access
from connectors.spec import ConnectorSpec
from connectors.templates import names
from connectors.testing.assertions import new_private_key

HOST = "https://erp.example"
ZONE = "Europe/Oslo"
"""A zone with summer time, so that an hour of difference shows."""

_MARK = "Zq7x"  # in every secret, and in no other text


def made_up(spec: ConnectorSpec, given: Mapping[str, str] | None = None, company: str = "1") -> Access:
    """An access with ``given`` settings, defaults, and made-up values for the rest."""
    settings, secrets = dict[str, str](), dict[str, str]()
    for setting in spec.settings:
        own = (given or {}).get(setting.name)
        if setting.secret:
            secrets[setting.name] = own or _secret(spec, setting.name)
        elif own is not None or setting.default is not None or setting.required:
            settings[setting.name] = own or setting.default or _setting(spec, setting.name)
    return Access(company, settings, secrets)


def _setting(spec: ConnectorSpec, name: str) -> str:
    zones = set().union(*(names(stream.increment.zone) for stream in spec.streams if stream.increment))
    if name in zones:
        return ZONE
    if name == "base_url" or (spec.rest is not None and spec.rest.base_url == f"{{{name}}}"):
        return f"{HOST}/api"
    return f"{name.replace('_', '-')}-of-north"


def _secret(spec: ConnectorSpec, name: str) -> str:
    auth = spec.rest.auth if spec.rest else None
    if isinstance(auth, JwtBearer) and name in names(auth.key):
        return _private_key(auth.algorithm)
    return f"{_MARK}-{name.replace('_', '-')}-{len(name):03}"


@lru_cache(maxsize=4)
def _private_key(algorithm: str) -> str:
    return new_private_key(algorithm)
