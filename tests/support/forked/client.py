"""Asks the server for a command; as a program: ``python client.py ADDRESS ARGUMENTS``. Nothing slow is imported."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence


class Asked:
    """A command that runs: its ``pid`` is there at once, its end with ``wait``."""

    def __init__(
        self, address: str, arguments: Sequence[str], env: Mapping[str, str], place: str, files: Sequence[int]
    ) -> None:
        """``files`` are its standard input, output and error."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(address)
        order = json.dumps({"arguments": list(arguments), "environment": dict(env), "place": place}).encode()
        socket.send_fds(self._socket, [b"."], list(files))
        self._socket.sendall(order + b"\n")
        self._answers = self._socket.makefile()
        self.pid = int(self._answers.readline())

    def wait(self) -> tuple[int, int]:
        """Its exit status (negative: the signal that ended it), and the most memory that it had, in bytes."""
        with self._socket, self._answers:
            status, peak = json.loads(self._answers.readline())
        return status, peak


def main() -> int:
    """Be the command: its files, folder and exit status are this process's, and it gets this process's signals."""
    asked = Asked(sys.argv[1], sys.argv[2:], os.environ, os.getcwd(), (0, 1, 2))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _: os.kill(asked.pid, got))
    status, _ = asked.wait()
    return 128 - status if status < 0 else status


if __name__ == "__main__":
    sys.exit(main())
