"""The certificate's ERP over real HTTP on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import orjson

from connectors.testing.exchange import Asked
from connectors.testing.server import Erp


@contextmanager
def served(erp: Erp) -> Iterator[str]:
    """Serve an ERP on a free port; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(erp))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(erp: Erp) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self._answer(orjson.loads(content))

        def _answer(self, body: Any) -> None:
            path, _, query = self.path.partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, "127.0.0.1", path, dict(parse_qsl(query)), headers, body)
            answer = erp.answer(asked)
            content = answer.body()
            self.send_response_only(answer.status)
            said = {"Content-Type": "application/json", "Date": format_datetime(erp.clock.wall, usegmt=True)}
            for name, value in {**said, **answer.headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    return Handler
