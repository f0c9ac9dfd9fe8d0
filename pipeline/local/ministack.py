"""AWS on the laptop: MiniStack as a child process, reachable from this machine only, by a random key.

Only the services that erpflow needs are on: who could reach its Lambda could run code as this user. Two of
its control paths ask for no key (``/_ministack/reset`` and ``/config``), so it listens on the loopback only.
State is written when it stops; killed, it comes back as it was at its last start, and the audit repairs that.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from pipeline.aws.access import AwsAccess
from pipeline.local.process import Ready, child, free_port
from schemas.errors import ConfigError

_HOST = "127.0.0.1"
_SERVICES = "sns,sqs,s3,sts,iam"
_STOP_AFTER = 30.0  # it writes its state then: 7 s for 100,000 queued messages


@asynccontextmanager
async def ministack(state_dir: Path, *, region: str, port: int | None = None) -> AsyncIterator[AwsAccess]:
    """Run MiniStack while the block runs; its state and ``ministack.log`` are kept in ``state_dir``.

    ``port`` None takes a free one. Raises ConfigError when it is not installed, the port is taken, or another
    one works in ``state_dir``: two would overwrite each other's state.
    """
    _check_installed()
    root = _directory(state_dir)
    port = port or free_port()
    _check_free(port)
    access = _access(region, port)
    env = _env(root, access, port)
    log = root / "ministack.log"
    async with (
        aiohttp.ClientSession() as http,
        child([sys.executable, "-m", "ministack"], env, log, _ready(http, access), _STOP_AFTER),
    ):
        yield access


def _access(region: str, port: int) -> AwsAccess:
    return AwsAccess(
        region=region,
        endpoint=f"http://{_HOST}:{port}",
        access_key=f"AKIA{secrets.token_hex(16).upper()}",
        secret_key=secrets.token_urlsafe(30),
    )


def _env(state_dir: Path, access: AwsAccess, port: int) -> dict[str, str]:
    """The whole environment: neither the user's AWS credentials nor a Docker daemon are within its reach."""
    return {
        "PATH": os.defpath,
        "HOME": str(state_dir),
        "TMPDIR": str(state_dir),
        "LOG_LEVEL": "WARNING",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": _HOST,
        "MINISTACK_HOST": _HOST,
        "MINISTACK_REGION": access.region,
        "SERVICES": _SERVICES,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{state_dir}/no-docker.sock",
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": access.access_key or "",
        "AWS_SECRET_ACCESS_KEY": access.secret_key or "",
        "PERSIST_STATE": "1",
        "S3_PERSIST": "1",
        "STATE_DIR": str(state_dir / "state"),
        "S3_DATA_DIR": str(state_dir / "s3"),
    }


def _ready(http: aiohttp.ClientSession, access: AwsAccess) -> Ready:
    async def ready() -> bool:
        try:
            async with http.get(f"{access.endpoint}/_ministack/ready") as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False

    return ready


def _check_installed() -> None:
    if importlib.util.find_spec("ministack") is None:
        raise ConfigError("MiniStack is not installed; run `pip install 'erpflow[embedded]'`.")


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        if probe.connect_ex((_HOST, port)) == 0:
            raise ConfigError(f"Port {port} of {_HOST} is taken; stop what listens there or set another port.")


def _directory(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path.absolute()
