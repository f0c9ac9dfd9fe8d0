"""Where the tests keep Tryton: installed and filled once for all sessions of this machine."""

from __future__ import annotations

import os
from pathlib import Path

CACHE_VARIABLE = "ERPFLOW_TEST_CACHE"


def cache_dir() -> Path:
    """``$ERPFLOW_TEST_CACHE``, else ``~/.cache/erpflow``."""
    return Path(os.environ.get(CACHE_VARIABLE) or Path.home() / ".cache" / "erpflow")
