"""The company: currency, calendar, accounts, taxes and the key of the REST interface."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

from trytond.modules.account.tests.tools import (  # type: ignore[import-not-found]
    create_chart,
    create_fiscalyear,
    create_tax,
    get_accounts,
)
from trytond.modules.account_invoice.tests.tools import (  # type: ignore[import-not-found]
    set_fiscalyear_invoice_sequences,
)
from trytond.modules.company.tests.tools import create_company  # type: ignore[import-not-found]

from pipeline.local.tryton.inside import words
from pipeline.local.tryton.inside.session import Session

FIRST_DAY, LAST_DAY = datetime.date(2025, 1, 1), datetime.date(2025, 12, 31)
NAME = "Nordlia Entreprenør AS"
CURRENCIES = (  # name, code, numeric code, symbol, units per krone
    ("Norwegian Krone", "NOK", "578", "kr", Decimal("1")),
    ("Euro", "EUR", "978", "€", Decimal("0.085")),
)
COUNTRIES = (("Norway", "NO", "NOR", "578"), ("Sweden", "SE", "SWE", "752"), ("Denmark", "DK", "DNK", "208"))


@dataclass(frozen=True)
class Books:
    """What documents refer to: ids of the company's masters. ``accounts`` by kind, as Tryton's tools name them."""

    company: int
    nok: int
    eur: int
    countries: dict[str, int]
    accounts: dict[str, int]
    tax: int
    term: int
    sale_journal: int
    purchase_journal: int


def create(session: Session) -> Books:
    """Make the company and its books for the years from the data's year to next year; run once per database."""
    currencies = _currencies(session)
    countries = _countries(session)
    party = session.model("party.party")(_own_party(session, countries["NO"]))
    create_company(party=party, currency=session.model("currency.currency")(currencies[0]))
    company = session.model("company.company").find()[0]
    company.timezone = "Europe/Oslo"
    company.save()
    create_chart(company)
    _exchange_accounts(session)
    _fiscal_years(session, company)
    return Books(
        company=company.id,
        nok=currencies[0],
        eur=currencies[1],
        countries=countries,
        accounts={kind: account.id for kind, account in get_accounts(company).items()},
        tax=_tax(company),
        term=_payment_term(session),
        sale_journal=session.ids("account.journal", [("type", "=", "revenue")])[0],
        purchase_journal=session.ids("account.journal", [("type", "=", "expense")])[0],
    )


def rest_key(session: Session) -> str:
    """A validated application key of the administrator for the REST interface."""
    application = session.model("res.user.application")()
    application.user = session.model("res.user")(session.config.user)
    application.application = "rest"
    application.save()
    return str(application.key)


def _currencies(session: Session) -> list[int]:
    rows = [
        {
            "name": name,
            "code": code,
            "numeric_code": numeric,
            "symbol": symbol,
            "rounding": Decimal("0.01"),
            "digits": 2,
            "rates": [("create", [{"date": FIRST_DAY, "rate": rate}])],
        }
        for name, code, numeric, symbol, rate in CURRENCIES
    ]
    return session.create("currency.currency", rows)


def _countries(session: Session) -> dict[str, int]:
    rows = [{"name": name, "code": code, "code3": code3, "code_numeric": n} for name, code, code3, n in COUNTRIES]
    return dict(zip((row["code"] for row in rows), session.create("country.country", rows), strict=True))


def _own_party(session: Session, norway: int) -> int:
    address = {"street_unstructured": "Verksveien 1", "postal_code": "0150", "city": "Oslo", "country": norway}
    row = {
        "name": NAME,
        "addresses": [("create", [address])],
        "identifiers": [("create", [{"type": "no_orgnr", "code": words.org_number(400_000)}])],
        "contact_mechanisms": [("create", [{"type": "email", "value": "post@nordlia.example"}])],
    }
    return session.create("party.party", [row])[0]


def _exchange_accounts(session: Session) -> None:
    """Without them a document in euro cannot be posted: its rounding difference has nowhere to go."""
    account = session.model("account.account").find([("code", "=", "6.2.1")])[0]
    configuration = session.model("account.configuration")(1)
    configuration.currency_exchange_debit_account = account
    configuration.currency_exchange_credit_account = account
    configuration.save()


def _fiscal_years(session: Session, company: object) -> None:
    this_year = datetime.datetime.now(datetime.UTC).year
    for year in range(FIRST_DAY.year, this_year + 2):
        span = (datetime.date(year, 1, 1), datetime.date(year, 12, 31))
        fiscal_year = set_fiscalyear_invoice_sequences(create_fiscalyear(company, span))
        fiscal_year.name = str(year)
        fiscal_year.save()
        fiscal_year.click("create_period")


def _tax(company: object) -> int:
    tax = create_tax(Decimal("0.25"), company)
    tax.name = tax.description = "VAT 25 %"
    tax.save()
    return int(tax.id)


def _payment_term(session: Session) -> int:
    row = {
        "name": "30 days net",
        "lines": [("create", [{"type": "remainder", "relativedeltas": [("create", [{"days": 30}])]}])],
    }
    return session.create("account.invoice.payment_term", [row])[0]
