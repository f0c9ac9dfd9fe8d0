"""``python -m benchmarks``: every benchmark in turn; arguments go to each."""

from __future__ import annotations

from benchmarks import pipeline

if __name__ == "__main__":
    pipeline.main()
