"""Calls to others: with a token each, within a time, of a length, over TLS; and what their answers mean."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from openline.errors import (
    Invalid,
    LimitExceeded,
    NotFound,
    OpenlineError,
    Refused,
    Unavailable,
    Unverifiable,
)
from openline.link import f3548_calls
from openline.link.f3548 import Calls, HttpDss, Peers
from openline.link.tokens import LIFETIME_S, RENEW_BEFORE_S, Issued, SelfMade, Token, Tokens, audience_of
from openline.utm.dss import requests as ask
from openline.utm.dss.conflict import AirspaceConflict
from openline.utm.wire import references as wire

ID = "11111111-1111-4111-8111-111111111111"
ME = ask.Caller("me")
Answer = Callable[[httpx.Request], httpx.Response | Coroutine[Any, Any, httpx.Response]]


class Counted:
    """A source of tokens that counts, and takes its time."""

    def __init__(self) -> None:
        self.issued: list[tuple[str, str]] = []
        self.lasts_s = 1_000.0

    async def issue(self, audience: str, scope: str) -> Token:
        self.issued.append((audience, scope))
        await asyncio.sleep(0)
        return Token(f"{audience} {scope} {len(self.issued)}", self.lasts_s)


def told(work: Coroutine[Any, Any, Any]) -> OpenlineError:
    with pytest.raises(OpenlineError) as caught:
        asyncio.run(work)
    return caught.value


def calls(answer: Answer, **more: Any) -> Calls:
    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return Calls(http, Tokens(Counted(), lambda: 0.0), **more)


# Tokens -------------------------------------------------------------------------------------------
def test_a_token_is_asked_for_once_for_each_host_and_scopes_and_again_before_it_expires() -> None:
    async def story() -> None:
        source, now_s = Counted(), [0.0]
        tokens = Tokens(source, lambda: now_s[0])
        both = await asyncio.gather(
            tokens.token("https://a.test/x", ("s2", "s1")),
            tokens.token("https://a.test:8443/y", ("s1", "s2")),
        )
        assert both[0] == both[1]
        assert source.issued == [("a.test", "s1 s2")]
        await tokens.token("https://b.test", ("s1",))
        now_s[0] = 1_000.0 - RENEW_BEFORE_S - 0.1
        assert await tokens.token("https://a.test", ("s1", "s2")) == both[0]
        now_s[0] = 1_000.0 - RENEW_BEFORE_S
        assert await tokens.token("https://a.test", ("s1", "s2")) != both[0]
        assert len(source.issued) == 3

    asyncio.run(story())


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (rsa.generate_private_key(public_exponent=65_537, key_size=2_048), "RS256"),
        (ec.generate_private_key(ec.SECP256R1()), "ES256"),
    ],
)
def test_a_token_of_ours_says_who_to_whom_and_for_what(key: Any, algorithm: str) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    token = asyncio.run(SelfMade(pem, "me", lambda: 1_000_000.0).issue("a.test", "s1 s2"))
    claims = jwt.decode(
        token.text, key.public_key(), algorithms=[algorithm], audience="a.test", options={"verify_exp": False}
    )
    assert (claims["sub"], claims["scope"]) == ("me", "s1 s2")
    assert claims["exp"] - claims["nbf"] <= LIFETIME_S + 1
    assert token.expires_s == claims["exp"]


def test_a_key_that_signs_nothing_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        SelfMade(b"no key", "me")
    assert caught.value.field == "f3548.token_key"


def test_an_issuer_is_asked_for_client_credentials() -> None:
    seen: list[str] = []

    def issuer(request: httpx.Request) -> httpx.Response:
        seen.append(request.content.decode())
        return httpx.Response(200, json={"access_token": "opaque", "expires_in": 100, "token_type": "bearer"})

    http = httpx.AsyncClient(transport=httpx.MockTransport(issuer))
    token = asyncio.run(
        Issued(http, "https://issuer.test/token", "me", "secret", lambda: 50.0).issue("a", "s")
    )
    assert token == Token("opaque", 150.0)
    assert "grant_type=client_credentials" in seen[0]
    assert "client_secret=secret" in seen[0]


@pytest.mark.parametrize(
    "answer", [httpx.Response(403), httpx.Response(200, text="{}"), httpx.ConnectError("")]
)
def test_without_a_token_nothing_can_be_asked(answer: Any) -> None:
    def issuer(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]

    http = httpx.AsyncClient(transport=httpx.MockTransport(issuer))
    fault = told(Issued(http, "https://issuer.test", "me", None).issue("a", "s"))
    assert isinstance(fault, Unavailable)
    assert fault.code == "no-token"


def test_an_audience_is_the_host_without_its_port() -> None:
    assert audience_of("http://scdsc.uss1.localutm:8074/mock/scd") == "scdsc.uss1.localutm"


# Calls --------------------------------------------------------------------------------------------
def test_a_call_carries_its_token_and_is_recorded() -> None:
    records: list[wire.ExchangeRecord] = []
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(404, json={"message": "no"})

    fault = told(Peers(calls(answer, record=records.append)).intent("https://b.test/utm", ID))
    assert isinstance(fault, NotFound)
    assert fault.party == "b.test"
    assert seen[0].url == f"https://b.test/utm/uss/v1/operational_intents/{ID}"
    assert seen[0].headers["authorization"] == "Bearer b.test utm.strategic_coordination 1"
    assert [(one.method, one.response_code) for one in records] == [("GET", 404)]


def test_who_is_too_slow_is_asked_once_more_and_then_named(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        await asyncio.sleep(60)
        raise AssertionError

    monkeypatch.setattr("openline.link.f3548.MAX_RESPOND_TO_OI_DETAILS_REQUEST_MS", 10)
    monkeypatch.setattr("openline.link.f3548.SECOND_TRY_MS", 20)
    fault = told(Peers(calls(answer)).intent("https://b.test", ID))
    assert (fault.code, fault.party) == ("no-answer", "b.test")
    assert asked == ["GET", "GET"]


def test_an_answer_longer_than_the_limit_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    async def endless() -> Any:
        while True:
            read.append(1)
            yield b"x" * 1_000

    fault = told(
        calls(lambda request: httpx.Response(200, content=endless()))(
            "GET", "https://b.test", ("s",), within_ms=5_000, at_most=10_000
        )
    )
    assert isinstance(fault, LimitExceeded)
    assert len(read) <= 11
    assert f3548_calls.recorded(b"x" * 10**6).__len__() < 12_000


def test_without_tls_nobody_is_asked_unless_it_is_allowed() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={})

    fault = told(Peers(calls(answer)).intent("http://b.test", ID))
    assert (fault.code, fault.party) == ("no-tls", "b.test")
    assert told(Peers(calls(answer, allow_http=True)).intent("http://b.test", ID)).code == "bad-answer"
    assert told(Peers(calls(answer)).intent("ftp://b.test", ID)).code == "bad-url"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Invalid),
        (401, Unverifiable),
        (403, Unverifiable),
        (404, NotFound),
        (409, Refused),
        (412, Refused),
        (413, LimitExceeded),
        (429, Unavailable),
        (500, Unavailable),
        (302, Unavailable),
    ],
)
def test_a_refusal_of_the_dss_keeps_its_meaning_and_its_words(status: int, kind: type[OpenlineError]) -> None:
    dss = HttpDss("https://dss.test", calls(lambda _: httpx.Response(status, json={"message": "because"})))
    fault = told(dss(ask.GetOperationalIntent(ME, ID)))
    assert type(fault) is kind
    assert fault.party == "dss.test"
    assert "because" in fault.text


def test_a_409_that_names_what_is_missing_is_a_conflict_of_the_key() -> None:
    reference = wire.OperationalIntentReference(
        id=ID,
        manager="them",
        uss_availability=wire.UssAvailabilityState.NORMAL,
        version=1,
        state=wire.OperationalIntentState.ACCEPTED,
        time_start=wire.Time("2026-01-01T00:00:00Z", "RFC3339"),
        time_end=wire.Time("2026-01-01T01:00:00Z", "RFC3339"),
        uss_base_url="https://b.test",
        subscription_id=ID,
    )
    body = msgspec.json.encode(wire.AirspaceConflictResponse("key", (reference,)))
    dss = HttpDss("https://dss.test", calls(lambda _: httpx.Response(409, content=body)))
    parameters = wire.PutOperationalIntentReferenceParameters(
        (), wire.OperationalIntentState.ACCEPTED, "https://a.test"
    )
    fault = told(dss(ask.PutOperationalIntent(ME, ID, None, parameters)))
    assert isinstance(fault, AirspaceConflict)
    assert fault.answer.missing_operational_intents == (reference,)


STATE = wire.OperationalIntentState


def _put(state: wire.OperationalIntentState, ovn: str | None = None) -> ask.PutOperationalIntent:
    parameters = wire.PutOperationalIntentReferenceParameters((), state, "https://a.test")
    return ask.PutOperationalIntent(ME, ID, ovn, parameters)


AREA = wire.QueryOperationalIntentReferenceParameters()
INTENTS = "/dss/v1/operational_intent_references"


@pytest.mark.parametrize(
    ("request_", "method", "path", "scopes"),
    [
        (_put(STATE.ACCEPTED), "PUT", f"{INTENTS}/{ID}", "utm.strategic_coordination"),
        (_put(STATE.ACTIVATED, "a/b"), "PUT", f"{INTENTS}/{ID}/a%2Fb", "utm.strategic_coordination"),
        (_put(STATE.CONTINGENT, "o"), "PUT", f"{INTENTS}/{ID}/o", "utm.conformance_monitoring_sa"),
        (
            ask.DeleteOperationalIntent(ME, ID, "o"),
            "DELETE",
            f"{INTENTS}/{ID}/o",
            "utm.strategic_coordination",
        ),
        (ask.QueryOperationalIntents(ME, AREA), "POST", f"{INTENTS}/query", "utm.strategic_coordination"),
        (
            ask.GetConstraint(ME, ID),
            "GET",
            f"/dss/v1/constraint_references/{ID}",
            "utm.constraint_processing",
        ),
        (ask.GetAvailability(ME, "b"), "GET", "/dss/v1/uss_availability/b", "utm.strategic_coordination"),
        (
            ask.DeleteSubscription(ME, ID, "v"),
            "DELETE",
            f"/dss/v1/subscriptions/{ID}/v",
            "utm.strategic_coordination",
        ),
    ],
)
def test_a_request_to_the_dss_has_its_method_path_and_scope(
    request_: ask.Request, method: str, path: str, scopes: str
) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(500)

    told(HttpDss("https://dss.test/", calls(answer))(request_))
    assert seen[0].method == method
    assert seen[0].url.raw_path.decode() == path
    assert scopes in seen[0].headers["authorization"]


def test_details_of_something_else_are_none() -> None:
    body = {
        "operational_intent": {
            "reference": {
                "id": "22222222-2222-4222-8222-222222222222",
                "manager": "b",
                "uss_availability": "Normal",
                "version": 1,
                "state": "Accepted",
                "time_start": {"value": "2026-01-01T00:00:00Z", "format": "RFC3339"},
                "time_end": {"value": "2026-01-01T00:00:00Z", "format": "RFC3339"},
                "uss_base_url": "https://b.test",
                "subscription_id": ID,
            },
            "details": {},
        }
    }
    fault = told(Peers(calls(lambda _: httpx.Response(200, json=body))).intent("https://b.test", ID))
    assert (fault.code, fault.party) == ("wrong-entity", "b.test")
