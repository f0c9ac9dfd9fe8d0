"""AWS clients: one per service and process, opened and closed with ``async with``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from pipeline.aws.access import AwsAccess
from pipeline.aws.forms import batch, encoded

_CONNECT_TIMEOUT = 5
_READ_TIMEOUT = 30  # a long poll of 20 s, and time for its answer
_ATTEMPTS = 3
_CONNECTIONS = 64
_ENTRIES = "entries of a batch"


@asynccontextmanager
async def open_client(service: str, access: AwsAccess) -> AsyncIterator[Any]:
    """A client of sns, sqs, s3 or sts, for all tasks to share; aiobotocore gives it no types."""
    maker = _session().create_client(
        service,
        region_name=access.region,
        endpoint_url=access.endpoint,
        aws_access_key_id=access.access_key,
        aws_secret_access_key=access.secret_key,
        config=_config(access),
    )
    async with maker as client:
        if service == "sns":
            client.meta.events.register_first("request-created.sns", encode_once)
            client.meta.events.register("before-parameter-build.sns.PublishBatch", keep_entries)
            client.meta.events.register("before-call.sns.PublishBatch", write_entries)
        yield client


def encode_once(request: Any, **_: Any) -> None:
    """Turn an SNS form into bytes before it is signed.

    botocore keeps the form as a dict and url-encodes it at each of four accesses to the body; that is half of
    the CPU time of a publish.
    """
    if isinstance(request.data, dict):
        request.data = encoded(request.data)


def keep_entries(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    """Keep a batch's entries from botocore's serializer, which walks through the model for each of their parts."""
    context[_ENTRIES] = params.pop("PublishBatchRequestEntries")


def write_entries(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    """Put the entries behind the rest of the form."""
    params["body"] = encoded(params["body"]) + batch(context.pop(_ENTRIES))


@cache
def _session() -> Any:
    """One for the process: it keeps the services' models, which are slow to read."""
    return get_session()


def _config(access: AwsAccess) -> AioConfig:
    own_endpoint = {"s3": {"addressing_style": "path"}} if access.endpoint else {}
    return AioConfig(
        connect_timeout=_CONNECT_TIMEOUT,
        read_timeout=_READ_TIMEOUT,
        retries={"mode": "standard", "max_attempts": _ATTEMPTS},
        max_pool_connections=_CONNECTIONS,
        parameter_validation=False,  # broker/limits.py checks what goes out; this walk is a sixth of a publish
        user_agent="erpflow",  # the default one is put together anew for every call: 8 % of a publish
        **own_endpoint,
    )
