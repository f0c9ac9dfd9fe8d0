"""What the ERPs of a storm have and what happens in them; the same in the end, however long it takes.

Only what was loaded before is deleted, and what is deleted is never changed: so the tombstones are the same, too.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from typing import Any

from schemas.ids import entity_id
from tests.support.fake_erp import FakeErp
from tests.support.kills.erp import SPEC

HEAVY = 24 * 1024
"""Bytes of a page of projects that do not compress: it goes to the archive."""
Facts = dict[str, Any]


@dataclass
class Story:
    """``records`` customers and projects over all companies, half of each."""

    records: int
    companies: int
    page_size: int
    erps: dict[str, FakeErp] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number in range(1, self.companies + 1):
            self.erps[f"c{number}"] = self._filled()

    @property
    def names(self) -> list[str]:
        """The companies, which are tenants and connections of the same names."""
        return list(self.erps)

    @property
    def each(self) -> int:
        """Records of a stream of a company before anything happens."""
        return self.records // self.companies // 2

    @property
    def pages(self) -> int:
        """Pages of the first loads."""
        return 2 * self.companies * math.ceil(self.each / self.page_size)

    def early(self, company: str) -> None:
        """Changes while the company is being loaded; of some customers only the address says that they changed."""
        self._rename(company, 3, "changed while it was read")
        self._move(company, 33, "moved while it was read")

    def late(self, company: str) -> None:
        """Deletes, changes and new records after the first load."""
        erp = self.erps[company]
        for stream in ("customers", "projects"):
            for id in [id for id in erp.records[stream] if id % 50 == 7]:
                erp.delete(stream, id)
        for id in self._every(company, "customers", 23, of=80):
            erp.customer(id, contacts=[])
        self._rename(company, 13, "changed after it was read")
        self._move(company, 43, "moved after it was read")
        for id in range(self.each + 1, self.each + 2 + self.each // 50):
            self._project(erp, id)
            erp.customer(id, contacts=[{"id": 1, "first": f"Newcomer {id}"}])

    def round(self, number: int) -> None:
        """Changes without an end, for those who wait for something to happen; ``settle`` makes up for them."""
        for company in self.names:
            self._rename(company, 3, f"changed again {number}", of=160)

    def settle(self) -> None:
        """The last word on what rounds change."""
        for company in self.names:
            self._rename(company, 3, "changed for the last time", of=160)

    def truth(self) -> dict[str, Facts]:
        """What must exist in the end, by the id of the entity."""
        return {
            entity_id((company, SPEC.system, company), entity, key): facts
            for company, erp in self.erps.items()
            for (entity, key), facts in _entities(erp).items()
        }

    def _filled(self) -> FakeErp:
        erp = FakeErp()
        for id in range(1, self.each + 1):
            erp.customer(id, contacts=[{"id": 1, "first": f"Contact of {id}"}] if id % 4 == 3 else [])
            self._project(erp, id)
            if id % 10 == 3:
                erp.write("addresses", id, customer=id)
        return erp

    def _project(self, erp: FakeErp, id: int) -> None:
        noise = hashlib.shake_256(str(id).encode()).hexdigest(HEAVY // self.page_size)
        erp.write("projects", id, number=f"P{id}", name=f"Project {id}", open=id % 2 == 0, note=noise)

    def _every(self, company: str, stream: str, rest: int, of: int = 80) -> list[int]:
        return [id for id in self.erps[company].records[stream] if id % of == rest]

    def _rename(self, company: str, rest: int, word: str, of: int = 80) -> None:
        for stream in ("customers", "projects"):
            for id in self._every(company, stream, rest, of):
                self.erps[company].write(stream, id, name=f"{stream} {id} {word}")

    def _move(self, company: str, rest: int, word: str) -> None:
        erp = self.erps[company]
        for id in self._every(company, "customers", rest):
            erp.records["customers"][id]["name"] = f"Customer {id} {word}"  # without a new stamp
            erp.write("addresses", id, customer=id)


def _entities(erp: FakeErp) -> dict[tuple[str, str], Facts]:
    customers, projects = erp.records["customers"].values(), erp.records["projects"].values()
    contacts = {(one["id"], contact["id"]): contact for one in customers for contact in one["contacts"]}
    return {
        **{("customer", str(one["id"])): {"number": one["number"], "name": one["name"]} for one in customers},
        **{("contact", f"{a}/{b}"): {"first_name": one["first"]} for (a, b), one in contacts.items()},
        **{("project", str(one["id"])): {"number": one["number"], "name": one["name"]} for one in projects},
    }
