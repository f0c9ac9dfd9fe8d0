"""Credentials: refused ones are a person's business, and a token that ran out is renewed once."""

from __future__ import annotations

from connectors.auth import AuthorizationCode, JwtBearer
from connectors.base import Access, Mode
from connectors.testing.access import made_up
from connectors.testing.assertions import new_private_key
from connectors.testing.exchange import always, timed_out
from connectors.testing.rest_erp import MOST
from pipeline.certificate.bench import Bench, Case
from pipeline.certificate.mirror import Mirror
from pipeline.certificate.verdicts import Failure, NotApplicable, check, demand
from schemas.errors import ErpflowError, NeedsConsent

_MOST_REQUESTS = 12
"""Requests that may be spent on a credential which the API refuses."""


async def _refusal(bench: Bench, access: Access | None = None) -> ErpflowError:
    """The error of reading the first page; Failure where it can be read."""
    try:
        async with bench.session(access) as session:
            await anext(Mirror(bench).pages(session, Mode.BACKFILL))
    except ErpflowError as error:
        return error
    raise Failure("A page could be read with credentials that the API refuses.")


def _needs_secrets(bench: Bench) -> None:
    if not bench.erp.access.secrets:
        raise NotApplicable("the API asks for no credentials")


def _is_consent(error: ErpflowError, what: str) -> None:
    demand(
        isinstance(error, NeedsConsent), f"{what} is told as {type(error).__name__}, so that nobody is asked to act."
    )


@check("auth-refused", once=True)
async def refused(case: Case) -> None:
    """Wrong credentials pause the connection: NeedsConsent, after a few requests."""
    bench = case.bench(1)
    _needs_secrets(bench)
    right = bench.erp.access
    auth = bench.spec.rest.auth if bench.spec.rest else None
    if isinstance(auth, AuthorizationCode):  # its secrets are the application's; what a person gave is the consent
        bench.refresh = "a-refresh-token-of-nobody"
        _is_consent(await _refusal(bench), "A refused consent")
        _few(bench)
        return
    wrong = made_up(bench.spec, {name: f"wrong-{place}-{name}" for place, name in enumerate(right.secrets)})
    error = await _refusal(bench, Access(right.company, right.settings, _wrong(bench, wrong)))
    _is_consent(error, "A refused credential")
    _few(bench)


def _wrong(bench: Bench, wrong: Access) -> dict[str, str]:
    """Other secrets; for a private key another one, since what is no key is a mistake of the setting."""
    auth = bench.spec.rest.auth if bench.spec.rest else None
    algorithm = auth.algorithm if isinstance(auth, JwtBearer) else "RS256"
    own = bench.erp.access.secrets
    return {
        name: new_private_key(algorithm) if "PRIVATE KEY" in own[name] else value
        for name, value in wrong.secrets.items()
    }


@check("auth-401", alike=True)
async def in_mid_run(case: Case) -> None:
    """A 401 in the middle of a run: an issued token is renewed once and the run goes on; a fixed one needs a person."""
    bench = case.bench(3 * MOST)
    _needs_secrets(bench)
    mirror, renews = Mirror(bench), bench.erp.end_tokens()
    async with bench.session() as session:
        await mirror.load(session)
        issued = len(bench.server.tokens)
        if renews:
            bench.erp.end_tokens()
            await mirror.look(session)
            mirror.agree()
            demand(
                len(bench.server.tokens) == issued + 1,
                f"{len(bench.server.tokens) - issued} tokens were asked for, not 1.",
            )
            return
    bench.server.fail(always(401), times=1)
    _is_consent(await _refusal(bench), "A 401 to a fixed credential")
    async with bench.session() as session:
        await mirror.load(session)
    mirror.agree()


@check("auth-401-for-ever", once=True)
async def for_ever(case: Case) -> None:
    """An API that refuses every token, new ones too, is not asked in a loop."""
    bench = case.bench(1)
    _needs_secrets(bench)
    bench.server.fail(always(401), times=10_000)
    _is_consent(await _refusal(bench), "A credential that stays refused")
    _few(bench)


@check("auth-expiry", once=True)
async def expiry(case: Case) -> None:
    """A token that runs out between two pages is renewed, and no page is lost."""
    bench = case.bench(3 * MOST)
    if not bench.erp.end_tokens():
        raise NotApplicable("the credential does not run out")

    def a_long_pause(number: int) -> None:
        if number == 1:
            bench.clock.move(days=2)

    bench.server.before = a_long_pause
    mirror = Mirror(bench)
    async with bench.session() as session:
        await mirror.load(session)
    mirror.agree()


@check("auth-rotation", once=True)
async def rotation(case: Case) -> None:
    """A refresh whose answer was lost is repaired within the issuer's grace, and needs a person without one."""
    bench = case.bench(1)
    auth = bench.api and bench.erp.spec.rest and bench.erp.spec.rest.auth
    if not auth or auth.kind != "authorization-code" or not auth.rotates:
        raise NotApplicable("the API gives no refresh tokens that are used up")
    bench.server.fail(timed_out, tokens=True, times=4)
    if auth.grace:
        mirror = Mirror(bench)
        async with bench.session() as session:
            await mirror.load(session)
        mirror.agree()
        return
    bench.server.mend()
    bench.server.fail(timed_out, tokens=True, times=1)
    await _refusal(bench)
    _is_consent(await _refusal(bench), "A refresh token that is lost")
    _few(bench)


def _few(bench: Bench) -> None:
    spent = len(bench.server.asked) + len(bench.server.tokens)
    demand(spent <= _MOST_REQUESTS, f"{spent} requests were spent on a credential that the API refuses.")


CHECKS = (refused, in_mid_run, for_ever, expiry, rotation)
