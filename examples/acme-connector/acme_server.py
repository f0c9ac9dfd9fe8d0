"""A small Acme on this machine: as many made-up records as asked for, and everything that its connector needs.

    python acme_server.py --port 8099 --customers 300000

A record is made when it is asked for, so any number of them costs a list of ids. Standard library only.
"""

from __future__ import annotations

import argparse
import json
import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

Row = dict[str, Any]

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
SHARE_A_STAMP = 10  # records of one second
MOST = 1_000  # records of a page
CITIES = ("Oslo", "Bergen", "Trondheim", "Stavanger", "Bodø")
CURRENCY = "NOK"


def customer(id: int) -> Row:
    """A made-up customer."""
    place = id % len(CITIES)
    return {
        "no": f"C{id:06}",
        "name": f"Customer {id} AS",
        "org_no": None,
        "email": f"post@customer-{id}.example",
        "street": f"Havnegata {id % 99 + 1}",
        "zip": f"{place * 1000 + 150:04}",
        "city": CITIES[place],
        "country": "NO",
        "active": id % 50 != 0,
    }


def job(id: int) -> Row:
    """A made-up job of one of the first customers."""
    status = ("open", "open", "hold", "done")[id % 4]
    return {
        "no": f"J{id:06}",
        "title": f"Building {id}",
        "customer_id": id % 100 + 1,
        "status": status,
        "budget": id % 1000 * 1000.5,
        "currency": CURRENCY,
    }


def hours(id: int) -> Row:
    """A made-up entry of a time sheet."""
    day = (FIRST + timedelta(days=id % 300)).date()
    return {
        "worker": {"id": id % 20 + 1, "no": str(id % 20 + 1)},
        "job_id": id % 100 + 1,
        "day": day.isoformat(),
        "hours": (id % 16 + 1) / 2,
        "note": None,
    }


class Collection:
    """The records of one kind, in the order of their stamps. Not safe for threads; the server has a lock."""

    def __init__(self, make: Callable[[int], Row], count: int) -> None:
        self._make = make
        self._edits: dict[int, Row] = {}
        self._stamps: dict[int, datetime] = {}
        self._order = list(range(1, count + 1))
        self._next = count + 1

    def stamp(self, id: int) -> datetime:
        """When a record was last changed, in whole seconds."""
        return self._stamps.get(id) or FIRST + timedelta(seconds=(id - 1) // SHARE_A_STAMP)

    def get(self, id: int) -> Row | None:
        """A record, None when there is none of that id."""
        place = self._place(id)
        return None if place is None else self.row(id)

    def row(self, id: int) -> Row:
        """An existing record."""
        stamp = self.stamp(id).isoformat().replace("+00:00", "Z")
        return {"id": id, **self._make(id), **self._edits.get(id, {}), "updated_at": stamp}

    def page(self, after: datetime | None, skip: int, limit: int, newest_first: bool) -> list[int]:
        """Ids of a page, those changed at or after ``after``."""
        begin = 0 if after is None else bisect_left(self._order, after, key=self.stamp)
        if newest_first:
            end = len(self._order) - skip
            return self._order[max(end - limit, begin) : max(end, begin)][::-1]
        return self._order[begin + skip : begin + skip + limit]

    def put(self, id: int | None, fields: Row, now: datetime) -> int:
        """Create or change a record at ``now``; returns its id."""
        if id is None:
            id, self._next = self._next, self._next + 1
        self.delete(id)
        self._edits[id] = {**self._edits.get(id, {}), **fields}
        self._stamps[id] = now.replace(microsecond=0)
        insort(self._order, id, key=self.stamp)
        return id

    def delete(self, id: int) -> bool:
        """Remove a record; false when there was none."""
        place = self._place(id)
        if place is not None:
            del self._order[place]
        return place is not None

    def _place(self, id: int) -> int | None:
        stamp = self.stamp(id)
        begin = bisect_left(self._order, stamp, key=self.stamp)
        end = bisect_right(self._order, stamp, key=self.stamp)
        return next((place for place in range(begin, end) if self._order[place] == id), None)


class AcmeServer:
    """The server on a free port of this machine; a context manager that gives itself. ``url`` is where it listens."""

    def __init__(
        self, customers: int = 300, jobs: int = 100, hours_: int = 300, *, key: str = "acme-key", port: int = 0
    ) -> None:
        self.key = key
        self.lock = threading.Lock()
        self.collections = {
            "customers": Collection(customer, customers),
            "jobs": Collection(job, jobs),
            "hours": Collection(hours, hours_),
        }
        self._http = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> AcmeServer:
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def serve_forever(self) -> None:
        """Serve in this thread until it is interrupted."""
        self._http.serve_forever()

    def put(self, kind: str, id: int | None = None, /, **fields: Any) -> int:
        """Create (``id`` None) or change a record now; returns its id."""
        with self.lock:
            return self.collections[kind].put(id, fields, datetime.now(UTC))

    def delete(self, kind: str, id: int) -> bool:
        """Remove a record; false when there was none."""
        with self.lock:
            return self.collections[kind].delete(id)

    def answer(self, path: str, query: dict[str, str]) -> tuple[HTTPStatus, Any]:
        """The answer to a GET."""
        parts = path.strip("/").split("/")
        if parts[:2] != ["api", "v1"] or len(parts) not in (3, 4) or parts[2] not in self.collections:
            return HTTPStatus.NOT_FOUND, {"error": "no such resource"}
        with self.lock:
            collection = self.collections[parts[2]]
            if len(parts) == 3:
                return _list(collection, query)
            found = collection.get(int(parts[3])) if parts[3].isdecimal() else None
        return (HTTPStatus.OK, {"data": found}) if found else (HTTPStatus.NOT_FOUND, {"error": "no such record"})


def _list(collection: Collection, query: dict[str, str]) -> tuple[HTTPStatus, Any]:
    try:
        limit = min(max(int(query.get("limit", "100")), 1), MOST)
        skip = (max(int(query.get("page", "1")), 1) - 1) * limit
        after = datetime.fromisoformat(query["modified_after"]) if "modified_after" in query else None
    except ValueError:
        return HTTPStatus.BAD_REQUEST, {"error": "limit, page or modified_after is not understood"}
    ids = collection.page(after, skip, limit, query.get("sort", "").startswith("-"))
    rows = [{"id": id} for id in ids] if query.get("fields") == "id" else [collection.row(id) for id in ids]
    return HTTPStatus.OK, {"data": rows}


def _handler(server: AcmeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            if self.headers.get("X-Api-Key") == server.key:
                self._send(*server.answer(parts.path, query))
            else:
                self._send(HTTPStatus.UNAUTHORIZED, {"error": "the key is wrong"})

        def _send(self, status: HTTPStatus, answer: Any) -> None:
            body = json.dumps(answer).encode()
            self.send_response_only(status)
            self.send_header("Date", format_datetime(datetime.now(UTC), usegmt=True))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--key", default="acme-key")
    for kind, count in (("customers", 300), ("jobs", 100), ("hours", 300)):
        parser.add_argument(f"--{kind}", type=int, default=count)
    given = parser.parse_args()
    AcmeServer(given.customers, given.jobs, given.hours, key=given.key, port=given.port).serve_forever()


if __name__ == "__main__":
    main()
