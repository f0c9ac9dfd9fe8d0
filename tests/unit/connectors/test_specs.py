"""Specs, templates, stamps and manifests: small pure parts."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from connectors.auth import BearerAuth
from connectors.increment import Increment
from connectors.manifest import differences, digest, digests
from connectors.rest_spec import RestApi, RestStream
from connectors.spec import ConnectorSpec, SettingSpec, StreamSpec
from connectors.stamps import stamp_of, stamp_text
from connectors.templates import fill_path, fill_url

STAMP = datetime(2026, 7, 1, 12, 30, 15, 123456, tzinfo=UTC)


def stream(**more):
    return StreamSpec(**{"name": "things", "resource": "/things", **more})


def spec(*streams, **more):
    return ConnectorSpec(system="x", title="X", streams=streams or (stream(),), **more)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: spec(stream(), stream()), "stream names .'things'. come twice"),
        (lambda: spec(stream(refreshes=("nothing",))), "which does not exist"),
        (lambda: spec(rest=RestApi()), "base_url"),
        (lambda: spec(rest=RestApi(base_url="https://x", auth=BearerAuth())), "token"),
        (lambda: spec(stream(lookup_size=1), rest=RestApi(base_url="https://x")), "no rest.lookup path"),
        (lambda: spec(stream(resource="/{key}"), rest=RestApi(base_url="https://x")), "key"),
        (lambda: spec(stream(rest=RestStream(lookup="/{other}")), rest=RestApi(base_url="https://x")), "other"),
        (lambda: stream(name="Things"), "name"),
        (lambda: stream(colour="red"), "colour"),
        (lambda: ConnectorSpec(system="x", title="X", streams=()), "streams"),
    ],
)
def test_a_spec_that_cannot_work_is_refused(make, said):
    with pytest.raises(ValidationError, match=said):
        make()


def test_a_template_may_name_what_has_a_default_or_is_required():
    setting = SettingSpec(name="token", description=".", secret=True)
    assert spec(rest=RestApi(base_url="https://x", auth=BearerAuth()), settings=(setting,))


def test_values_cannot_leave_their_place_in_a_path():
    assert fill_path("/c/{key}/x", {"key": "../a?b#c"}) == "/c/..%2Fa%3Fb%23c/x"
    assert fill_url("{base_url}", {"base_url": "https://h/x"}) == "https://h/x"
    assert fill_url("https://{org}.acme.example", {"org": "evil.example/"}) == "https://evil.example%2F.acme.example"


@pytest.mark.parametrize(
    ("notation", "zone", "text"),
    [
        ("iso", "UTC", "2026-07-01T12:30:15.123456Z"),
        ("iso-seconds", "UTC", "2026-07-01T12:30:15Z"),
        ("iso-seconds", "Europe/Oslo", "2026-07-01T14:30:15+02:00"),
        ("date", "UTC", "2026-07-01"),
        ("unix", "UTC", "1782909015"),
        ("unix-ms", "UTC", "1782909015123"),
    ],
)
def test_instants_are_written_as_the_api_wants_them_and_rounded_down(notation, zone, text):
    assert stamp_text(STAMP, Increment(field="at", format=notation, zone=zone)) == text


def test_an_exclusive_bound_is_asked_for_a_step_earlier():
    exclusive = Increment(field="at", format="iso-seconds", exclusive=True)
    assert stamp_text(STAMP, exclusive) == "2026-07-01T12:30:14Z"


@pytest.mark.parametrize(
    ("value", "more", "found"),
    [
        ("2026-07-01T12:30:15.123456Z", {}, STAMP),
        ("2026-07-01 14:30:15.123456", {"zone": "Europe/Oslo"}, STAMP),
        (1782909015.123456, {"format": "unix"}, STAMP),
        ("1782909015123", {"format": "unix-ms"}, STAMP.replace(microsecond=123000)),
        (None, {}, None),
        ("yesterday", {}, None),
        (True, {"format": "unix"}, None),
        ({"a": 1}, {}, None),
        (1e300, {"format": "unix"}, None),
        (float("inf"), {"format": "unix"}, None),
    ],
)
def test_stamps_are_read_in_every_notation_and_nonsense_is_none(value, more, found):
    assert stamp_of({"meta": {"at": value}}, Increment(field="meta.at", **more)) == found


def test_a_manifest_shows_only_what_differs():
    records = [{"id": 1, "a": 1}, {"id": 2, "a": 2}, {"id": 3}, {"a": 4}]
    known = digests(records[:2], ["id"])
    assert differences(records, ["id"], known) == [2, 3]
    assert differences([{"a": 1, "id": 1}, {"id": 2, "a": 3}], ["id"], known) == [1]
    assert digest({"a": [1, {"b": 2, "c": 3}]}) == digest({"a": [1, {"c": 3, "b": 2}]})
