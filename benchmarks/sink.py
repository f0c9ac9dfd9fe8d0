"""A stand-in for SNS that takes everything and keeps nothing: ``python -m benchmarks.sink``; prints its address.

It answers every PublishBatch with an empty list of failures and counts the entries; ``GET /`` says how many. What AWS
does behind its API is not this machine's work, and an emulator's work for it would be measured as ours.
"""

from __future__ import annotations

import asyncio
import signal

_ANSWER = (
    b'<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult><Successful/>'
    b"<Failed/></PublishBatchResult><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></PublishBatchResponse>"
)
_ENTRY = b".Message="


class Sink(asyncio.Protocol):
    """One connection. ``taken`` counts the entries of all of them."""

    taken = 0

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parts: list[bytes] = []
        self._wanted = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parts.append(data)
        self._wanted -= len(data)
        if self._wanted > 0:
            return
        while (request := self._request()) is not None:
            self._answer(request)

    def _request(self) -> bytes | None:
        """The next whole request; None until there is one."""
        data = b"".join(self._parts)
        self._parts = [data] if data else []
        head, end, body = data.partition(b"\r\n\r\n")
        if not end:
            return None
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
        if len(body) < length:
            self._wanted = length - len(body)
            return None
        self._parts = [body[length:]] if len(body) > length else []
        return data[: len(head) + 4 + length]

    def _answer(self, request: bytes) -> None:
        Sink.taken += request.count(_ENTRY)
        content = str(Sink.taken).encode() if request.startswith(b"GET") else _ANSWER
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(content)
        assert self._transport is not None
        self._transport.write(head + content)


async def serve() -> None:
    """Serve until SIGTERM."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", 0)
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    host, port = server.sockets[0].getsockname()[:2]
    print(f"http://{host}:{port}", flush=True)
    await stopped.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
