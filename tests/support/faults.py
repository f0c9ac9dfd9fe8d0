"""A server that answers wrongly, each way under a path of its own: ``<url>/error/anything`` answers 500."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MEGABYTE = 1024 * 1024
HUGE = 200 * MEGABYTE
DEPTH = 10_000
RECORDS = json.dumps({"data": [{"id": 1, "no": "C1", "name": "One AS"}]}).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.close_connection = True
        fault = self.path.split("/")[1]
        answer = getattr(self, f"_{fault}", None)
        self._send(404, b"{}") if answer is None else answer()

    def do_POST(self) -> None:
        self.do_GET()

    def _unauthorized(self) -> None:
        self._send(401, b'{"error": "the key is wrong"}')

    def _error(self) -> None:
        self._send(500, b'{"error": "out of order"}')

    def _truncated(self) -> None:
        self._send(200, RECORDS[:-12], length=len(RECORDS))

    def _cut(self) -> None:
        self._send(200, RECORDS[:-12])

    def _deep(self) -> None:
        self._send(200, b"[" * DEPTH + b"]" * DEPTH)

    def _huge(self) -> None:
        self._send(200, b'["', length=HUGE)
        try:
            for _ in range(HUGE // MEGABYTE):
                self.wfile.write(b"x" * MEGABYTE)
        except ConnectionError:
            return  # the client has had enough

    def _send(self, status: int, body: bytes, length: int | None = None) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def fault_server() -> Iterator[str]:
    """Serve on a free port of this machine while the block runs; gives the URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
