"""``python -m tests.support.tokens STORE_URL FOLDER GRACE REFRESHES``: a storm of any size, its figures as JSON."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import orjson

from tests.support.tokens.storm import storm


def main() -> None:
    """Run it."""
    url, folder, grace, refreshes = sys.argv[1:]
    figures = asyncio.run(storm(url, Path(folder), float(grace), int(refreshes)))
    print(orjson.dumps(figures.shown()).decode())


if __name__ == "__main__":
    main()
