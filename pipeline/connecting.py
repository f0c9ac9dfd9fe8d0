"""Adding a connection: what was given is held against the connector's spec before anything is stored."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.spec import ConnectorSpec
from pipeline.credentials import Vault
from pipeline.store.connections import ConnectionRow
from schemas.errors import ConfigError


def pairs(given: Sequence[str], what: str) -> dict[str, str]:
    """``["a=b"]`` as a mapping; raises ConfigError for what is not NAME=VALUE."""
    found = {}
    for pair in given:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise ConfigError(f"--{what} {name!r} is not NAME=VALUE; write for example --{what} base_url=https://….")
        found[name] = value
    return found


def secrets_of(given: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Secrets given as the *names* of environment variables, so that none shows in a process list."""
    found = {}
    for name, variable in given.items():
        if not environment.get(variable):
            raise ConfigError(f"The environment variable {variable} for the secret {name} is not set; export it first.")
        found[name] = environment[variable]
    return found


def new_connection(
    spec: ConnectorSpec, identity: tuple[str, str, str], settings: Mapping[str, Any], secrets: Mapping[str, str],
    vault: Vault, schedule: Mapping[str, Any] | None = None,
) -> ConnectionRow:  # fmt: skip
    """The row of a new connection; ``identity`` is (id, tenant, company). Raises ConfigError naming the setting."""
    known = {setting.name: setting for setting in spec.settings}
    for name in [*settings, *secrets]:
        if name not in known:
            raise ConfigError(f"{spec.system} has no setting {name}; it has: {', '.join(known) or 'none'}.")
        if known[name].secret is not (name in secrets):
            kind = "secret" if known[name].secret else "setting"
            raise ConfigError(f"{name} of {spec.system} is a {kind}; give it with --{kind}.")
    missing = [
        s.name for s in spec.settings if s.required and s.default is None and s.name not in {*settings, *secrets}
    ]
    if missing:
        raise ConfigError(f"{spec.system} needs the setting {missing[0]}: {known[missing[0]].description}")
    defaults = {s.name: s.default for s in spec.settings if s.default is not None and not s.secret}
    connection, tenant, company = identity
    return ConnectionRow(
        id=connection, tenant=tenant, system=spec.system, company=company, settings={**defaults, **settings},
        schedule=schedule or {}, rules=[], sensitive=[], state="active", reason=None, secrets=vault.seal(secrets),
    )  # fmt: skip
