"""The program of a release to come: this one with more revisions; ``python -m tests.support.next_release ARGUMENTS``.

Nothing but the revisions differs, so that whatever goes wrong beside older workers comes from the tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.cli import main as program
from pipeline.store import migrate

REVISIONS = Path(__file__).parent / "revisions"
OWN = max(int(path.name[:4]) for path in (migrate.FOLDER / "versions").glob("[0-9]*.py"))
NEXT = OWN + 2
"""The newest revision of this release and of the one to come."""


@contextmanager
def next_release() -> Iterator[None]:
    """While the block runs, this process is of the release to come."""
    migrate.VERSIONS.append(REVISIONS)
    try:
        yield
    finally:
        migrate.VERSIONS.remove(REVISIONS)


def main() -> None:
    """Run the program and exit."""
    with next_release():
        program.main()


if __name__ == "__main__":
    main()
