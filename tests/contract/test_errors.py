"""Every error of a foreign library that an edge can meet becomes one of ``schemas.errors``, and none is forgotten.

The classes are taken out of the libraries, so that a new release with a new class is met by these tests.
"""

from __future__ import annotations

import inspect
import ssl
import string
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import aiohttp
import httpx
import orjson
import pytest
import zstandard
from botocore import exceptions as boto
from botocore import parsers
from cryptography.fernet import Fernet, InvalidToken
from pydantic import BaseModel, ValidationError
from sqlalchemy import exc as sqlalchemy

from connectors.http import HttpClient, Request
from connectors.http_errors import from_httpx
from connectors.retry import NEVER
from pipeline.aws.errors import FOREIGN, from_botocore, translated
from pipeline.broker.packing import decode as decode_page
from pipeline.credentials import Vault
from pipeline.settings import load
from pipeline.store.engine import database_errors, from_sqlalchemy
from schemas import errors
from schemas.envelope import decode
from schemas.errors import ConfigError, ErpflowError, NeedsConsent, Poison, RateLimited, Retryable
from schemas.wakeups import open_wake_up

TREE = {kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, ErpflowError)}
LEAVES = TREE - {ErpflowError}


def classes(module: ModuleType, root: type[BaseException]) -> list[type[BaseException]]:
    """All classes of the module below a root, the root included."""
    found = {kind for _, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, root)}
    return sorted(found, key=lambda kind: kind.__name__)


def is_one_sentence_of_ours(error: BaseException) -> bool:
    text = str(error)
    return type(error) in LEAVES and "\n" not in text and text.endswith(".") and "hush" not in text


def named(value: Any) -> str:
    return value.__name__ if inspect.isclass(value) else type(value).__name__


# httpx: whatever the transport raises comes out of the client as ours


def _httpx() -> Iterator[BaseException]:
    for kind in {*classes(httpx, httpx.HTTPError), *classes(httpx, httpx.StreamError), httpx.InvalidURL}:
        parameters = inspect.signature(kind.__init__).parameters
        request = httpx.Request("GET", "http://erp.test")
        needed = {"request": request, "response": httpx.Response(500, request=request)}
        extra = {name: value for name, value in needed.items() if name in parameters}
        yield kind("hush-hush", **extra) if "message" in parameters else kind()
    yield from (OSError(1, "hush"), ConnectionResetError(), TimeoutError(), ssl.SSLError("hush"), UnicodeError("hush"))


@pytest.mark.parametrize("error", sorted(_httpx(), key=named), ids=named)
async def test_no_error_of_httpx_leaves_the_client(error: Exception) -> None:
    def fails(_: httpx.Request) -> httpx.Response:
        raise error

    async with HttpClient(policy=NEVER, transport=httpx.MockTransport(fails)) as client:
        with pytest.raises(ErpflowError) as caught:
            await client.send(Request("GET", "http://erp.test/customers"))
    assert is_one_sentence_of_ours(caught.value)
    assert type(from_httpx(error, "GET x")) is type(caught.value)


@pytest.mark.parametrize("status", [*range(300, 600)])
async def test_every_status_that_is_no_success_is_one_of_ours(status: int) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, stream=httpx.ByteStream(b"no")))
    async with HttpClient(policy=NEVER, transport=transport) as client:
        with pytest.raises(ErpflowError) as caught:
            await client.send(Request("GET", "http://erp.test/customers"))
    assert is_one_sentence_of_ours(caught.value)
    waits = status in (408, 425, 429) or status >= 500
    assert isinstance(caught.value, Retryable | RateLimited) is waits


# botocore


def _boto() -> Iterator[BaseException]:
    for kind in classes(boto, boto.BotoCoreError):
        names = {name for _, name, _, _ in string.Formatter().parse(kind.fmt) if name}  # type: ignore[attr-defined]
        needed = {name for name in inspect.signature(kind).parameters if name not in ("kwargs", "msg", "args")}
        yield kind(**dict.fromkeys({*names, *needed}, "detail"))
    answer: Any = {"Error": {"Code": "New", "Message": "No."}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    for kind in classes(boto, boto.ClientError):
        yield kind(answer, "Publish")  # type: ignore[call-arg]
    yield from (kind("detail") for kind in classes(parsers, parsers.ResponseParserError))
    yield from (aiohttp.ClientError(), aiohttp.ServerTimeoutError(), TimeoutError(), OSError(1, "x"))


@pytest.mark.parametrize("error", sorted(_boto(), key=named), ids=named)
def test_no_error_of_aws_leaves_a_translated_call(error: Exception) -> None:
    assert isinstance(error, FOREIGN)
    with pytest.raises(ErpflowError) as caught, translated("Publishing to topic x"):
        raise error
    assert is_one_sentence_of_ours(caught.value)
    assert type(from_botocore(error, "x")) is type(caught.value)


@pytest.mark.parametrize("kind", classes(aiohttp, aiohttp.ClientError), ids=named)
def test_every_error_of_the_http_client_below_is_foreign_to_us_and_known(kind: type[BaseException]) -> None:
    assert issubclass(kind, FOREIGN)


# SQLAlchemy


class DriverError(Exception):
    """What a database driver raised."""


def _sqlalchemy() -> Iterator[sqlalchemy.SQLAlchemyError]:
    for kind in classes(sqlalchemy, sqlalchemy.SQLAlchemyError):
        if issubclass(kind, sqlalchemy.StatementError):
            detail = "driver said no\nDETAIL: hush-hush"
            arguments: tuple[Any, ...] = ("select 1", {"name": "hush-hush"}, DriverError(detail))
            yield kind(*arguments) if issubclass(kind, sqlalchemy.DBAPIError) else kind("no", *arguments)
        elif kind is sqlalchemy.CircularDependencyError:
            yield kind("no", (), ())
        elif kind is sqlalchemy.UnsupportedCompilationError:
            yield kind(object(), str)  # type: ignore[arg-type]
        elif kind in (sqlalchemy.IllegalStateChangeError, sqlalchemy.AmbiguousForeignKeysError):
            yield kind("no")
        elif kind is sqlalchemy.NoReferencedTableError:
            yield kind("no", "table")
        elif kind is sqlalchemy.NoReferencedColumnError:
            yield kind("no", "table", "column")
        elif kind is sqlalchemy.NoSuchColumnError:
            yield kind("no")
        else:
            yield kind("no")


@pytest.mark.parametrize("error", sorted(_sqlalchemy(), key=named), ids=named)
def test_no_error_of_sqlalchemy_leaves_the_store(error: sqlalchemy.SQLAlchemyError) -> None:
    with pytest.raises(ErpflowError) as caught, database_errors():
        raise error
    assert is_one_sentence_of_ours(caught.value)
    assert type(from_sqlalchemy(error)) is type(caught.value)


def test_what_may_pass_is_waited_for_and_what_a_person_must_correct_is_not() -> None:
    made = {type(error): from_sqlalchemy(error) for error in _sqlalchemy()}
    for kind in (sqlalchemy.OperationalError, sqlalchemy.InterfaceError, sqlalchemy.InternalError,
                 sqlalchemy.TimeoutError, sqlalchemy.IntegrityError):  # fmt: skip
        assert isinstance(made[kind], Retryable), kind
    assert isinstance(made[sqlalchemy.DataError], Poison)
    for kind in (sqlalchemy.ProgrammingError, sqlalchemy.NotSupportedError, sqlalchemy.ArgumentError):
        assert isinstance(made[kind], ConfigError), kind


def test_an_error_without_a_text_is_one_sentence_too() -> None:
    for error in (sqlalchemy.OperationalError("select 1", {}, DriverError("")), sqlalchemy.SQLAlchemyError()):
        assert is_one_sentence_of_ours(from_sqlalchemy(error))


# pydantic, orjson, zstandard, cryptography: at the places where they read what others wrote


class Model(BaseModel):
    number: int


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "1", "{}", '{"id":1}', "\x00", '{"specversion":"0.3"}'])
def test_no_error_of_pydantic_or_orjson_leaves_the_reading_of_a_message(body: str) -> None:
    for read in (decode, open_wake_up):
        with pytest.raises(Poison) as caught:
            read(body)
        assert is_one_sentence_of_ours(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"\x28\xb5\x2f\xfd", b"\x28\xb5\x2f\xfdhush", b"\xff\xfe"])
def test_no_error_of_zstandard_or_orjson_leaves_the_reading_of_a_page(content: bytes) -> None:
    with pytest.raises(Poison) as caught:
        decode_page(content)
    assert is_one_sentence_of_ours(caught.value)
    assert isinstance(caught.value.__cause__, zstandard.ZstdError | orjson.JSONDecodeError)


def test_no_error_of_pydantic_leaves_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERPFLOW_STORE", "sqlite:///x")
    monkeypatch.setenv("ERPFLOW_LEASE_SECONDS", "hush")
    with pytest.raises(ConfigError) as caught:
        load()
    assert is_one_sentence_of_ours(caught.value)


def test_no_error_of_cryptography_leaves_the_vault() -> None:
    for sealed in (b"hush", Fernet(Fernet.generate_key()).encrypt(b"{}")):
        with pytest.raises(NeedsConsent) as caught:
            Vault(Fernet.generate_key().decode()).open(sealed, "acme")
        assert is_one_sentence_of_ours(caught.value)
        assert isinstance(caught.value.__context__, InvalidToken)


def test_a_validation_error_is_no_error_of_ours_so_that_the_edges_must_map_it() -> None:
    with pytest.raises(ValidationError) as caught:
        Model.model_validate({"number": "x"})
    assert not isinstance(caught.value, ErpflowError)


def test_the_tree_is_the_one_that_its_docstring_draws() -> None:
    drawn = {line.split("── ")[1].split()[0] for line in (errors.__doc__ or "").splitlines() if "── " in line}
    assert drawn == {kind.__name__ for kind in LEAVES}
