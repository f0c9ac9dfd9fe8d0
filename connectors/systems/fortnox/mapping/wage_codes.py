"""The wage codes that attendance and absence are registered by.

They are fixed by the contract (tags AttendanceTransactions and AbsenceTransactions); what a company pays by each is set
in Fortnox, and its own codes of salary show nowhere but in salary transactions.
"""

from __future__ import annotations

import orjson

from connectors.rules import text
from schemas.mapping import Constant, EntityMapping

_ATTENDANCE = {
    "TID": ("Working time", "hourly"),
    "ARB": ("Hourly pay", "hourly"),
    "MER": ("Additional time", "hourly"),
    **{f"OT{n}": (f"Overtime {n}, paid", "overtime") for n in range(1, 6)},
    "OK0": ("Extra time, taken as leave", "overtime"),
    **{f"OK{n}": (f"Overtime {n}, taken as leave", "overtime") for n in range(1, 6)},
    **{f"OB{n}": (f"Unsocial hours {n}", "supplement") for n in range(1, 6)},
    "JOR": ("On-call duty", "supplement"),
    "JO2": ("On-call duty 2", "supplement"),
    "BER": ("Standby", "supplement"),
    "BE2": ("Standby 2", "supplement"),
    "RES": ("Travel time", "other"),
    "FLX": ("Flexitime", "other"),
    "HLG": ("Holiday pay", "other"),
}
_ABSENCE = {
    "SEM": "Vacation",
    "SJK": "Sick leave",
    **{f"OS{n}": f"Sick leave during unsocial hours {n}" for n in range(1, 6)},
    "ASK": "Work injury",
    "VAB": "Care of a child",
    "FPE": "Parental leave",
    "PAP": "Leave at the birth of a child",
    "HAV": "Pregnancy",
    "NAR": "Care of a relative",
    "SMB": "Carrier of a disease",
    "KOM": "Compensatory leave",
    "ATF": "Reduced working hours",
    "TJL": "Leave of absence",
    "PEM": "Short paid leave",
    "PER": "Temporary layoff",
    "MIL": "Military service",
    "UTB": "Union training",
    "SVE": "Swedish for immigrants",
    "FRA": "Other absence",
}
ABSENT = frozenset(_ABSENCE)
OVERTIME = frozenset(code for code, (_, kind) in _ATTENDANCE.items() if kind == "overtime")

_ALL = [
    *({"code": code, "name": name, "kind": kind} for code, (name, kind) in _ATTENDANCE.items()),
    *({"code": code, "name": name, "kind": "absence"} for code, name in _ABSENCE.items()),
]

WAGE_CODE = EntityMapping(
    entity="wage_code",
    each=f"`{orjson.dumps(_ALL).decode()}`",
    key=text("code"),
    fields={
        "code": "code",
        "number": "code",
        "name": "name",
        "kind": "kind",
        "unit": Constant("HUR"),
        "use_in_timesheet": Constant(True),
        "active": Constant(True),
    },
)
