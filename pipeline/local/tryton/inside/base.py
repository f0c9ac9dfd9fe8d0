"""Creates the tables and the data of all activated modules. Run by ``launch`` in Tryton's environment.

The arguments are those of ``trytond-admin``; the database file must exist and be empty.
"""

from __future__ import annotations

from trytond.cli.admin import main  # type: ignore[import-not-found]

from pipeline.local.tryton.inside import shortcuts

if __name__ == "__main__":
    shortcuts.take()
    main()
