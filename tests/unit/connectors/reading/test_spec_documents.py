"""``spec.yaml``: its short forms, and its mistakes, each in one sentence with file, line and what is allowed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from connectors.auth import BearerAuth
from connectors.pagination import PageNumbers
from connectors.reading.document import Document
from connectors.reading.spec import merged, read_spec
from connectors.spec import ConnectorSpec, SettingSpec
from schemas.errors import ConfigError

SPEC = """\
system: brisk
title: Brisk
settings:
  base_url: Address of the server.
  zone: {description: Zone of its stamps., default: Europe/Oslo}
secrets:
  token: Token from the settings page.
rest:
  auth: {kind: bearer}
  pages: {kind: page}
defaults:
  resource: /v2/{stream}
  increment: {field: modified, param: after}
streams:
  jobs:
    deletes: keys
    every: 15m
"""


def spec(text: str = SPEC) -> ConnectorSpec:
    return read_spec(Document.parse(text.encode(), "spec.yaml"), {"jobs": ["project"]})


def refusal(old: str, new: str) -> str:
    assert old in SPEC
    with pytest.raises(ConfigError) as caught:
        spec(SPEC.replace(old, new))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_short_spec_is_a_whole_one() -> None:
    found = spec()
    assert found.settings == (
        SettingSpec(name="base_url", description="Address of the server."),
        SettingSpec(name="zone", description="Zone of its stamps.", default="Europe/Oslo"),
        SettingSpec(name="token", description="Token from the settings page.", secret=True),
    )
    assert found.rest is not None
    assert (found.rest.auth, found.rest.pages) == (BearerAuth(), PageNumbers())
    jobs = found.stream("jobs")
    assert (jobs.resource, jobs.every, jobs.entities) == ("/v2/jobs", timedelta(minutes=15), ("project",))
    assert jobs.increment is not None
    assert jobs.increment.field == "modified"


def test_what_a_stream_says_goes_before_the_defaults_and_null_takes_one_away() -> None:
    text = SPEC + "  notes:\n    resource: /notes\n    increment: {overlap: 5m}\n  plain:\n    increment:\n"
    found = spec(text)
    notes, plain = found.stream("notes"), found.stream("plain")
    assert (notes.resource, notes.deletes, notes.entities) == ("/notes", "scan", ())
    assert notes.increment is not None
    assert (notes.increment.param, notes.increment.overlap) == ("after", timedelta(minutes=5))
    assert plain.increment is None
    assert merged({"a": {"b": 1, "c": [1]}}, {"a": {"c": [2]}}) == {"a": {"b": 1, "c": [2]}}


def test_a_list_of_streams_and_settings_is_the_long_form_of_the_same() -> None:
    text = "system: x\ntitle: X\nsettings: [{name: a, description: A.}]\nstreams: [{name: jobs, resource: /jobs}]"
    assert spec(text).stream("jobs").resource == "/jobs"


def test_words_and_numbers_are_texts_where_a_text_is_wanted() -> None:
    rest = "rest: {params: {archived: no, page: 1, all: true, from: 2026-01-01, code: 007}}"
    found = spec(SPEC.replace("deletes: keys", rest)).stream("jobs").rest.params
    assert found == {"archived": "no", "page": "1", "all": "true", "from": "2026-01-01", "code": "007"}


def test_a_date_is_a_date_where_one_is_wanted() -> None:
    params, tiers = "params: {a: '{from}', b: '{to}'}", "tiers: [{back: 14d, every: 5m}]"
    windows = f"windows: {{{params}, {tiers}, start: 2020-02-01}}\n    increment:"
    found = spec(SPEC.replace("deletes: keys", windows)).stream("jobs").windows
    assert found is not None
    assert (found.start, found.tiers[0].back) == (date(2020, 2, 1), timedelta(days=14))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("deletes: keys", "deletes: sometimes",
         "spec.yaml, line 16: streams.jobs.deletes is 'sometimes'; allowed are keys, scan, none."),
        ("deletes: keys", "delets: keys",
         "spec.yaml, line 16: streams.jobs.delets is not known; did you mean 'deletes'? Allowed are deletes, "),
        ("param: after", "parm: after", "line 13: defaults.increment.parm is not known; did you mean 'param'?"),
        ("{kind: bearer}", "{kind: bearerr}", "line 9: rest.auth is of the kind 'bearerr'; allowed are none, "),
        ("{kind: bearer}", "{kind: bearer, tokn: x}",
         "spec.yaml, line 9: rest.auth.tokn is not known; did you mean 'token'? Allowed are kind, token."),
        ("{kind: bearer}", "{user: x}", "spec.yaml, line 9: rest.auth needs 'kind', which is missing."),
        ("{kind: bearer}", "{kind: header, header: X-Key}", "rest.auth needs 'value', which is missing."),
        ("{kind: page}", "{kind: page, first: one}", "rest.pages.first is 'one'; it must be a whole number."),
        ("  resource: /v2/{stream}\n", "", "spec.yaml, line 14: streams.jobs needs 'resource', which is missing."),
        ("/v2/{stream}", "/v2/{tenat}", "line 12: stream 'jobs': resource names {tenat}, which no "),
        ("field: modified", "field: modified, overlap: soon",
         "defaults.increment.overlap is 'soon'; allowed are durations such as 30s, 5m, 24h, 14d."),
        ("deletes: keys", "lookup_size: 5", "line 15: stream 'jobs' has a lookup_size and no rest.lookup path"),
        ("deletes: keys", "rest: {lookup: {path: 5, method: PUT}}",
         "streams.jobs.rest.lookup.method is 'PUT'; allowed are GET, POST."),
        ("deletes: keys", "rest: {empty: [404, x]}", "streams.jobs.rest.empty[1] is 'x'; it must be a whole number."),
        ("deletes: keys", "key: id", "streams.jobs.key is 'id'; it must be a list."),
        ("deletes: keys", "page_size: 0\n    delets: keys\n    colour: red", "(and 2 more mistakes)."),
        ("system: brisk", "system: Brisk AS", "it must be of small letters, digits and hyphens, a letter first."),
        ("streams:", "streems:", "streems is not known; did you mean 'streams'?"),
        ("title: Brisk\n", "", "spec.yaml, line 1: needs 'title', which is missing."),
        ("base_url: Address of the server.", "base_url: {describtion: x}", "did you mean 'description'?"),
        ("base_url: Address of the server.", "base_url: {required: true}", "needs 'description', which is missing."),
        ("base_url: Address of the server.", "base_url:", "settings.base_url must be a text, not empty."),
        ("deletes: keys", "[a]: b", "spec.yaml, line 16: "),
        ("  jobs:\n    deletes: keys\n    every: 15m\n", "", "the spec needs 'streams', which are missing."),
        ("  jobs:\n    deletes: keys\n    every: 15m\n", "  jobs: yes\n", "streams.jobs must be a mapping"),
        ("deletes: keys", "name: other", "line 16: streams.jobs.name must be 'jobs', as the stream is called "),
    ],
    ids=lambda text: text[:30],
)  # fmt: skip
def test_a_mistake_is_told_with_file_line_and_what_is_allowed(old: str, new: str, said: str) -> None:
    assert said in refusal(old, new)


def test_a_default_that_is_wrong_is_told_once_however_many_streams_have_it() -> None:
    with pytest.raises(ConfigError) as caught:
        spec(SPEC.replace("param: after", "parm: after") + "  notes:\n  hours:\n")
    assert "more mistake" not in str(caught.value)
