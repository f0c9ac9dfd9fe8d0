"""Specs that are well-formed and cannot work are refused, each with a sentence that says what to change."""

import pytest
from pydantic import ValidationError

from connectors.auth import BasicAuth, ClientCredentials, SessionAuth
from connectors.increment import Increment
from connectors.pagination import After, Token
from connectors.rest_spec import Lookup, PerRecord, RestApi, RestStream
from connectors.spec import ConnectorSpec, SettingSpec, StreamSpec
from connectors.windows import Tier, Windows

TIERS = (Tier(back="14d", every="5m"),)
SETTINGS = (
    SettingSpec(name="base_url", description="."),
    SettingSpec(name="zone", description=".", default="UTC"),
    SettingSpec(name="branch", description=".", required=False),
    SettingSpec(name="token", description=".", secret=True),
)


def made(api=None, **stream):
    one = StreamSpec(**{"name": "things", "resource": "/things", **stream})
    return ConnectorSpec(system="x", title="X", settings=SETTINGS, streams=(one,), rest=RestApi(**(api or {})))


def rest(**more):
    return {"rest": RestStream(**more)}


FAULTS = [
    ({"resource": "/{key}"}, "resource names {key}, which is not known there; it may name settings, {company}"),
    ({"resource": "/{branch}"}, "a setting that may be missing; make it required or give it a default"),
    ({"api": {"base_url": "{url}"}}, "rest.base_url names {url}, which no setting gives; add the setting 'url'"),
    ({"api": {"headers": {"X": "{since}"}}}, "rest.headers names {since}"),
    ({"api": {"check": "/x/{key}"}}, "rest.check names {key}"),
    ({"api": {"auth": BasicAuth()}}, "rest.auth.password names {password}"),
    ({"api": {"auth": BasicAuth(user="{access_token}", password="{token}")}}, "rest.auth.user names {access_token}"),
    ({"api": {"auth": ClientCredentials(token_url="https://x/{tenant}")}}, "rest.auth.token_url names {tenant}"),
    (rest(params={"id": "{key}"}), "rest.params names {key}, which is not known there; it may name .*{since}"),
    (rest(method="POST", body={"query": "{name}"}), "rest.body names {name}.*in GraphQL put spaces inside of braces"),
    (rest(lookup="/things/{since}"), "rest.lookup.path names {since}.*{key}"),
    (rest(lookup="/things"), "rest.lookup that names no key"),
    (rest(per_record=(PerRecord(path="/rows", into="rows"),)), "rest.per_record that names no key"),
    (rest(per_record=(PerRecord(path="/{keys}", into="rows"),)), "rest.per_record.path names {keys}"),
    ({"lookup_size": 5}, "no rest.lookup path"),
    ({"increment": Increment(field="at")}, "an increment that is never asked for; name {since}"),
    ({"increment": Increment(field="at", param="m", zone="Norway")}, "the time zone 'Norway', which there is not"),
    ({"increment": Increment(field="at", param="m", zone="{tz}")}, "increment.zone names {tz}"),
    ({"increment": Increment(field="", param="m", ordered=True)}, "ordered changes without a stamp"),
    (
        {"increment": Increment(field="at", param="m", ordered=True), **rest(pages=After(field="id", param="after"))},
        "paged by 'id', so that its changes are not in the order",
    ),
    ({"windows": Windows(params={"from": "{from}"}, tiers=TIERS)}, "does not name both {from} and {to}"),
    (
        {"windows": Windows(tiers=TIERS), "increment": Increment(field="at", param="m")},
        "has both an increment and windows",
    ),
]


@pytest.mark.parametrize(("about", "said"), FAULTS, ids=[said for _, said in FAULTS])
def test_a_spec_that_cannot_work_is_refused_with_what_to_change(about, said):
    with pytest.raises(ValidationError, match=said.replace("{", r"\{").replace("}", r"\}")):
        made(**about)


def test_all_faults_are_told_at_once():
    with pytest.raises(ValidationError) as caught:
        made(api={"headers": {"X": "{nothing}"}}, resource="/{key}", lookup_size=3)
    assert all(word in str(caught.value) for word in ("{nothing}", "{key}", "lookup_size"))


@pytest.mark.parametrize(
    "about",
    [
        {"api": {"headers": {"X-Branch": "{branch}", "Prefer": "maxpagesize={limit}"}}},
        {
            "api": {
                "auth": SessionAuth(url="/login", params={"until": "{expires_on}"}, body={"t": "{token}"}, token="t")
            }
        },
        rest(params={"branch": "{branch}", "q": "{company} {limit} {position}"}),
        rest(lookup=Lookup(path="/read", method="POST", body={"ids": "{keys:int}"})),
        rest(lookup="/vouchers/{key1}/{key2}"),
        {"increment": Increment(field="at", zone="{zone}"), **rest(method="POST", body=[["at", ">=", "{since}"]])},
        {"increment": Increment(field="", headers={"If-Modified-Since": "{since}"}, format="http")},
        {"windows": Windows(tiers=TIERS), **rest(params={"between": "{from},{to}"})},
        {"key": ('"@odata.id"', "a.b"), **rest(records="'@odata.value'", pages=Token(path="a.'b.c'.-1"))},
    ],
)
def test_a_spec_that_can_work_is_taken(about):
    assert made(**about)


@pytest.mark.parametrize("path", ["a'b", "'a", "'a'b"])
def test_a_path_with_a_quote_in_the_wrong_place_is_refused(path):
    with pytest.raises(ValidationError, match="quote in the wrong place"):
        made(**rest(records=path))


def test_a_path_is_written_in_signs_that_can_be_seen():
    with pytest.raises(ValidationError, match="line break or another sign that cannot be seen"):
        RestStream(records="a\nb")
