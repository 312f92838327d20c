"""A token issuer for trying it alone: keys, tokens, and the small server that F3548 clients ask for them.

It believes whoever asks it. In operation an authority issues the tokens, and its public key is what the
settings name.
"""

import base64
import binascii
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qs

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openline.errors import Invalid, OpenlineError

LIFETIME_S: Final = 3_600
"""The longest that a token lives (F3548-21 A4: no further than one hour)."""
MAX_FORM_BYTES: Final = 16 * 1024
ISSUER: Final = "openline-development"
_RSA_BITS: Final = 2048


class Wanted(msgspec.Struct, frozen=True):
    """What a token is to say. scope: separated by blanks."""

    sub: str
    scope: str
    audience: str
    lifetime_s: int = LIFETIME_S
    issuer: str = ISSUER


class IssuerKey:
    """A private key, and the algorithm that goes with it."""

    def __init__(self, pem: bytes) -> None:
        """Raises Invalid ``bad-token-key``."""
        try:
            key = load_pem_private_key(pem, None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as fault:
            raise Invalid("bad-token-key", f"it is no private key: {fault}"[:200], field="--key") from None
        self.key: Any = key
        if isinstance(key, rsa.RSAPrivateKey):
            self.algorithm = "RS256"
        elif isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
            self.algorithm = "ES256"
        else:
            raise Invalid("bad-token-key", "it is neither an RSA nor a P-256 key", field="--key")

    @property
    def public_pem(self) -> bytes:
        pem: bytes = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return pem

    def jwks(self) -> dict[str, Any]:
        reader = RSAAlgorithm.to_jwk if self.algorithm == "RS256" else ECAlgorithm.to_jwk
        return {"keys": [dict(reader(self.key.public_key(), as_dict=True)) | {"use": "sig"}]}

    def token(self, wanted: Wanted, now_s: int) -> str:
        """Raises Invalid ``missing-claim``, ``token-too-long-lived``."""
        for name, text in (("sub", wanted.sub), ("scope", wanted.scope), ("audience", wanted.audience)):
            if not text.strip():
                raise Invalid("missing-claim", f"a token needs its {name}", field=name)
        if not 0 < wanted.lifetime_s <= LIFETIME_S:
            text = f"a token lives from 1 to {LIFETIME_S} s"
            raise Invalid("token-too-long-lived", text, field="lifetime", clause="F3548-21 A4 exp")
        claims = {
            "iss": wanted.issuer,
            "sub": wanted.sub,
            "client_id": wanted.sub,
            "aud": wanted.audience,
            "scope": wanted.scope,
            "nbf": now_s - 1,
            "iat": now_s,
            "exp": now_s + wanted.lifetime_s,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, self.key, algorithm=self.algorithm)


def new_key(algorithm: str) -> bytes:
    """A private key as PEM; algorithm: RS256 or ES256."""
    key: Any = (
        rsa.generate_private_key(65_537, _RSA_BITS)
        if algorithm == "RS256"
        else ec.generate_private_key(ec.SECP256R1())
    )
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem


# As a server --------------------------------------------------------------------------------------
def issuer_app(key: IssuerKey, now_s: Callable[[], float] = time.time) -> Starlette:
    """``GET|POST /token`` (RFC 6749 client credentials, and InterUSS' dummy OAuth), ``GET /jwks.json``."""

    async def token(request: Request) -> Response:
        try:
            given = dict(request.query_params) | await _form(request) | _basic(request)
            wanted = wanted_of(given, int(now_s()))
            made = key.token(wanted, int(now_s()))
        except OpenlineError as fault:
            told = {"error": "invalid_request", "error_description": fault.text, "message": fault.text}
            return _json(told, 400)
        return _json(
            {
                "access_token": made,
                "token_type": "Bearer",
                "expires_in": wanted.lifetime_s,
                "scope": wanted.scope,
            }
        )

    async def jwks(request: Request) -> Response:
        return _json(key.jwks())

    return Starlette(
        routes=[Route("/token", token, methods=["GET", "POST"]), Route("/jwks.json", jwks, methods=["GET"])]
    )


def wanted_of(given: Mapping[str, str], now_s: int) -> Wanted:
    """Raises Invalid for another grant, and where the time of expiry is no time."""
    if given.get("grant_type", "client_credentials") != "client_credentials":
        raise Invalid("bad-grant", "grant_type is client_credentials here", field="grant_type")
    lifetime_s = LIFETIME_S
    if "expire" in given:
        if not (given["expire"].isascii() and given["expire"].isdigit() and len(given["expire"]) < 12):
            raise Invalid("bad-time", "expire is in seconds since 1970", field="expire")
        lifetime_s = min(LIFETIME_S, int(given["expire"]) - now_s)
    return Wanted(
        sub=given.get("sub") or given.get("client_id") or "",
        scope=given.get("scope", ""),
        audience=given.get("intended_audience") or given.get("audience") or given.get("resource") or "",
        lifetime_s=lifetime_s,
        issuer=given.get("issuer", ISSUER),
    )


async def _form(request: Request) -> dict[str, str]:
    if request.method != "POST":
        return {}
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_FORM_BYTES:
            raise Invalid("body-too-large", f"at most {MAX_FORM_BYTES:,} bytes", clause="MAX_FORM_BYTES")
    return {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _basic(request: Request) -> dict[str, str]:
    """The name of HTTP Basic; nobody's password is looked at here."""
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return {}
    try:
        name = base64.b64decode(text, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return {}
    return {"client_id": name}


def _json(value: Any, status: int = 200) -> Response:
    return Response(
        msgspec.json.encode(value), status, {"cache-control": "no-store"}, media_type="application/json"
    )
