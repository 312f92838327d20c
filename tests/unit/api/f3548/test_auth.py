"""Bearer tokens: who is believed, who is told 401, and who 403."""

import asyncio
import base64
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from openline.api.f3548.auth import Tokens
from openline.api.f3548.keys import Keys, read_keys
from openline.api.f3548.limits import KEYS_AGAIN_S, MAX_KEYS
from openline.errors import Invalid
from unit.api.f3548.f3548_room import AUDIENCE, EC_KEY, ID, RSA_KEY, Room, private_pem, public_pem, token

STRANGER = rsa.generate_private_key(65537, 2048)
SMALL = rsa.generate_private_key(65537, 1024)
P384 = ec.generate_private_key(ec.SECP384R1())
PATH = f"/dss/v1/operational_intent_references/{ID}"
NOW = int(time.time())
ROOM = Room()


def unsigned(header: dict[str, Any]) -> str:
    parts = (header, {"sub": "uss1", "aud": AUDIENCE, "exp": NOW + 60, "scope": "utm.strategic_coordination"})
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*coded, ""])


def confused() -> str:
    """HS256 with the public key's text for a secret."""
    head, body, _ = unsigned({"alg": "HS256", "typ": "JWT"}).split(".")
    signed = jwt.PyJWS().encode(b"{}", "a secret that is long enough for HMAC", algorithm="HS256")
    return f"{head}.{body}.{signed.rpartition('.')[2]}"


BELIEVED = {
    "RS256": token(),
    "ES256": token(key=EC_KEY, algorithm="ES256"),
    "one of its audiences": token(aud=["other.example.com", AUDIENCE]),
    "named by a key that no key here has": token(headers={"kid": "some"}),
    "without nbf, iss, jti": token(without=("nbf", "iss", "jti")),
}
REFUSED = {
    "expired": (token(exp=NOW - 3600), "token-expired"),
    "not yet": (token(nbf=NOW + 86_400), "token-not-yet"),
    "issued in the future": (token(iat=NOW + 86_400), "token-not-yet"),
    "without exp": (token(without=("exp",)), "token-malformed"),
    "without sub": (token(without=("sub",)), "token-malformed"),
    "an empty sub": (token(sub=""), "token-malformed"),
    "a sub of 257 characters": (token(sub="x" * 257), "token-malformed"),
    "without aud": (token(without=("aud",)), "token-malformed"),
    "for another": (token(aud="other.example.com"), "wrong-audience"),
    "for nobody": (token(aud=[]), "wrong-audience"),
    "signed by a stranger": (token(key=STRANGER), "bad-signature"),
    "altered": (token()[:-10] + "AAAAAAAAAA", "bad-signature"),
    "RS512": (token(algorithm="RS512"), "wrong-algorithm"),
    "PS256": (token(algorithm="PS256"), "wrong-algorithm"),
    "HS256": (confused(), "wrong-algorithm"),
    "none": (unsigned({"alg": "none"}), "wrong-algorithm"),
    "ES256 said of an RSA signature": (unsigned({"alg": "ES256"}) + "AAAA", "bad-signature"),
    "crit": (unsigned({"alg": "RS256", "crit": ["exp"]}) + "AAAA", "token-malformed"),
    "65 scopes": (token([f"s{n}" for n in range(65)]), "token-malformed"),
    "not a JWT": ("abc", "token-malformed"),
    "two parts": ("e30.e30", "token-malformed"),
    "of 9,000 bytes": ("e30." + "x" * 9_000, "token-too-large"),
}


@pytest.mark.parametrize("given", BELIEVED.values(), ids=BELIEVED)
def test_a_good_token_is_believed(given: str) -> None:
    assert ROOM.ask("GET", PATH, auth=given).status_code == 200
    assert ROOM.dss.asked[-1].caller.manager == "uss1"


@pytest.mark.parametrize(("given", "code"), REFUSED.values(), ids=REFUSED)
def test_a_bad_token_is_told_401_and_why(given: str, code: str) -> None:
    before = len(ROOM.dss.asked)
    answer = ROOM.ask("GET", PATH, auth=given)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer.json()["message"]
    assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
    assert len(ROOM.dss.asked) == before


@pytest.mark.parametrize("header", [None, "", "Basic dXNzMTp4", "Bearer", "bearer \xe9"])
def test_who_brings_no_token_is_asked_for_one(header: str | None) -> None:
    headers = {} if header is None else {"authorization": header.encode("latin-1")}
    answer = ROOM.ask("GET", PATH, auth=None, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_without_any_scope_is_no_token() -> None:
    answer = ROOM.ask("GET", PATH, auth=token([]))
    assert (answer.status_code, answer.json()["code"]) == (401, "no-scope")


def test_a_body_is_not_read_before_its_sender_is_known() -> None:
    assert ROOM.ask("PUT", PATH, auth=None, content=b"{").status_code == 401


@pytest.mark.parametrize("operation", [it for it in ROOM.operations if it.scopes], ids=lambda it: it.id)
def test_each_alternative_of_scopes_opens_its_operation_and_nothing_less_does(operation: Any) -> None:
    path = operation.path.replace("{entityid}", ID).replace("{subscriptionid}", ID)
    path = path.replace("{ovn}", "o").replace("{version}", "v").replace("{uss_id}", "u")
    every = {scope for needed in operation.scopes for scope in needed}
    for needed in operation.scopes:
        assert ROOM.ask(operation.method, path, auth=token(needed)).status_code != 403
        left = sorted(needed)[1:]
        if left and frozenset(left) not in operation.scopes:
            assert ROOM.ask(operation.method, path, auth=token(left)).status_code == 403
    others = {scope for it in ROOM.operations for one in it.scopes or () for scope in one} - every
    answer = ROOM.ask(operation.method, path, auth=token(others | {"utm"}))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"exp": NOW - 4}, 200),
        ({"exp": NOW - 5}, 401),
        ({"nbf": NOW + 5, "iat": NOW + 5}, 200),
        ({"nbf": NOW + 6}, 401),
        ({"iat": NOW + 6}, 401),
    ],
)
def test_clocks_may_differ_by_the_margin(claims: dict[str, int], status: int) -> None:
    room = Room(now_s=lambda: float(NOW))
    assert room.ask("GET", PATH, auth=token(**({"nbf": NOW - 10} | claims))).status_code == status


def test_a_signature_is_checked_once_and_not_after_its_end() -> None:
    now = [float(NOW)]
    room = Room(now_s=lambda: now[0])
    bearer = b"Bearer " + token(exp=NOW + 60, nbf=NOW).encode()
    caller = asyncio.run(room.tokens.verify(bearer))
    assert room.tokens.known(bearer) is caller
    now[0] += 59 + 5
    assert room.tokens.known(bearer) is caller
    now[0] += 2
    assert room.tokens.known(bearer) is None


def test_no_more_tokens_are_remembered_than_the_limit() -> None:
    tokens = Tokens(Keys(read_keys(public_pem(RSA_KEY))), [AUDIENCE], time.time, most=2)
    bearers = [f"Bearer {token(sub=f'uss{number}')}".encode() for number in range(3)]
    for bearer in bearers:
        asyncio.run(tokens.verify(bearer))
    assert [tokens.known(bearer) is not None for bearer in bearers] == [False, True, True]


# Keys ---------------------------------------------------------------------------------------------
def jwk(key: Any, **more: Any) -> dict[str, Any]:
    make = RSAAlgorithm.to_jwk if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm.to_jwk
    return dict(make(key.public_key(), as_dict=True)) | more


def jwks(*listed: Any) -> bytes:
    return json.dumps({"keys": listed}).encode()


def test_keys_are_read_from_pem_and_jwks() -> None:
    assert [it.algorithm for it in read_keys(public_pem(RSA_KEY) + public_pem(EC_KEY))] == ["RS256", "ES256"]
    found = read_keys(jwks(jwk(RSA_KEY, kid="a"), jwk(EC_KEY, kid="b", alg="ES256")))
    assert [(it.kid, it.algorithm) for it in found] == [("a", "RS256"), ("b", "ES256")]


def test_what_is_no_key_for_signing_is_passed_over() -> None:
    passed = [
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "RSA", "n": "!", "e": "AQAB"},
        jwk(RSA_KEY, use="enc"),
        jwk(RSA_KEY, alg="RS512"),
        jwk(SMALL),
        jwk(P384),
    ]
    assert len(read_keys(jwks(*passed, jwk(RSA_KEY)))) == 1
    assert len(read_keys(jwks(*[jwk(EC_KEY, kid=str(n)) for n in range(MAX_KEYS + 5)]))) == MAX_KEYS


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b'{"keys": []}', b"\xff", private_pem(RSA_KEY), public_pem(SMALL), jwks({"kty": "oct"})],
    ids=["empty", "no keys", "none", "not a text", "private", "small", "symmetric"],
)
def test_a_file_without_a_key_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid, match=r"bad-keys|private-key") as refused:
        read_keys(data)
    assert refused.value.field == "f3548.keys"


class Published:
    """A JWKS URL under a steady clock."""

    def __init__(self, *listed: Any) -> None:
        self.listed = listed
        self.asked = 0
        self.fails = False
        self.now_s = 0.0
        self.keys = Keys((), self.fetch, lambda: self.now_s)
        self.room = Room(keys=self.keys)

    async def fetch(self) -> bytes:
        self.asked += 1
        if self.fails:
            raise OSError("no answer")
        return jwks(*self.listed)

    def status(self, given: str) -> int:
        return self.room.ask("GET", PATH, auth=given).status_code


def test_a_key_that_is_new_is_fetched_when_a_token_names_it_and_not_more_often_than_the_limit() -> None:
    issuer = Published(jwk(RSA_KEY, kid="old"))
    assert issuer.status(token(headers={"kid": "old"})) == 200
    issuer.listed = (jwk(RSA_KEY, kid="old"), jwk(STRANGER, kid="new"))
    new = token(key=STRANGER, headers={"kid": "new"})
    issuer.now_s += KEYS_AGAIN_S - 1
    assert (issuer.status(new), issuer.asked) == (401, 1)
    issuer.now_s += 2
    assert (issuer.status(new), issuer.asked) == (200, 2)


def test_what_a_withdrawn_key_has_signed_is_believed_no_longer() -> None:
    issuer = Published(jwk(RSA_KEY, kid="old"))
    given = token(headers={"kid": "old"})
    assert issuer.status(given) == 200
    issuer.listed = (jwk(STRANGER, kid="new"),)
    asyncio.run(issuer.keys.refresh())
    assert issuer.status(given) == 401


def test_known_keys_stand_while_their_url_does_not_answer_and_without_any_it_is_our_fault() -> None:
    issuer = Published(jwk(RSA_KEY, kid="old"))
    issuer.fails = True
    assert issuer.status(token()) == 503
    issuer.fails = False
    issuer.now_s += KEYS_AGAIN_S
    assert issuer.status(token()) == 200
    issuer.fails = True
    asyncio.run(issuer.keys.refresh())
    assert issuer.status(token(sub="uss2")) == 200
