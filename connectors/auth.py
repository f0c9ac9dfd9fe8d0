"""How a connection shows who it is, as data: templates that name the connection's secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from connectors.http import basic
from connectors.model import SpecModel
from connectors.templates import fill


class NoAuth(SpecModel):
    """The API is open, or the network is the guard."""

    kind: Literal["none"] = "none"


class HeaderAuth(SpecModel):
    """A header of the API's own, such as ``X-Api-Key: {api_key}``."""

    kind: Literal["header"] = "header"
    header: str
    value: str


class BasicAuth(SpecModel):
    """HTTP Basic (RFC 7617)."""

    kind: Literal["basic"] = "basic"
    user: str = "{user}"
    password: str = "{password}"  # noqa: S105 - a template, no password


class BearerAuth(SpecModel):
    """``Authorization: Bearer …`` (RFC 6750) with a token that does not run out."""

    kind: Literal["bearer"] = "bearer"
    token: str = "{token}"  # noqa: S105 - a template, no token


Auth = Annotated[NoAuth | HeaderAuth | BasicAuth | BearerAuth, Field(discriminator="kind")]


def auth_headers(auth: Auth, values: Mapping[str, str]) -> dict[str, str]:
    """The headers of every request; KeyError for a name without a value."""
    match auth:
        case NoAuth():
            return {}
        case HeaderAuth():
            return {auth.header: fill(auth.value, values)}
        case BasicAuth():
            return {"Authorization": basic(fill(auth.user, values), fill(auth.password, values))}
        case BearerAuth():
            return {"Authorization": f"Bearer {fill(auth.token, values)}"}


def auth_templates(auth: Auth) -> list[str]:
    """Every template of an auth, for checking the names in them."""
    return [value for name, value in auth.model_dump().items() if name not in ("kind", "header")]
