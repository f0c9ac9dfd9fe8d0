"""Where AWS is and who asks: one value for SNS, SQS, S3 and the topology."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AwsAccess:
    """``endpoint`` is None for AWS itself; keys are None where the machine's own role is to be used."""

    region: str
    endpoint: str | None = None
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)

    @property
    def secure(self) -> bool:
        """Whether requests go over TLS."""
        return self.endpoint is None or self.endpoint.startswith("https:")
