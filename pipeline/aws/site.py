"""Which account and region things live in, and so what their ARNs are."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.aws.access import AwsAccess
from pipeline.aws.clients import open_client
from pipeline.aws.errors import translated


@dataclass(frozen=True, slots=True)
class Site:
    """A place in AWS. ``secure`` says that everything there is reached over TLS."""

    partition: str
    region: str
    account: str
    secure: bool = True

    def topic_arn(self, name: str) -> str:
        """ARN of the topic with that full name."""
        return f"arn:{self.partition}:sns:{self.region}:{self.account}:{name}"

    def queue_arn(self, name: str) -> str:
        """ARN of the queue with that full name."""
        return f"arn:{self.partition}:sqs:{self.region}:{self.account}:{name}"


async def find_site(access: AwsAccess) -> Site:
    """Ask STS who we are, which needs no permission."""
    with translated("Asking AWS for the account"):
        async with open_client("sts", access) as sts:
            identity = await sts.get_caller_identity()
    partition = identity["Arn"].split(":")[1]
    return Site(partition, access.region, identity["Account"], access.secure)
