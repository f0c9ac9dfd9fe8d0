"""OAuth 1.0 signatures."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from connectors.auth import OAuth1
from connectors.oauth1 import Once, authorization

# OAuth Core 1.0, appendix A
VALUES = {
    "consumer_key": "dpf43f3p2l4k3l03",
    "consumer_secret": "kd94hf93k423kf44",
    "token": "nnch734d00sl2jdk",
    "token_secret": "pfkkdhi9sl3r4s00",
}
ONCE = Once("kllo9940pd9333jh", "1191242096")
URL = "http://photos.example.net/photos"


def signature(header: str) -> str:
    found = re.search(r'oauth_signature="([^"]*)"', header)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("url", "params"),
    [
        (URL, {"file": "vacation.jpg", "size": "original"}),
        (f"{URL}?size=original", {"file": "vacation.jpg"}),
        (f"{URL}?file=vacation.jpg&size=original", ()),
    ],
)
def test_the_signature_is_that_of_the_standard(url: str, params: dict[str, str]) -> None:
    auth = OAuth1(signature="HMAC-SHA1", realm="Photos")
    header = authorization(auth, VALUES, "GET", url, params, ONCE)
    assert signature(header) == "tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D"
    assert header.startswith('OAuth realm="Photos", ')


def test_every_part_of_a_request_is_covered() -> None:
    def signed(method: str = "GET", value: str = "a b+ü/", nonce: str = "n") -> str:
        return signature(authorization(OAuth1(), VALUES, method, URL, (("q", value),), Once(nonce, "1")))

    assert len({signed(), signed("POST"), signed(value="c"), signed(nonce="m")}) == 4
    assert signed() == signed()


def test_a_nonce_is_used_once() -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    assert Once.at(now).nonce != Once.at(now).nonce
    assert Once.at(now).timestamp == "1780272000"


def test_no_secret_is_in_the_header() -> None:
    header = authorization(OAuth1(), VALUES, "GET", URL, {}, ONCE)
    assert VALUES["consumer_secret"] not in header
    assert VALUES["token_secret"] not in header
    assert 'oauth_signature_method="HMAC-SHA256"' in header
