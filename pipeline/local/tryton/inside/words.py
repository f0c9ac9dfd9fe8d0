"""Neutral words from which companies, persons and building work are named. Nobody here exists.

Every function is pure: the same index gives the same name, and indexes below the stated bound give different names.
"""

from __future__ import annotations

STEMS = (
    "Nord", "Gran", "Stein", "Furu", "Bjerke", "Elve", "Fjell", "Myr", "Sol", "Vest",
    "Lang", "Høy", "Sand", "Eike", "Aske", "Linde", "Tinde", "Skog", "Hav", "Bekke",
)  # fmt: skip
ENDINGS = ("vik", "lia", "mo", "heim", "strand", "vang", "dal", "berg", "nes", "haug", "tun", "bakken")
TRADES = (
    "Bygg", "Rør", "Elektro", "Maskin", "Betong", "Tak",
    "Maling", "Entreprenør", "Stillas", "Ventilasjon", "Eiendom", "Trelast",
)  # fmt: skip
GIVEN = (
    "Alva", "Birk", "Cora", "Dina", "Eir", "Falk", "Gry", "Hauk", "Idun", "Jarl", "Kaja", "Leif",
    "Maja", "Njål", "Oda", "Pil", "Runa", "Storm", "Tuva", "Ulv", "Vilja", "Ylva", "Åse",
)  # fmt: skip
STREETS = (
    "Verksveien",
    "Brygga",
    "Havnegata",
    "Steinbruddet",
    "Sagveien",
    "Industriveien",
    "Torget",
    "Moveien",
)
PLACES = (
    ("0150", "Oslo", "NO"), ("5003", "Bergen", "NO"), ("7010", "Trondheim", "NO"), ("4006", "Stavanger", "NO"),
    ("9008", "Tromsø", "NO"), ("3016", "Drammen", "NO"), ("8001", "Bodø", "NO"), ("4612", "Kristiansand", "NO"),
    ("411 04", "Göteborg", "SE"), ("8000", "Aarhus", "DK"),
)  # fmt: skip
SITES = (
    "School",
    "Warehouse",
    "Office block",
    "Row houses",
    "Bridge",
    "Care home",
    "Sports hall",
    "Quay",
    "Tunnel",
)
WORKS = ("new build", "extension", "refurbishment", "roof", "ground works", "facade")
TASKS = (
    "Ground works",
    "Foundations",
    "Framing",
    "Roofing",
    "Plumbing",
    "Electrical",
    "Finishing",
    "Handover",
)
GOODS = (
    ("Concrete C30", "Cubic meter"), ("Timber 48x98", "Meter"), ("Plasterboard 13 mm", "Square meter"),
    ("Mineral wool 150", "Square meter"), ("Roof tile", "Unit"), ("Rebar 12 mm", "Kilogram"),
    ("Copper pipe 22", "Meter"), ("Cable 3x2,5", "Meter"), ("Gravel 8-16", "Kilogram"), ("Window 120x120", "Unit"),
)  # fmt: skip
SERVICES = (
    "Carpenter hour",
    "Electrician hour",
    "Plumber hour",
    "Crane hire",
    "Excavator hire",
    "Site management",
)

COMPANY_NAMES = len(STEMS) * len(ENDINGS) * len(TRADES)


def surname(index: int) -> str:
    """A family name that is a made-up place; different below 240."""
    return STEMS[index % len(STEMS)] + ENDINGS[(index // len(STEMS) + index % len(STEMS)) % len(ENDINGS)]


def person(index: int) -> str:
    """A given name and a family name; different below 5 520."""
    return f"{GIVEN[index % len(GIVEN)]} {surname(index)}"


def company(index: int) -> str:
    """A company's name; from 2 880 on the names carry the number of their round."""
    name = f"{surname(index)} {TRADES[(index // 240 + index % 240) % len(TRADES)]}"
    round_ = index // COMPANY_NAMES
    return f"{name} AS" if round_ == 0 else f"{name} {round_ + 1} AS"


def domain(name: str) -> str:
    """A mail domain under the reserved top-level domain for examples."""
    plain = name.lower().translate(str.maketrans("åæøäöé", "aaoaoe"))
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split()) + ".example"


def phone(index: int) -> str:
    """A number of Norwegian form that no exchange gives out: they never begin with zero."""
    digits = f"{index * 7919 % 1_000_000:06d}"
    return f"+47 00 {digits[:2]} {digits[2:4]} {digits[4:]}"


def org_number(index: int) -> str:
    """Nine digits with a right check digit (modulo 11), in a range that is not given out: it begins with 1."""
    weights = (3, 2, 7, 6, 5, 4, 3, 2)
    number = 10_000_000 + index * 2
    while True:
        body = f"{number:08d}"
        check = (11 - sum(w * int(d) for w, d in zip(weights, body, strict=True)) % 11) % 11
        if check != 10:
            return body + str(check)
        number += 1
