"""Several connections under one credential: one set of secrets and one token for many companies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.spec import ConnectorSpec
from pipeline import custody
from pipeline.credentials import Vault
from pipeline.custodian import credential_of
from pipeline.store import connections, tokens
from pipeline.store.connections import ConnectionRow
from schemas.errors import ConfigError

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


async def shared_secrets(tx: AsyncConnection, credential: str, vault: Vault) -> dict[str, str]:
    """The secrets of a credential, none where there is none yet; raises ConfigError for a name that is none."""
    if not _NAME.fullmatch(credential):
        raise ConfigError("The name of a credential has small letters, digits and hyphens; choose another.")
    found = await tokens.find(tx, credential)
    return vault.open(found.secrets if found else None, credential)


async def share(
    tx: AsyncConnection, spec: ConnectorSpec, row: ConnectionRow, credential: str, vault: Vault
) -> ConnectionRow:
    """A new connection as one more user of a credential, which keeps the secrets in its place.

    Raises ConfigError where the credential is another tenant's or system's, or where the issuer would have to give
    this connection a token of its own.
    """
    held = await tokens.lock(tx, credential, row.tenant, row.system)
    if (held.tenant, held.system) != (row.tenant, row.system):
        raise ConfigError(
            f"The credential {credential} belongs to tenant {held.tenant} in {held.system}; choose another name."
        )
    secrets = vault.open(row.secrets, row.id)
    for other in await connections.sharing(tx, credential):
        _check(spec, row, other, secrets)
    await tokens.set_secrets(tx, credential, vault.seal(secrets))
    return replace(row, credential=credential, secrets=None)


def _check(spec: ConnectorSpec, row: ConnectionRow, other: ConnectionRow, secrets: Mapping[str, str]) -> None:
    mine, theirs = credential_of(spec, row, secrets), credential_of(spec, other, secrets)
    if mine is None or theirs is None:
        return
    same = mine.auth == theirs.auth
    differing = custody.differing(mine.auth, mine.values, theirs.values) if same else ["token URL"]
    if differing:
        raise ConfigError(
            f"A token of {spec.title} is for one {differing[0]}, and connection {other.id} has another; "
            "give this connection a credential of its own."
        )
