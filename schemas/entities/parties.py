"""Customers, suppliers and the people there."""

from __future__ import annotations

from typing import Annotated, Literal

from schemas.entities.common import Address, Currency, Dim, Entity, OrgNumber, Personal, Ref, Sensitive, Text


class Party(Entity):
    """What customers and suppliers have in common; it is not published by itself.

    A party that is both gives two entities, which point to each other by ``same_party_as``. ``vat_treatment``
    domestic_reverse is the reverse charge of the building trade.
    """

    number: Text
    name: Annotated[Text, Personal]
    legal_name: Annotated[str | None, Personal] = None
    is_person: bool | None = None
    org_number: OrgNumber | None = None
    vat_number: str | None = None
    gln: str | None = None
    email: Annotated[str | None, Personal] = None
    invoice_email: Annotated[str | None, Personal] = None
    phone: Annotated[str | None, Personal] = None
    addresses: Annotated[list[Address] | None, Personal] = None
    currency: Currency | None = None
    payment_terms_days: int | None = None
    invoice_channel: Literal["email", "ehf_peppol", "efaktura", "paper", "other"] | None = None
    vat_treatment: Literal["domestic", "domestic_reverse", "eu", "export", "exempt", "other"] | None = None
    credit_blocked: bool | None = None
    department: Ref | None = None
    dims: list[Dim] | None = None
    same_party_as: Ref | None = None


class Customer(Party):
    """Whom the company sells to."""


class Supplier(Party):
    """Whom the company buys from; ``bank_accounts`` are IBANs or national account numbers."""

    bank_accounts: Annotated[list[str] | None, Sensitive] = None


class Contact(Entity):
    """A person at a customer or supplier; ``title`` is the role there."""

    party: Ref
    name: Annotated[str | None, Personal] = None
    first_name: Annotated[str | None, Personal] = None
    last_name: Annotated[str | None, Personal] = None
    title: Annotated[str | None, Personal] = None
    email: Annotated[str | None, Personal] = None
    phone: Annotated[str | None, Personal] = None
    is_default: bool | None = None
