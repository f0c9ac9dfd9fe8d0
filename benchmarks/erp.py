"""A made-up ERP on a loopback port, as a process of its own: ``python -m benchmarks.erp PAGES``; prints its address.

``GET /{pages}/invoices?page=1`` answers, after 10 ms, with one of so many pages of 1,000 invoices; the page after the
last one is empty. The pages are made before, so that what they cost is not the ERP's time to answer.
"""

from __future__ import annotations

import argparse
import asyncio
import signal

from aiohttp import web

from benchmarks.invoices import pages

PAGE = 1000
LATENCY = 0.010


def application(most: int) -> web.Application:
    """The ERP with at most so many pages."""
    answers = [b'{"data":' + page + b"}" for page in pages(most * PAGE, PAGE)]

    async def invoices(request: web.Request) -> web.Response:
        wanted, last = int(request.query.get("page", 1)), int(request.match_info["pages"])
        await asyncio.sleep(LATENCY)
        body = answers[wanted - 1] if wanted <= min(last, most) else b'{"data":[]}'
        return web.Response(body=body, content_type="application/json")

    app = web.Application()
    app.router.add_get("/{pages:\\d+}/invoices", invoices)
    return app


async def serve(most: int) -> None:
    """Serve until SIGTERM."""
    runner = web.AppRunner(application(most))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    host, port = runner.addresses[0][:2]
    print(f"http://{host}:{port}", flush=True)
    await stopped.wait()
    await runner.cleanup()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("pages", type=int)
    asyncio.run(serve(parser.parse_args().pages))
