"""``python -m benchmarks [pipeline|extract] …``: one benchmark; ``pipeline`` where none is named."""

from __future__ import annotations

import sys

from benchmarks import extract, pipeline

if __name__ == "__main__":
    named = sys.argv.pop(1) if sys.argv[1:] and sys.argv[1] in ("pipeline", "extract") else "pipeline"
    sys.exit(extract.main() if named == "extract" else pipeline.main())
