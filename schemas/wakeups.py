"""Wake-ups: "this connection may have something due". They carry no state; a lost or doubled one does no harm."""

from __future__ import annotations

from datetime import datetime

from schemas.envelope import Envelope, decode
from schemas.errors import Poison

WAKE_UP = "erpflow.wakeup.v1"


def wake_up(tenant: str, system: str, connection: str, time: datetime) -> Envelope:
    """The message that wakes a connection; what is due there is read from the store."""
    return Envelope(
        id=f"wakeup:{connection}",
        source="/erpflow/scheduler",
        type=WAKE_UP,
        time=time,
        tenant=tenant,
        connection=connection,
        system=system,
    )


def open_wake_up(body: str) -> str:
    """The connection that a message wakes; raises Poison when it is no wake-up."""
    envelope = decode(body)
    if envelope.type != WAKE_UP:
        raise Poison(f"A message of type {envelope.type} is in the wake-up queue; see its dead letter.")
    return envelope.connection
