"""A seeding session: Tryton's models in this process, through proteus, with rows made in batches."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import proteus  # type: ignore[import-not-found]  # part of Tryton's environment, not of ours
import proteus.config  # type: ignore[import-not-found]

Row = dict[str, Any]


class Session:
    """One proteus connection to one database; ``random`` is seeded, so that every run draws the same."""

    def __init__(self, database: str, config_file: str) -> None:
        self.config = proteus.config.set_trytond(f"sqlite:///{database}", config_file=config_file)
        self.config.skip_warning = True  # as a user who clicks "yes": an export invoice has no tax
        self.random = random.Random(8020)  # noqa: S311 - made-up data, no secret
        self.seconds: dict[str, float] = {}

    def model(self, name: str) -> Any:
        """The proteus class of a model: for single records with their defaults."""
        return proteus.Model.get(name)

    def wizard(self, name: str) -> Any:
        """A started proteus wizard."""
        return proteus.Wizard(name)

    def ids(self, model: str, domain: list[Any], order: list[Any] | None = None) -> list[int]:
        """The ids that match, in the order asked for (by id when none is)."""
        proxy = self.model(model)._proxy
        found = proxy.search(domain, 0, None, order or [("id", "ASC")], self.config.context)
        return [int(id) for id in found]

    def create(self, model: str, rows: Sequence[Row], batch: int = 50) -> list[int]:
        """Create rows as Tryton's own create does (checks included), a transaction per batch; ids in order."""
        proxy = self.model(model)._proxy
        ids: list[int] = []
        for start in range(0, len(rows), batch):
            ids.extend(int(id) for id in proxy.create(list(rows[start : start + batch]), self.config.context))
        return ids

    def write(self, model: str, ids: Sequence[int], values: Row) -> None:
        """Give many records the same values."""
        if ids:
            self.model(model)._proxy.write(list(ids), values, self.config.context)

    def archive(self, model: str, ids: Sequence[int]) -> None:
        """Hide records as a user does; Tryton refuses to *create* a record that is archived already."""
        self.write(model, ids, {"active": False})

    def press(self, model: str, button: str, ids: Sequence[int], batch: int = 20) -> None:
        """Press a button of the form on many records, a transaction per batch."""
        proxy = self.model(model)._proxy
        for start in range(0, len(ids), batch):
            getattr(proxy, button)(list(ids[start : start + batch]), self.config.context)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Note how long a step took, for the report of the seed."""
        begun = time.monotonic()
        yield
        self.seconds[step] = round(time.monotonic() - begun, 2)
