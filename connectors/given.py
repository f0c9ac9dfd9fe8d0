"""What a connection gives to the templates of its connector's spec."""

from __future__ import annotations

from typing import Any

from connectors.base import Access
from connectors.spec import ConnectorSpec
from schemas.errors import ConfigError


def connection_values(spec: ConnectorSpec, access: Access) -> dict[str, str]:
    """Settings, secrets and ``company`` of a connection as texts, defaults filled in, empty ones left out.

    Raises ConfigError when a required one is missing.
    """
    values = {"company": access.company}
    for setting in spec.settings:
        given: Any = (access.secrets if setting.secret else access.settings).get(setting.name)
        text = setting.default if given in (None, "") else str(given)
        if text is not None:
            values[setting.name] = text
        elif setting.required:
            kind = "secret" if setting.secret else "setting"
            raise ConfigError(f"The {kind} '{setting.name}' of a {spec.title} connection is missing; set it.")
    return values
