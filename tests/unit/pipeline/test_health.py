from __future__ import annotations

import httpx
import pytest

from pipeline import health
from schemas.errors import ConfigError, Retryable


async def well() -> None:
    return None


async def ill() -> None:
    raise Retryable("The store did not take a transaction (gone); it is tried again.")


async def asked(port: int, path: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(f"http://127.0.0.1:{port}{path}")


async def test_a_process_that_can_work_is_healthy_and_ready() -> None:
    async with health.serve(0, {"store": well, "broker": well}) as port:
        healthy, ready = await asked(port, "/healthz"), await asked(port, "/readyz")
    assert (healthy.status_code, healthy.json()) == (200, {"status": "running"})
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "failed": {}})


async def test_what_cannot_be_reached_is_named_and_the_process_is_still_healthy() -> None:
    async with health.serve(0, {"store": ill, "broker": well}) as port:
        healthy, ready = await asked(port, "/healthz"), await asked(port, "/readyz")
    assert healthy.status_code == 200
    assert ready.status_code == 503
    assert ready.json()["ready"] is False
    assert list(ready.json()["failed"]) == ["store"]


async def test_figures_are_there_where_something_is_measured_and_say_so_when_they_cannot_be() -> None:
    async def figures() -> bytes:
        return b"erpflow_dead_letters 3.0\n"

    async def gone() -> bytes:
        raise Retryable("The store did not take a transaction (gone); it is tried again.")

    async with health.serve(0, {}, figures) as port, health.serve(0, {}, gone) as other, health.serve(0, {}) as none:
        there, failing, missing = [await asked(one, "/metrics") for one in (port, other, none)]
    assert (there.status_code, there.text) == (200, "erpflow_dead_letters 3.0\n")
    assert there.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert (failing.status_code, missing.status_code) == (503, 404)
    assert failing.text.startswith("The store did not take")


async def test_the_port_is_free_again_at_the_end() -> None:
    async with health.serve(0, {}) as port:
        pass
    with pytest.raises(httpx.ConnectError):
        await asked(port, "/healthz")
    async with health.serve(port, {}) as again:
        assert again == port


async def test_a_port_that_is_taken_is_told_in_one_sentence() -> None:
    async with health.serve(0, {}) as port:
        with pytest.raises(ConfigError, match=f"port {port}"):
            async with health.serve(port, {}):
                pass
