"""Settings of a process: the only place that reads the environment. Every variable begins with ``ERPFLOW_``."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import Annotated, Literal

import orjson
from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.errors import ConfigError


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may have no name for its user
        return f"uid {os.getuid()}"


class Settings(BaseSettings):
    """Read once at start-up and frozen. Secrets never show in ``repr``."""

    model_config = SettingsConfigDict(env_prefix="ERPFLOW_", frozen=True, extra="ignore")

    home: Path = Field(default=Path(".erpflow"), description="Folder for everything that is kept on this machine.")
    store: str = Field(description="sqlite:///path/to/file or postgresql://user@host/database.")
    endpoint: str | None = Field(
        default=None, pattern=r"^https?://[^\s/]+/?$", description="URL of an AWS endpoint; unset: the real AWS."
    )
    region: str = "eu-north-1"
    access_key: SecretStr | None = Field(default=None, description="Unset: the AWS default credential chain.")
    secret_key: SecretStr | None = None
    prefix: str = Field(default="erpflow-", pattern=r"^[a-z0-9-]{0,30}$", description="Of topics and queues.")
    bucket: str = Field(default="erpflow-archive", description="S3 bucket of the archive.")
    data_key: SecretStr | None = Field(default=None, description="Encrypts credentials; unset: a file in the home.")
    concurrency: int = Field(default=8, ge=1, le=256, description="Messages in hand per worker.")
    lease_seconds: float = Field(default=60, ge=5, le=3600)
    visibility_seconds: float = Field(default=60, ge=5, le=3600)
    wait_seconds: float = Field(default=10, ge=0, le=20, description="Length of a long poll.")
    stop_seconds: float = Field(default=25, ge=1, le=600, description="Deadline of a graceful stop.")
    tick_seconds: float = Field(default=1, ge=0.05, le=60, description="Pace of scheduler, closer and relay.")
    grace_seconds: float = Field(default=30, ge=1, le=3600, description="Before the relay takes an unsent event.")
    health_port: int | None = Field(default=None, ge=0, le=65535, description="0: any free port; unset: none.")
    connectors: Annotated[Path | None, BeforeValidator(lambda value: value or None)] = Field(
        default=None, description="Folder of connectors that are YAML."
    )
    operator: str = Field(default_factory=_user, max_length=100, description="Who acts, in the audit trail.")
    log_level: Literal["debug", "info", "warning", "error"] = "info"


def load(**overrides: object) -> Settings:
    """The settings of this process; raises ConfigError with one sentence naming the variable.

    What neither ``overrides`` nor the environment say is taken from the embedded AWS that runs in the home folder,
    so that a second terminal finds it.
    """
    home = Path(str(overrides.get("home") or os.environ.get("ERPFLOW_HOME") or ".erpflow"))
    embedded = embedded_file(home)
    try:
        found = dict(orjson.loads(embedded.read_bytes())) if embedded.exists() else {}
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"{embedded} cannot be read ({error}); remove it and start the embedded AWS again.") from None
    try:
        fallback = {name: value for name, value in found.items() if f"ERPFLOW_{name.upper()}" not in os.environ}
        return Settings(**{**fallback, **overrides})
    except ValidationError as error:
        raise _told(error) from None


def connectors_folder() -> Path | None:
    """The folder of connectors that are YAML, for commands that need no other setting; None: there is none."""
    found = os.environ.get("ERPFLOW_CONNECTORS")
    return Path(found) if found else None


def embedded_file(home: Path) -> Path:
    """Where a running embedded AWS leaves its endpoint and keys, readable by the owner only."""
    return home / "embedded.json"


def _told(error: ValidationError) -> ConfigError:
    first = error.errors(include_url=False, include_input=False)[0]
    name = f"ERPFLOW_{'_'.join(map(str, first['loc'])).upper()}"
    wish = Settings.model_fields[str(first["loc"][0])].description or ""
    missing = first["type"] == "missing"
    problem = "is not set; set it to: " if missing else f"is wrong ({first['msg']}); it stands for: "
    hint = ", or start everything on this machine with: erpflow up --embedded" if name == "ERPFLOW_STORE" else ""
    return ConfigError(f"The environment variable {name} {problem}{wish.rstrip('.') or 'its name'}{hint}.")
