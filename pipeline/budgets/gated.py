"""The HTTP client as a connection's session sees it: with the gate of its limits before it."""

from __future__ import annotations

from dataclasses import replace

from connectors.http import Gate, Http, Request, Response


class GatedHttp:
    """Sends every request through a gate; a ``connectors.http.Http``."""

    def __init__(self, http: Http, gate: Gate) -> None:
        self._http = http
        self._gate = gate

    async def send(self, request: Request) -> Response:
        """See ``HttpClient.send``; raises RateLimited as well where a budget is used up for long."""
        return await self._http.send(replace(request, gate=self._gate))
