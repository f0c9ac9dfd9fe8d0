"""Runs a module of ours with Tryton's interpreter, and ends with the process that started it.

    python -P launch.py MODULE [ARGUMENT...]

Two things are made right first. Our packages are put at the *end* of the module path, so that nothing of our
environment replaces what Tryton brings. And standard input is watched: it is a pipe that only the parent holds,
so its end means that the parent is gone, killed or not, on Linux and macOS alike.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading
from pathlib import Path

ORPHANED = 86


def main() -> None:
    """Watch the parent, then become the module."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.path.append(str(Path(__file__).resolve().parents[4]))
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os._exit(ORPHANED)


if __name__ == "__main__":
    main()
