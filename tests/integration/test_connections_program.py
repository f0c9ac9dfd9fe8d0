"""``erpflow connections`` where tokens are issued: add, share, authorize in a browser, test, resume."""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.cli import authorize, connections
from pipeline.cli.main import status
from tests.support.issuer import CLIENT, SECRET, Issuer, issuing
from tests.support.tokens import system


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """An issuer in a thread of its own, since each command runs a loop of its own."""
    found, ready, ended = Issuer(), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with issuing(found):
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield found
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {"STORE": f"sqlite:///{tmp_path}/store.sqlite3", "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(f"ERPFLOW_{name}", value)
    monkeypatch.setenv("OAUTHY_ID", CLIENT)
    monkeypatch.setenv("OAUTHY_SECRET", SECRET)
    for program in (authorize, connections):
        monkeypatch.setattr(program, "installed", lambda: system.registry(system.consenting()))


def run(capsys: pytest.CaptureFixture[str], *arguments: str, expected: int = 0) -> str:
    found = status(["connections", *arguments])
    out, err = capsys.readouterr()
    assert (found, SECRET in out + err) == (expected, False), err
    return out + err


def add(capsys: pytest.CaptureFixture[str], issuer: Issuer, name: str, company: str, *more: str) -> str:
    place = ("--system", "oauthy", "--tenant", "north", "--company", company, "--credential", "office")
    return run(capsys, "add", name, *place, "--setting", f"base_url={issuer.url}", *more)


def test_two_companies_are_read_after_one_consent(
    issuer: Issuer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = ("--secret", "client_id=OAUTHY_ID", "--secret", "client_secret=OAUTHY_SECRET")
    add(capsys, issuer, "north-one", "1", *secrets)
    add(capsys, issuer, "north-two", "2")
    assert "Nobody has consented" in run(capsys, "test", "north-two", expected=1)

    opened: list[str] = []
    browser = threading.Thread(target=lambda: urllib.request.urlopen(opened[0]).read())
    monkeypatch.setattr("webbrowser.open", lambda url: (opened.append(url), browser.start()))
    out = run(capsys, "authorize", "north-one")
    browser.join()
    assert opened[0] in out
    assert "Connection north-one is active" in out

    assert "answers" in run(capsys, "test", "north-two")
    listed = json.loads(run(capsys, "list", "--json"))
    assert [(row["connection"], row["credential"]) for row in listed] == [
        ("north-one", "office"),
        ("north-two", "office"),
    ]


def test_a_refusal_is_tried_once_more_by_a_resume(issuer: Issuer, capsys: pytest.CaptureFixture[str]) -> None:
    add(capsys, issuer, "north-one", "1", "--secret", "client_id=OAUTHY_ID", "--secret", "client_secret=OAUTHY_SECRET")
    run(capsys, "test", "north-one", expected=1)
    run(capsys, "test", "north-one", expected=1)
    run(capsys, "resume", "north-one")
    assert json.loads(run(capsys, "list", "--json"))[0]["state"] == "active"
