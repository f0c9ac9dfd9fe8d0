"""Pages to messages and back. A page too big for a message is put into the archive, and its key travels.

Records and entity bodies are opaque here: only heads and results are validated, and each of them once.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Final, Literal

import orjson
from pydantic import TypeAdapter, ValidationError

from pipeline.archive import keys
from pipeline.archive.ports import Archive
from pipeline.broker.packing import as_records, decode, encode, from_text, is_compressed, to_text
from pipeline.broker.ports import MAX_MESSAGE, Message
from schemas import envelope
from schemas.envelope import Envelope
from schemas.errors import Poison
from schemas.ids import page_id
from schemas.pages import DOMAIN_PAGE, RAW_PAGE, DomainPage, FollowUp, PageHead, RawPage, Result

Kind = Literal["raw", "domain"]

_TYPES: Final[dict[Kind, str]] = {"raw": RAW_PAGE, "domain": DOMAIN_PAGE}
_MAX_BODY = 1024 * 1024  # SQS delivers no more
_DIGEST_SIZE = 16
_LONGEST = 400  # characters of a name in a head
_MOST = 2**31 - 1  # of every number in a head: the store's columns and a version's digits hold no more

_RESULTS: Final = TypeAdapter(list[Result])
_FOLLOW_UPS: Final = TypeAdapter(list[FollowUp])


class PageCodec:
    """Packs pages into messages and unpacks them; unpacking raises Poison for whatever is not a page."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    async def pack_raw(self, head: PageHead, content: bytes) -> Message:
        """A message of ``encode_records``'s bytes, as they were journaled."""
        return await self._pack("raw", head, content)

    async def pack_domain(self, page: DomainPage) -> Message:
        """A message of a domain page; packing the same page again gives the same message."""
        content = encode({"results": page.results, "follow_ups": page.follow_ups})
        return await self._pack("domain", page.head, content)

    async def unpack_raw(self, body: str) -> RawPage:
        """The raw page of a message body; Retryable when the archive cannot be reached."""
        head, value = await self._unpack("raw", body)
        records = as_records(value)
        _check_count(head, len(records))
        return RawPage.model_construct(head=head, records=records)

    async def unpack_domain(self, body: str) -> DomainPage:
        """The domain page of a message body; Retryable when the archive cannot be reached."""
        head, value = await self._unpack("domain", body)
        if not isinstance(value, dict):
            raise _poison("it has no results")
        try:
            results = _RESULTS.validate_python(value.get("results"))
            follow_ups = _FOLLOW_UPS.validate_python(value.get("follow_ups"))
        except ValidationError as error:
            raise _poison(f"its results have {error.error_count()} faults") from error
        _check_count(head, len(results))
        _check_results(results)
        return DomainPage.model_construct(head=head, results=results, follow_ups=follow_ups)

    async def _pack(self, kind: Kind, head: PageHead, content: bytes) -> Message:
        if len(content) < MAX_MESSAGE:
            message = _message_with(kind, head, content)
            if len(message.body) <= MAX_MESSAGE:
                return message
        key = archive_key(kind, head, content)
        await self._archive.put(key, content)
        return _reference(kind, head, key)

    async def _unpack(self, kind: Kind, body: str) -> tuple[PageHead, Any]:
        event = _open(kind, body)
        head = _head(event)
        if event.dataref is None:
            return head, _inline_content(event)
        content = await self._archive.get(_checked_key(kind, head, event.dataref))
        if not event.dataref.endswith(f"-{digest_of(content)}"):
            raise _poison(f"the archive's object {event.dataref} is not what was put there")
        return head, decode(content)


def head_of(body: str) -> PageHead | None:
    """The head of a page's message, whatever became of its content; None for any other message."""
    try:
        event = envelope.decode(body)
        return _head(event) if event.type in _TYPES.values() and isinstance(event.data, dict) else None
    except Poison:
        return None


def raw_page_reference(head: PageHead, key: str) -> Message:
    """The message of a raw page whose content is in the archive already, under ``archive_key``'s key."""
    return _reference("raw", head, key)


def archive_key(kind: Kind, head: PageHead, content: bytes) -> str:
    """The immutable key of a page's content: the same page with the same content has it for ever."""
    return key_with(digest_of(content), kind, head)


def key_with(digest: str, kind: Kind, head: PageHead) -> str:
    """The immutable key of a page whose content has this digest."""
    return f"{_page_prefix(kind, head)}{head.pass_number}-{digest}"


def digest_of(content: bytes) -> str:
    """The digest of a page's content, by which the journal and the archive tell it from any other."""
    return blake2b(content, digest_size=_DIGEST_SIZE).hexdigest()


def _message_with(kind: Kind, head: PageHead, content: bytes) -> Message:
    if is_compressed(content):
        return _message(kind, head, to_text(content), {"contentencoding": "zstd-base64url"})
    return _message(kind, head, orjson.Fragment(content), {})


def _reference(kind: Kind, head: PageHead, key: str) -> Message:
    return _message(kind, head, None, {"dataref": key})


def _message(kind: Kind, head: PageHead, payload: Any, extra: dict[str, Any]) -> Message:
    event = Envelope(
        id=page_id(kind, head.run, head.number, head.pass_number),
        source=f"erpflow/{head.system}/{head.connection}",
        type=_TYPES[kind],
        time=head.read_at,
        subject=f"{head.run}/{head.number}",
        tenant=head.tenant,
        connection=head.connection,
        system=head.system,
        stream=head.stream,
        origin=head.origin,
        traceparent=head.traceparent,
        **extra,
    )
    data = {"head": head.model_dump(mode="json")}
    if payload is not None:
        data["payload"] = payload
    fields = event.model_dump(mode="json", exclude_none=True, exclude={"data"})
    return Message(orjson.dumps({**fields, "data": data}).decode(), event.attributes(), group=head.tenant)


def _open(kind: Kind, body: str) -> Envelope:
    if len(body) > _MAX_BODY:
        raise _poison(f"it has {len(body)} characters of at most {_MAX_BODY}")
    event = envelope.decode(body)
    if event.type != _TYPES[kind]:
        raise _poison(f"it is of type {event.type[:80]!r}, not {_TYPES[kind]}")
    if not isinstance(event.data, dict):
        raise _poison("it has no head")
    return event


def _head(event: Envelope) -> PageHead:
    try:
        head = PageHead.model_validate(event.data.get("head"))
    except ValidationError as error:
        raise _poison(f"its head has {error.error_count()} faults") from error
    numbers = (head.number, head.pass_number, head.first_index, head.count, *head.read)
    if not 0 <= min(numbers) <= max(numbers) <= _MOST:
        raise _poison(f"its head has a number that is not from 0 to {_MOST}")
    names = (head.tenant, head.connection, head.system, head.company, head.stream, head.run)
    if not all(1 <= len(name) <= _LONGEST for name in names):
        raise _poison(f"its head has a name that is empty or longer than {_LONGEST} characters")
    return head


def _inline_content(event: Envelope) -> Any:
    payload = event.data.get("payload")
    if event.contentencoding is None:
        return payload
    if not isinstance(payload, str):
        raise _poison("its content is no text")
    return decode(from_text(payload))


def _checked_key(kind: Kind, head: PageHead, key: str) -> str:
    """The pass in the key may be another one: later passes refer to what the first one archived."""
    if not key.startswith(_page_prefix(kind, head)):
        raise _poison(f"it refers to {key[:200]!r}, which is not its own content")
    return key


def _check_count(head: PageHead, found: int) -> None:
    if found != head.count:
        raise _poison(f"its head counts {head.count} records and its content has {found}")


def _check_results(results: list[Result]) -> None:
    """Each result must be one that the transformer can give: whatever is decided by it relies on that."""
    for position, result in enumerate(results):
        ended = "rejected" if result.reject else "mapped" if result.entities else "skipped"
        if (result.index, result.status) != (position, ended) or (result.key is None and ended != "rejected"):
            raise _poison(f"its result {position} contradicts itself")
        for entity in result.entities:
            if entity.body.get("id") != entity.id or not isinstance(entity.body.get("version"), str):
                raise _poison(f"an entity of its result {position} has no id or version")


def _page_prefix(kind: Kind, head: PageHead) -> str:
    return f"{keys.of_pages(kind, head.tenant, head.connection)}{keys.part(head.run)}/{head.number}-"


def _poison(reason: str) -> Poison:
    return Poison(f"A message is not a page: {reason}; see its dead letter.")
