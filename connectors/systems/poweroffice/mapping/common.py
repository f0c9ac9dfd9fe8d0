"""What the mappings share: the book currency, change stamps, references, codings and lines."""

from __future__ import annotations

from typing import Any

from connectors.rules import (
    Value,
    Worked,
    address,
    decimal,
    dim,
    first,
    instant,
    items,
    key,
    money,
    option,
    price,
    quantity,
    ref,
    several,
    text,
)
from schemas.mapping import Constant, Items, MappingContext, Ref, Rule, Several
from schemas.pages import Record

BOOK = first([option("currency"), Constant("NOK")])
ZONE = first([option("time_zone"), Constant("Europe/Oslo")])
CURRENCY = first(["CurrencyCode", BOOK])
CHANGED_AT = instant("LastChangedDateTimeOffset")
NORWAY = Constant("NO")

_CODES = """
    AK ANN BX CMT DAA DAY DLT DMT E14 E34 E35 E54 EA FOT FTK GRM H18 HGM HLT HUR J57 KGM KMK KMT KWH LBR LM LTR M4 MFU
    MJ MLT MMT MON MTK MTQ MTR MWH NAR NL P1 PR QAN SET TNE WEE XBA XBE XBG XCA XCI XCN XCR XCT XFL XJG XOF XPC XPK XPL
    XRO XSA XTU XTY XVQ
"""
UNITS = {code: code for code in _CODES.split()}
"""The units of PowerOffice are codes of UN/ECE already; these are the ones it has."""

_UNSAID = frozenset({"Text", "Summary", "TotalHours"})
"""Kinds of lines whose amounts are none of their own: counted as well, the document would not add up."""


def employee(name: str = "Employee") -> Ref:
    """The employee whose id and number are under the name."""
    return ref("employee", f"{name}Id", f"{name}No")


def coded(entity: str, name: str) -> Ref:
    """What is named by id and code."""
    return ref(entity, f"{name}Id", f"{name}Code")


def numbered(entity: str, name: str) -> Ref:
    """What is named by id and number."""
    return ref(entity, f"{name}Id", f"{name}No")


def value_key(dimension: str, path: str) -> Worked:
    """The source key of a dimension's value: departments, locations and free values count their ids for themselves."""
    return key([Constant(dimension), path])


def department_dim() -> Rule:
    """The coding by department."""
    return dim("department", value_key("department", "DepartmentId"), "DepartmentCode")


def location_dim() -> Rule:
    """The coding by location."""
    return dim("location", value_key("location", "LocationId"), "LocationCode")


def dims() -> Several:
    """The coding by department, location and the three free dimensions."""
    free = [dim(str(n), value_key(str(n), f"Dim{n}Id"), f"Dim{n}Code") for n in (1, 2, 3)]
    return several([department_dim(), location_dim(), *free])


def place(kind: Any, path: str) -> Worked:
    """The address at a path."""
    parts = (f"{path}.ZipCode", f"{path}.City", f"{path}.CountryCode")
    return address(kind, [f"{path}.AddressLine1", f"{path}.AddressLine2"], *parts)


def per_hour(path: str) -> Worked:
    """A rate in the client's currency."""
    return price(path, BOOK, Constant("HUR"))


def vat_percent(value: Value) -> Worked:
    """A VAT rate in per cent; the API has it as a share (0.25)."""
    return decimal(value, 6, minor=-2)


def lines(source: str, turned: Value | None = None, accounts: bool = False) -> Items:
    """The lines of an order or invoice, in the document's currency. ``turned`` is when their signs are turned."""
    currency = first(["_parent.CurrencyCode", BOOK])
    fields: dict[str, Rule] = {
        "line_id": text("Id"),
        "kind": Worked("line_kind", ("LineType", "ProductId"), _kind),
        "product": coded("product", "Product"),
        "description": text("Description"),
        "quantity": quantity("Quantity", "UnitOfMeasureCode", UNITS),
        "unit_price": price("ProductUnitPrice", currency, "UnitOfMeasureCode", UNITS),
        "discount_percent": decimal("Allowance", 6),
        "net": money(Worked("line_net", ("NetAmount", "LineType"), _own("NetAmount")), currency, negated=turned),
        "vat_code": ref("vat_code", "VatId", "VatCode"),
        "vat_rate": vat_percent("VatRate"),
        "vat_amount": money(Worked("line_vat", ("VatAmount", "LineType"), _own("VatAmount")), currency, negated=turned),
        "project": coded("project", "Project"),
        "dims": dims(),
    }
    if accounts:
        fields["kind"] = Worked("line_kind", ("LineType", "ProductId", "AccountId"), _posted_kind)
        fields["account"] = numbered("account", "Account")
    return items(source, fields)


def _kind(line: Record, context: MappingContext) -> str:
    if line.get("LineType") in _UNSAID:
        return "text"
    return "product" if line.get("ProductId") else "other"


def _posted_kind(line: Record, context: MappingContext) -> str:
    found = _kind(line, context)
    return "account" if found == "other" and line.get("AccountId") else found


def _own(name: str) -> Any:
    return lambda line, context: 0 if line.get("LineType") in _UNSAID else line.get(name) or 0
