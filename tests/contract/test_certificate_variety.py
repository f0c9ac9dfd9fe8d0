"""The certificate's ERP speaks what specs can say: every paging, credential and notation is read without loss."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.auth import AuthorizationCode, BasicAuth, HeaderAuth, JwtBearer, OAuth1, SessionAuth
from connectors.base import Connector
from connectors.dialect import ErrorDialect, ErrorRule
from connectors.increment import Increment
from connectors.pagination import After, LinkHeader, NextUrl, NoPages, Offset, PageNumbers, Token
from connectors.rest_spec import Lookup, PerRecord
from connectors.spec import SettingSpec
from connectors.windows import Tier, Windows
from pipeline.certificate.checks import ALL
from pipeline.certificate.kit import kit_of
from pipeline.certificate.report import certify
from tests.support.wrong_connectors import RIGHT, SAMPLES


def varied(
    rest: dict[str, Any], stream: dict[str, Any], inner: dict[str, Any], secrets: tuple[str, ...] = ()
) -> Connector:
    """The right connector's customers, read otherwise."""
    one = RIGHT.spec.stream("customers")
    one = one.model_copy(update={**stream, "rest": one.rest.model_copy(update=inner)})
    settings = (*RIGHT.spec.settings, *(SettingSpec(name=name, description=".", secret=True) for name in secrets))
    assert RIGHT.spec.rest is not None
    changes = {"rest": RIGHT.spec.rest.model_copy(update=rest), "streams": (one,), "settings": settings}
    spec = type(RIGHT.spec).model_validate(RIGHT.spec.model_copy(update=changes).model_dump())
    return replace(RIGHT, spec=spec, mappings={"customers": RIGHT.mappings["customers"]})


def pages(kind: Any, **inner: Any) -> Connector:
    return varied({"pages": kind}, {}, inner)


def auth(kind: Any, *secrets: str) -> Connector:
    return varied({"auth": kind}, {}, {}, secrets)


def changes(**increment: Any) -> Connector:
    base = RIGHT.spec.stream("customers").increment
    assert base is not None
    return varied({}, {"increment": Increment.model_validate(base.model_dump() | increment)}, {})


CODE = {"authorize_url": "https://erp.example/authorize", "token_url": "/token"}
WINDOWS = Windows(
    params={"from": "{from}", "to": "{to}"}, tiers=(Tier(back="7d", every="10m"), Tier(back="40d", every="1d"))
)
HOURLY = Increment(field="changed", format="iso-seconds", zone="Europe/Oslo", exclusive=True, overlap="1h")
QUERY = {"where": [["changed", ">", "{since}"]], "first": "{limit}", "after": "{position}", "what": "customers"}
VARIETY = {
    "no pages": pages(NoPages()),
    "offsets from 1": pages(Offset(first=1)),
    "offsets with a total": pages(Offset(total="meta.total")),
    "page numbers with their number": pages(PageNumbers(total_pages="meta.pages", first=0)),
    "page numbers that say whether there are more": pages(PageNumbers(has_more="more")),
    "short pages are the last": pages(PageNumbers(last="short")),
    "tokens": pages(Token(param="cursor", path="meta.next")),
    "after the last record": pages(After(field="id", param="after")),
    "the next URL": pages(NextUrl(path="'@odata.nextLink'", size_param="$top")),
    "a link header": pages(LinkHeader()),
    "an empty list as 204": varied({"empty": (204,)}, {}, {}),
    "an empty list as 404": varied({}, {}, {"empty": (404,)}),
    "a body with a cursor": varied(
        {"pages": Token(path="meta.next", size_param=None)},
        {"increment": HOURLY},
        {"method": "POST", "body": QUERY},
    ),
    "many keys at once": varied({}, {}, {"lookup": Lookup(path="/many", params={"ids": "{keys}"}, records="data")}),
    "details": varied({}, {}, {"per_record": (PerRecord(path="/customers/{key}"),)}),
    "windows": varied({}, {"increment": None, "windows": WINDOWS}, {}),
    "windows whose end is left out": varied(
        {}, {"increment": None, "windows": WINDOWS.model_copy(update={"exclusive_end": True})}, {}
    ),
    "no changes told": varied({}, {"increment": None, "deletes": "scan", "lookup_size": 0}, {}),
    "changes by the minute": changes(format="%Y-%m-%d %H:%M"),
    "changes by the day": changes(format="date", exclusive=False, overlap=timedelta(days=1)),
    "changes in a header": changes(param=None, headers={"If-Modified-Since": "{since}"}, format="http"),
    "changes in the order of their stamps": changes(ordered=True),
    "changes at or after": changes(exclusive=False),
    "records without stamps": changes(field=""),
    "a header": auth(HeaderAuth(header="X-Key", value="{token}"), "token"),
    "basic": auth(BasicAuth(user="me", password="{token}"), "token"),
    "OAuth 1": auth(OAuth1(), "consumer_key", "consumer_secret", "token", "token_secret"),
    "a session": auth(SessionAuth(url="/login", body={"secret": "{client_secret}"}, token="data.session")),
    "a session by cookie": auth(
        SessionAuth(
            url="/login", body={"secret": "{client_secret}"}, token="cookie:SID",
            shown=HeaderAuth(header="Cookie", value="SID={access_token}"),
        )
    ),
    "an assertion": auth(JwtBearer(token_url="/token", algorithm="ES256", audience="erp"), "private_key"),
    "rotating tokens": auth(AuthorizationCode(**CODE)),
    "rotating tokens with a grace": auth(AuthorizationCode(**CODE, grace=timedelta(minutes=30))),
    "a dialect": varied(
        {
            "errors": ErrorDialect(
                inside="errors", code="errors.0.code", message="errors.0.message",
                rules=(
                    ErrorRule(code="BURST*", means="rate-limited", wait="5s"),
                    ErrorRule(says="timed out", means="retryable"),
                    ErrorRule(status=503, says="closed for good", means="config"),
                    ErrorRule(status=400, code="AUTH", means="refused"),
                ),
            )
        },
        {},
        {},
    ),
}  # fmt: skip


READING = [check for check in ALL if check.name.partition("-")[0] not in ("mapping", "shape", "fault")]
"""What depends on how a spec says it; the rest is tried with every real connector."""


@pytest.mark.parametrize("connector", VARIETY.values(), ids=VARIETY)
async def test_what_a_spec_can_say_has_its_certificate(connector: Connector):
    report = await certify(kit_of(connector, {"customers": SAMPLES["customers"]}), READING)
    assert {(one.check, one.reason) for one in report.failures()} == set()
