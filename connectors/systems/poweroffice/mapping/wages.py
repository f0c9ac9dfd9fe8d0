"""What wages are paid for: pay items, and the salary lines that this integration made."""

from __future__ import annotations

from typing import Any

from connectors.rules import Worked, date, decimal, dim, first, money, price, quantity, ref, several, text
from connectors.rules.streams import of
from connectors.systems.poweroffice.mapping.common import BOOK, CHANGED_AT, ZONE, value_key
from schemas.mapping import Constant, EntityMapping, MappingContext
from schemas.pages import Record

_BY_BENEFIT = {
    "Timeloenn": "hourly",
    "Overtidsgodtgjoerelse": "overtime",
    "Bonus": "supplement",
    "FastTillegg": "supplement",
    "Helligdagstillegg": "supplement",
    "UregelmessigeTilleggKnyttetTilArbeidetTid": "supplement",
    "UregelmessigeTilleggKnyttetTilIkkeArbeidetTid": "supplement",
    "Smusstillegg": "supplement",
    "KostDager": "per_diem",
    "KostDoegn": "per_diem",
    "YrkebilTjenestligbehovKilometer": "mileage",
}
"""Words of the a-melding; what they do not tell, the processing may."""

_BY_BEGINNING = {"Kilometergodtgjoerelse": "mileage", "ReiseKost": "per_diem"}

_BY_PROCESSING = {
    "HourlyWage": "hourly",
    "RetroactivePaymentOvertime": "overtime",
    "WageDeductionForHoliday": "deduction",
    "WageDeductionForHolidayOver60Years": "deduction",
    "AttachmentOfEarnings": "deduction",
    "AttachmentOfEarningsTax": "deduction",
    "DeductionWithBalance": "deduction",
    "PensionDeduction": "deduction",
    "PensionDeductionUnlimited": "deduction",
    "TradeUnionDeduction": "deduction",
}


def _kind(record: Record, context: MappingContext) -> str:
    benefit, processing = record.get("BenefitDescription") or "", record.get("ProcessingType") or ""
    begins = next((kind for word, kind in _BY_BEGINNING.items() if benefit.startswith(word)), None)
    return _BY_BENEFIT.get(benefit) or begins or _BY_PROCESSING.get(processing) or "other"


_WAGE_CODE = EntityMapping(
    entity="wage_code",
    fields={
        "code": first([text("Code"), text("Id")]),
        "number": text("Code"),
        "name": text("Name"),
        "kind": Worked("wage_kind", ("BenefitDescription", "ProcessingType"), _kind),
        "rate": price("Rate", BOOK),
        "percent": decimal("Percentage", 6),
        "holiday_pay_basis": "HolidayPayBasis",
        "reporting_code": text("BenefitDescription"),
        "active": "IsActive",
        "changed_at": CHANGED_AT,
    },
)


def _is_line(record: Record, context: MappingContext) -> bool:
    """Whether it is paid to somebody for something, and nobody took it back."""
    return bool(record.get("EmployeeId") and record.get("PayItemId")) and not record.get("IsDeletedByUser")


def _day(record: Record, context: MappingContext) -> Any:
    """The day it was made, for a line that names no period."""
    return None if record.get("FromDate") and record.get("ToDate") else _MADE(record, context)


_MADE = date("CreatedDateTimeOffset", zone=ZONE)

_WAGE_LINE = EntityMapping(
    entity="wage_line",
    when=_is_line,
    fields={
        "employee": ref("employee", "EmployeeId"),
        "date": Worked("day", ("FromDate", "ToDate", _MADE), _day),
        "from": "FromDate",
        "to": "ToDate",
        "wage_code": ref("wage_code", "PayItemId"),
        "quantity": quantity(first(["Quantity", "Number", Constant(1)])),
        "rate": price("Rate", BOOK),
        "amount": money("Amount", BOOK),
        "project": ref("project", "ProjectId"),
        "dims": several([dim("department", value_key("department", "DepartmentId"))]),
        "text": text("Comment"),
        "locked": "IsLocked",
        "external_ref": text("ExternalImportReference"),
        "changed_at": CHANGED_AT,
    },
)

MAPPINGS = {"pay-items": of(_WAGE_CODE), "salary-lines": of(_WAGE_LINE)}
