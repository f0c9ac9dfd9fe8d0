"""Imports erpflow once and forks each command: ``python -m tests.support.forked.server ADDRESS``.

It ends when its standard input does, that is with the process that started it.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from typing import Any

from pipeline.cli.main import main as program
from pipeline.installed import installed

Order = tuple[dict[str, Any], list[int]]
"""What the client says, and the three standard files."""
OWN_PATH = [place for place in sys.path if place not in ("", os.getcwd())]


def main() -> None:
    """Serve; each command leaves here in its own process, and ends as erpflow does."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(sys.argv[1])
        listener.listen(100)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the keepers
        installed()
        gc.freeze()  # else each command would look through all that was imported before it ends
        print("ready", flush=True)
        order = _served(listener)
    if order is not None:
        _become(*order)
        program()


def _served(listener: socket.socket) -> Order | None:
    """Returns an order in the process that is to carry it out, and None in this one at the end."""
    while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
        connection, _ = listener.accept()
        with connection:
            if os.fork() == 0:
                return _kept(connection)
    return None


def _kept(connection: socket.socket) -> Order:
    """Fork the command, which gets its order, and tell its end."""
    ended = _told_of_ends()
    _, files, _, _ = socket.recv_fds(connection, 1, 3)
    with connection.makefile() as orders:
        order = json.loads(orders.readline())
    pid = os.fork()
    if pid == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        return order, files
    connection.sendall(f"{pid}\n".encode())
    watched: list[Any] = [connection, ended]
    if connection in select.select(watched, [], [])[0]:
        os.kill(pid, signal.SIGKILL)  # nobody waits for it any more
    _, status, usage = os.wait4(pid, 0)
    with suppress(BrokenPipeError):
        connection.sendall(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024]).encode() + b"\n")
    os._exit(0)


def _told_of_ends() -> int:
    """A file that can be read when a child has ended."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writing)
    return reading


def _become(order: dict[str, Any], files: list[int]) -> None:
    """Have what a process is started with: files, folder, environment, arguments, and the path of ``python -m``."""
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.closerange(len(files), os.sysconf("SC_OPEN_MAX"))
    os.chdir(order["place"])
    os.environ.clear()
    os.environ.update(order["environment"])
    places = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]
    sys.path[:] = [os.getcwd(), *places, *OWN_PATH]
    importlib.invalidate_caches()
    tempfile.tempdir = None  # as TMPDIR says
    sys.argv[1:] = order["arguments"]


if __name__ == "__main__":
    main()
