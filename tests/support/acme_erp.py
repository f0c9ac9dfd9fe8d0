"""The example's server as an ERP that counts what it is asked, that can be slow, and that can keep an answer back."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.acme import EXAMPLE

Wanted = Callable[[str, dict[str, str]], bool]


class Gate:
    """Once closed, keeps back the answers to some requests until it is opened; ``asked`` when there is one."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.asked = threading.Event()
        self._open = threading.Event()
        self.open()

    def open(self) -> None:
        self._open.set()

    def close(self) -> None:
        self.asked.clear()
        self._open.clear()

    def keep(self) -> None:
        self.asked.set()
        assert self._open.wait(120), "nobody opened the gate"


class AcmeErp:
    """Requests of an ``AcmeServer`` and the seconds between its answers; ``server`` is what tests change."""

    def __init__(self) -> None:
        self.requests = 0
        self.pause = threading.Event()
        self.seconds = 0.0
        self._next = 0.0
        self._lock = threading.Lock()
        self.gates: list[Gate] = []
        self.server: Any = None

    def gate(self, wanted: Wanted) -> Gate:
        gate = Gate(wanted)
        self.gates.append(gate)
        return gate

    def arrived(self, path: str, query: dict[str, str]) -> None:
        """A request has come: its answer may go when this returns."""
        self.requests += 1
        self.pause.wait(self._turn())
        for gate in self.gates:
            if gate.wanted(path, query):
                gate.keep()

    def _turn(self) -> float:
        """Seconds until the ERP gives its next answer: one by one, ``seconds`` apart, to whoever asks."""
        with self._lock:
            now = time.monotonic()
            self._next = max(now, self._next) + self.seconds if self.seconds else now
            return self._next - now

    def keys(self) -> dict[str, set[str]]:
        """What there is, by kind."""
        with self.server.lock:
            return {kind: {str(id) for id in one._order} for kind, one in self.server.collections.items()}

    def values(self, kind: str, name: str) -> dict[str, Any]:
        """One field of all records of a kind."""
        with self.server.lock:
            rows = [self.server.collections[kind].row(id) for id in self.server.collections[kind]._order]
        return {str(row["id"]): row[name] for row in rows}


@contextmanager
def acme_erp(customers: int, jobs: int, hours: int) -> Iterator[AcmeErp]:
    """Serve while the block runs."""
    erp = AcmeErp()
    sys.path.insert(0, str(EXAMPLE))
    try:
        from acme_server import AcmeServer
    finally:
        sys.path.remove(str(EXAMPLE))

    class Watched(AcmeServer):
        def answer(self, path: str, query: dict[str, str]) -> Any:
            erp.arrived(path, query)
            return super().answer(path, query)

    with Watched(customers, jobs, hours) as server:
        erp.server, told = server, server._http.handle_error
        # A worker that is stopped hangs up in mid-answer: nothing that anybody has to read about.
        server._http.handle_error = lambda *of: isinstance(sys.exc_info()[1], ConnectionError) or told(*of)
        try:
            yield erp
        finally:
            erp.pause.set()
            for gate in erp.gates:
                gate.open()
