"""``python -m benchmarks [pipeline|extract|replay] …``: one benchmark; ``pipeline`` where none is named."""

from __future__ import annotations

import sys

from benchmarks import extract, pipeline, replay

PROGRAMS = {"pipeline": pipeline.main, "extract": extract.main, "replay": replay.main}

if __name__ == "__main__":
    named = sys.argv.pop(1) if sys.argv[1:] and sys.argv[1] in PROGRAMS else "pipeline"
    sys.exit(PROGRAMS[named]())
