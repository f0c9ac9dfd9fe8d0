"""Business partners and employees."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from pipeline.local.tryton.inside import words
from pipeline.local.tryton.inside.company import LAST_DAY, Books
from pipeline.local.tryton.inside.session import Row, Session

KINDS = (
    "customer",
    "customer",
    "supplier",
    "customer",
    "both",
    "customer",
    "supplier",
    "customer",
    "none",
    "customer",
)
ARCHIVED_EVERY = 40
PERSON_EVERY = 9


@dataclass(frozen=True)
class Partner:
    """A partner that documents may name: it is active and has an address."""

    id: int
    address: int
    foreign: bool


@dataclass(frozen=True)
class Partners:
    """The active partners by the category that Tryton knows them by; one may be in both."""

    customers: list[Partner]
    suppliers: list[Partner]


def create(session: Session, books: Books, count: int) -> Partners:
    """Make the partners; the tenth of them is in no category, every fortieth is archived."""
    categories = dict(
        zip(
            ("customer", "supplier"),
            session.create("party.category", [{"name": "Customer"}, {"name": "Supplier"}]),
            strict=True,
        )
    )
    rows = [_row(index, books, categories) for index in range(count)]
    ids = session.create("party.party", rows)
    session.archive("party.party", [id for index, id in enumerate(ids) if _archived(index)])
    addresses = _first_addresses(session, ids)
    partners = {"customer": list[Partner](), "supplier": list[Partner]()}
    for index, id in enumerate(ids):
        if not _archived(index):
            for kind in _categories_of(index):
                partners[kind].append(Partner(id, addresses[id], _place(index)[2] != "NO"))
    return Partners(partners["customer"], partners["supplier"])


def create_employees(session: Session, books: Books, count: int) -> list[int]:
    """Make employees with a party each; every sixth reports to nobody, every tenth has left."""
    parties = [_employee_party(index, books) for index in range(count)]
    party_ids = session.create("party.party", parties)
    rows: list[Row] = [
        {"party": party, "company": books.company, "start_date": _started(index)}
        for index, party in enumerate(party_ids)
    ]
    ids = session.create("company.employee", rows)
    for lead in range(0, count, 6):
        session.write("company.employee", ids[lead + 1 : lead + 6], {"supervisor": ids[lead]})
    session.write("company.employee", ids[5::10], {"end_date": LAST_DAY})
    return ids


def _row(index: int, books: Books, categories: dict[str, int]) -> Row:
    person = index % PERSON_EVERY == 4
    name = words.person(index) if person else words.company(index)
    return {
        "name": name,
        "categories": [("add", [categories[kind] for kind in _categories_of(index)])],
        "addresses": [("create", _addresses(index, books))],
        "contact_mechanisms": [("create", _mechanisms(index, name, person))],
        "identifiers": [("create", _identifiers(index, person))],
    }


def _categories_of(index: int) -> tuple[str, ...]:
    kind = KINDS[index % len(KINDS)]
    return {"both": ("customer", "supplier"), "none": ()}.get(kind, (kind,))


def _archived(index: int) -> bool:
    return index % ARCHIVED_EVERY == ARCHIVED_EVERY - 1


def _place(index: int) -> tuple[str, str, str]:
    return words.PLACES[(index // 3) % len(words.PLACES)]


def _addresses(index: int, books: Books) -> list[Row]:
    postal_code, city, country = _place(index)
    street = words.STREETS[index % len(words.STREETS)]
    first = {
        "street_unstructured": f"{street} {index % 97 + 1}",
        "postal_code": postal_code,
        "city": city,
        "country": books.countries[country],
    }
    if index % 7:
        return [first]
    return [first, {**first, "street_unstructured": f"{street} {index % 97 + 3}", "party_name": "Warehouse"}]


def _mechanisms(index: int, name: str, person: bool) -> list[Row]:
    domain = words.domain(name)
    rows: list[Row] = [
        {"type": "email", "value": f"{'me' if person else 'post'}@{domain}"},
        {"type": "phone", "value": words.phone(index)},
    ]
    if not person and index % 3 == 0:
        contact = words.person(index + 31)
        mail = f"{words.domain(contact).removesuffix('.example')}@{domain}"
        rows.append({"type": "email", "value": mail, "name": contact})
    if index % 5 == 0:
        rows.append({"type": "website", "value": f"https://www.{domain}"})
    return rows


def _identifiers(index: int, person: bool) -> list[Row]:
    if person or _place(index)[2] != "NO":
        return []
    return [{"type": "no_orgnr", "code": words.org_number(index)}]


def _employee_party(index: int, books: Books) -> Row:
    name = words.person(index * 7 + 3)
    mail = f"{words.domain(name).removesuffix('.example')}@nordlia.example"
    return {
        "name": name,
        "addresses": [("create", _addresses(index * 3, books)[:1])],
        "contact_mechanisms": [
            (
                "create",
                [{"type": "email", "value": mail}, {"type": "mobile", "value": words.phone(500_000 + index)}],
            )
        ],
    }


def _started(index: int) -> datetime.date:
    return datetime.date(2012 + index % 12, index % 12 + 1, 1)


def _first_addresses(session: Session, parties: list[int]) -> dict[int, int]:
    proxy = session.model("party.address")._proxy
    found = proxy.search_read([("party", "in", parties)], 0, None, [("id", "DESC")], ["party"], session.config.context)
    return {row["party"]: row["id"] for row in found}
