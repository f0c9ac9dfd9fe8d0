"""What one would write without erpflow: aiobotocore, one message per record, batches of ten, one pydantic validation.

No journal, no ledger, no outbox, no books: a crash loses records, and deduplication is a dict of the process.
The route only knows whether it saw the invoice's stamp before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

import orjson
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from pydantic import BaseModel

from benchmarks.invoices import STATUS, SYSTEM
from benchmarks.measure import Costs
from pipeline.aws.access import AwsAccess

BATCH = 10
AT_ONCE = 8
TENANT = "acme"


class _Party(BaseModel):
    id: int
    number: str


class _Line(BaseModel):
    id: int
    product: _Party
    description: str
    quantity: Decimal
    unit: str
    unitPrice: Decimal  # noqa: N815  # the ERP's names
    discountPercent: Decimal  # noqa: N815
    net: Decimal
    vatRate: Decimal  # noqa: N815
    vatAmount: Decimal  # noqa: N815


class _Invoice(BaseModel):
    id: int
    url: str
    invoiceNumber: str  # noqa: N815
    documentType: str  # noqa: N815
    status: str
    customer: _Party
    project: _Party
    invoiceDate: date  # noqa: N815
    dueDate: date  # noqa: N815
    currency: str
    net: Decimal
    vat: Decimal
    gross: Decimal
    remaining: Decimal
    yourReference: str  # noqa: N815
    ourReference: str  # noqa: N815
    lines: list[_Line]
    changedAt: datetime  # noqa: N815


class _Event(BaseModel):
    id: str
    data: _Invoice


@dataclass(slots=True)
class Peer:
    """The plain pipeline: two clients, three topics, two queues."""

    sns: Any
    sqs: Any
    topics: dict[str, str]
    queues: dict[str, str]
    seen: dict[int, str] = field(default_factory=dict)

    async def poll(self, answers: Sequence[bytes]) -> None:
        """Parse pages and publish each record."""
        for answer in answers:
            await self._publish("raw", [_raw(record) for record in orjson.loads(answer)])

    async def transform(self, expected: int) -> None:
        """Validate and map each record, and publish it."""
        await self._work_off("raw", expected, lambda bodies: self._publish("mapped", [_mapped(b) for b in bodies]))

    async def route(self, expected: int) -> None:
        """Publish what was not seen before."""
        await self._work_off("mapped", expected, self._route)

    async def _route(self, bodies: list[str]) -> None:
        await self._publish("information", [body for body in bodies if self._is_new(orjson.loads(body)["data"])])

    def _is_new(self, data: dict[str, Any]) -> bool:
        key, stamp = int(data["source_id"]), str(data["changed_at"])
        new = self.seen.get(key) != stamp
        self.seen[key] = stamp
        return new

    async def _publish(self, topic: str, bodies: Sequence[str]) -> None:
        calls = (self._publish_batch(topic, bodies[at : at + BATCH]) for at in range(0, len(bodies), BATCH))
        while wave := list(islice(calls, AT_ONCE)):
            await asyncio.gather(*wave)

    async def _publish_batch(self, topic: str, bodies: Sequence[str]) -> None:
        entries = [
            {"Id": str(i), "Message": body, "MessageAttributes": _ATTRIBUTES, "MessageGroupId": TENANT}
            for i, body in enumerate(bodies)
        ]
        answer = await self.sns.publish_batch(TopicArn=self.topics[topic], PublishBatchRequestEntries=entries)
        assert not answer.get("Failed"), answer

    async def _work_off(self, queue: str, expected: int, handle: Callable[[list[str]], Awaitable[None]]) -> None:
        left = expected

        async def work() -> None:
            nonlocal left
            while left:
                messages = await self._receive(queue)
                if messages:
                    await handle([message["Body"] for message in messages])
                    await self._delete(queue, messages)
                    left -= len(messages)

        await asyncio.gather(*(work() for _ in range(min(AT_ONCE, expected // BATCH or 1))))

    async def _receive(self, queue: str) -> list[dict[str, Any]]:
        answer = await self.sqs.receive_message(
            QueueUrl=self.queues[queue], MaxNumberOfMessages=BATCH, MessageAttributeNames=["All"], WaitTimeSeconds=1
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    async def _delete(self, queue: str, messages: list[dict[str, Any]]) -> None:
        entries = [{"Id": str(i), "ReceiptHandle": message["ReceiptHandle"]} for i, message in enumerate(messages)]
        await self.sqs.delete_message_batch(QueueUrl=self.queues[queue], Entries=entries)


_ATTRIBUTES = {
    name: {"DataType": "String", "StringValue": value}
    for name, value in {"tenant": TENANT, "system": SYSTEM, "entity": "sales_invoice", "change": "created"}.items()
}


def _raw(record: dict[str, Any]) -> str:
    return orjson.dumps({**_envelope(record["id"], "raw"), "data": record}).decode()


def _mapped(body: str) -> str:
    event = _Event.model_validate_json(body)
    return orjson.dumps({**_envelope(event.data.id, "sales_invoice"), "data": _body(event.data)}).decode()


def _envelope(id: int, type: str) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": f"{type}-{id}", "source": f"/{SYSTEM}/{TENANT}", "type": f"plain.{type}.v1",
        "time": "2026-01-01T00:00:00Z", "tenant": TENANT, "system": SYSTEM, "subject": str(id),
    }  # fmt: skip


def _body(invoice: _Invoice) -> dict[str, Any]:
    currency = invoice.currency
    return {
        "id": f"{TENANT}-{invoice.id}",
        "source_id": str(invoice.id),
        "number": invoice.invoiceNumber,
        "document_type": invoice.documentType,
        "party": _ref("customer", invoice.customer),
        "project": _ref("project", invoice.project),
        "invoice_date": invoice.invoiceDate,
        "due_date": invoice.dueDate,
        "net": _money(invoice.net, currency),
        "vat": _money(invoice.vat, currency),
        "gross": _money(invoice.gross, currency),
        "remaining": _money(invoice.remaining, currency),
        "currency": currency,
        "status": STATUS.get(invoice.status, "other"),
        "references": {"yours": invoice.yourReference, "ours": invoice.ourReference},
        "lines": [_line(line, currency) for line in invoice.lines],
        "changed_at": invoice.changedAt,
    }


def _line(line: _Line, currency: str) -> dict[str, Any]:
    return {
        "line_id": str(line.id),
        "product": _ref("product", line.product),
        "description": line.description,
        "quantity": {"value": str(line.quantity), "unit": line.unit},
        "unit_price": _money(line.unitPrice, currency),
        "discount_percent": str(line.discountPercent),
        "net": _money(line.net, currency),
        "vat_rate": str(line.vatRate),
        "vat_amount": _money(line.vatAmount, currency),
    }


def _ref(entity: str, party: _Party) -> dict[str, str]:
    return {"entity": entity, "source_id": str(party.id), "number": party.number}


def _money(amount: Decimal, currency: str) -> dict[str, str]:
    return {"amount": str(amount), "currency": currency}


@asynccontextmanager
async def _open(access: AwsAccess, prefix: str) -> AsyncIterator[Peer]:
    async with AsyncExitStack() as stack:
        sns, sqs = [await stack.enter_async_context(_client(name, access)) for name in ("sns", "sqs")]
        topics = {
            name: (await sns.create_topic(Name=prefix + name))["TopicArn"] for name in ("raw", "mapped", "information")
        }
        queues = {name: await _queue(sns, sqs, prefix + name, topics[name]) for name in ("raw", "mapped")}
        yield Peer(sns, sqs, topics, queues)


def _client(service: str, access: AwsAccess) -> Any:
    return get_session().create_client(
        service, region_name=access.region, endpoint_url=access.endpoint, aws_access_key_id=access.access_key,
        aws_secret_access_key=access.secret_key, config=AioConfig(max_pool_connections=64),
    )  # fmt: skip


async def _queue(sns: Any, sqs: Any, name: str, topic: str) -> str:
    url: str = (await sqs.create_queue(QueueName=name))["QueueUrl"]
    arn = (await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"]))["Attributes"]["QueueArn"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
                "Resource": arn, "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
            }
        ],
    }  # fmt: skip
    await sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": orjson.dumps(policy).decode()})
    await sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    return url


async def run(access: AwsAccess, prefix: str, answers: list[bytes], records: int) -> Costs:
    """The same records; a few pages at a time, so that no queue of the stand-in grows long: it slows down then."""
    costs = Costs()
    async with _open(access, prefix) as peer:
        part = max(1, len(answers) * 1000 // records)
        for at in range(0, len(answers), part):
            some = answers[at : at + part]
            count = sum(len(orjson.loads(answer)) for answer in some)
            with costs.of("poll"):
                await peer.poll(some)
            with costs.of("transform"):
                await peer.transform(count)
            with costs.of("distribute"):
                await peer.route(count)
        assert len(peer.seen) == records, len(peer.seen)
    return costs
