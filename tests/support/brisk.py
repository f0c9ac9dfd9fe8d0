"""A small Brisk, the invented ERP of the guide, on this machine: a server that has the samples of its connector."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

FOLDER = Path(__file__).parents[2] / "examples" / "brisk"
TOKEN = "brisk-token"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Brisk:
    """Records by stream and key. ``most`` is what a page holds at most; ``asked`` are the paths and queries."""

    now: Callable[[], datetime] = _now
    most: int = 2
    url: str = ""
    records: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for path in sorted((FOLDER / "samples").glob("*.json")):
            self.records[path.stem] = {str(record["id"]): record for record in json.loads(path.read_text("utf-8"))}

    def put(self, stream: str, key: str, **values: Any) -> None:
        """Change a record now."""
        stamp = self.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        found = self.records[stream].get(key, {"id": key})
        self.records[stream][key] = {**found, **values, "modified": stamp}

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        """The answer to a GET."""
        self.asked.append((path, query))
        _, _, stream, *key = path.split("/")
        found = self.records.get(stream)
        if found is None:
            return 404, {"error": "no such list"}
        if key:
            return (200, found[key[0]]) if key[0] in found else (404, {"error": "no such record"})
        since = datetime.fromisoformat(query.get("modified_after", "1970-01-01T00:00:00Z"))
        rows = [row for row in found.values() if datetime.fromisoformat(row["modified"]) >= since]
        size = min(int(query["per_page"]), self.most)
        begin = (int(query["page"]) - 1) * size
        return 200, {"items": rows[begin : begin + size]}


@contextmanager
def running(brisk: Brisk) -> Iterator[Brisk]:
    """Serve on a free port of the loopback; ``brisk.url`` says where."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(brisk))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    brisk.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield brisk
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(brisk: Brisk) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            allowed = self.headers.get("Authorization") == f"Bearer {TOKEN}"
            status, answer = brisk.answer(parts.path, query) if allowed else (401, {"error": "the token is wrong"})
            body = json.dumps(answer).encode()
            self.send_response_only(status)
            self.send_header("Date", format_datetime(brisk.now(), usegmt=True))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
