"""Adding a connection: what was given is held against the connector's spec before anything is stored."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.spec import ConnectorSpec
from pipeline.credentials import Vault
from pipeline.store.connections import ConnectionRow
from schemas.errors import ConfigError

_FORMS = {
    "setting": "NAME=VALUE; write for example --setting base_url=https://…",
    "secret": "NAME=VARIABLE; write the name of an environment variable, for example --secret password=ERP_PASSWORD",
}
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")


def pairs(given: Sequence[str], what: str) -> dict[str, str]:
    """``["a=b"]`` as a mapping; raises ConfigError for what is not NAME=VALUE."""
    found = {}
    for pair in given:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            # What was given is not shown: it may be a secret.
            raise ConfigError(f"A --{what} is not {_FORMS[what]}.")
        found[name] = value
    return found


def secrets_of(given: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Secrets given as the *names* of environment variables, so that none shows in a process list."""
    found = {}
    for name, variable in given.items():
        if not environment.get(variable):
            shown = variable if _VARIABLE.fullmatch(variable) else "that was named"
            raise ConfigError(
                f"The environment variable {shown} for the secret {name} is not set; "
                f"export it first, then give --secret {name}=VARIABLE."
            )
        found[name] = environment[variable]
    return found


LONGEST_NAME = 80
"""Characters of a connection's, tenant's and company's name: what the store's columns hold."""


def new_connection(
    spec: ConnectorSpec, identity: tuple[str, str, str], settings: Mapping[str, Any], secrets: Mapping[str, str],
    vault: Vault, schedule: Mapping[str, Any] | None = None,
) -> ConnectionRow:  # fmt: skip
    """The row of a new connection; ``identity`` is (id, tenant, company). Raises ConfigError naming the setting."""
    check(spec, settings, secrets)
    defaults = {s.name: s.default for s in spec.settings if s.default is not None and not s.secret}
    for what, given in zip(("connection", "tenant", "company"), identity, strict=True):
        if not 1 <= len(given.strip()) <= LONGEST_NAME:
            raise ConfigError(f"The {what} needs a name of 1 to {LONGEST_NAME} characters; give it another one.")
    connection, tenant, company = identity
    return ConnectionRow(
        id=connection, tenant=tenant, system=spec.system, company=company, settings={**defaults, **settings},
        schedule=schedule or {}, rules=[], sensitive=[], state="active", reason=None, secrets=vault.seal(secrets),
    )  # fmt: skip


def check(spec: ConnectorSpec, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
    """Raise ConfigError for the first setting or secret that the system does not know, or that is missing."""
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
