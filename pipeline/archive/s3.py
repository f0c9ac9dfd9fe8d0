"""The archive on S3.

The role needs s3:PutObject, GetObject and DeleteObject on the bucket's objects, and ListBucket on the bucket:
without it S3 says "denied" where it means "absent".
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from botocore.exceptions import ClientError

from pipeline.archive.ports import LISTED, MAX_OBJECT
from pipeline.aws.access import AwsAccess
from pipeline.aws.clients import open_client
from pipeline.aws.errors import code_of, error_for_code, translated
from schemas.errors import Poison

_DELETE_MOST = 1000  # DeleteObjects takes no more


class S3Archive:
    """Objects of one bucket; shared by all tasks."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    async def put(self, key: str, content: bytes) -> None:
        """See ``Archive.put``."""
        with translated(f"Archiving {key}"):
            try:
                await self._client.put_object(Bucket=self._bucket, Key=key, Body=content, IfNoneMatch="*")
            except ClientError as error:
                if code_of(error) not in ("PreconditionFailed", "412"):  # it is there already
                    raise

    async def get(self, key: str) -> bytes:
        """See ``Archive.get``."""
        with translated(f"Reading {key} from the archive"):
            answer = await self._client.get_object(Bucket=self._bucket, Key=key)
            async with answer["Body"] as stream:
                if answer["ContentLength"] > MAX_OBJECT:
                    raise Poison(f"The archive's object {key} is over {MAX_OBJECT} bytes; it is not a page.")
                content: bytes = await stream.read()
        return content

    async def listed(self, prefix: str, after: str = "") -> list[str]:
        """See ``Archive.listed``."""
        with translated(f"Listing {prefix} in the archive"):
            behind = {"StartAfter": after} if after else {}
            answer = await self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, MaxKeys=LISTED, **behind)
        return [found["Key"] for found in answer.get("Contents", [])]

    async def delete(self, keys: list[str]) -> None:
        """See ``Archive.delete``."""
        for start in range(0, len(keys), _DELETE_MOST):
            await self._delete(keys[start : start + _DELETE_MOST])

    async def _delete(self, keys: list[str]) -> None:
        what = f"Deleting {len(keys)} objects of the archive"
        with translated(what):
            listed = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
            answer = await self._client.delete_objects(Bucket=self._bucket, Delete=listed)
        for failed in answer.get("Errors", []):
            raise error_for_code(failed.get("Code", "Unknown"), failed.get("Message", ""), 400, what)


@asynccontextmanager
async def open_archive(access: AwsAccess, bucket: str) -> AsyncIterator[S3Archive]:
    """An archive on ``bucket``, which the topology makes."""
    async with open_client("s3", access) as client:
        yield S3Archive(client, bucket)
