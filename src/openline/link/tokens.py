"""Bearer tokens for what we ask of others: fetched from an issuer or made here, and kept while they last."""

import asyncio
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final, Protocol
from urllib.parse import urlsplit

import httpx
import jwt
import msgspec

from openline.errors import Invalid, OpenlineError, Unavailable

LIFETIME_S: Final = 3_600
"""Of a token that we make ourselves; what others take at most."""
RENEW_BEFORE_S: Final = 60
"""A token is not used in its last minute: clocks differ, and a call takes time."""
MAX_TOKENS: Final = 1_000
"""Audiences times scopes whose tokens are kept; the longest unused go first."""
MAX_TOKEN_BYTES: Final = 64 * 1024
ISSUER_TIMEOUT_S: Final = 5.0


class Token(msgspec.Struct, frozen=True):
    """text: as it goes behind ``Bearer``; expires_s: Unix seconds."""

    text: str
    expires_s: float


class Source(Protocol):
    """Where tokens come from."""

    async def issue(self, audience: str, scope: str) -> Token: ...


def audience_of(url: str) -> str:
    """The host that is called, without the port: what InterUSS' implementations expect as ``aud``."""
    return urlsplit(url).hostname or ""


class SelfMade:
    """Makes tokens with a private key (RSA or P-256), for trying it alone: whoever believes the key believes
    all that it says.
    """

    def __init__(self, key_pem: bytes, manager: str, now_s: Callable[[], float] = time.time) -> None:
        """Raises Invalid ``bad-token-key``."""
        from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            key = load_pem_private_key(key_pem, None)
        except (ValueError, TypeError) as fault:
            raise _bad_key(str(fault)) from None
        if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
            raise _bad_key("it is of another kind")
        self._key = key
        self._algorithm = "RS256" if isinstance(key, RSAPrivateKey) else "ES256"
        self._manager = manager
        self._now_s = now_s

    async def issue(self, audience: str, scope: str) -> Token:
        now = int(self._now_s())
        claims = {
            "iss": self._manager,
            "sub": self._manager,
            "client_id": self._manager,
            "aud": audience,
            "scope": scope,
            "nbf": now - 1,
            "iat": now,
            "exp": now + LIFETIME_S,
            "jti": str(uuid.uuid4()),
        }
        return Token(jwt.encode(claims, self._key, algorithm=self._algorithm), now + LIFETIME_S)


class Issued:
    """Asks an issuer (OAuth 2 client credentials, RFC 6749 section 4.4)."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        token_url: str,
        client_id: str,
        secret: str | None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._http = http
        self._url = token_url
        self._client_id = client_id
        self._secret = secret
        self._now_s = now_s

    async def issue(self, audience: str, scope: str) -> Token:
        """Raises Unavailable ``no-token``."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "scope": scope,
            "audience": audience,
            "resource": audience,
        }
        if self._secret is not None:
            form["client_secret"] = self._secret
        try:
            async with asyncio.timeout(ISSUER_TIMEOUT_S):
                answer = await self._http.post(self._url, data=form)
        except (httpx.HTTPError, OSError, TimeoutError) as fault:
            raise _no_token(f"the issuer of tokens does not answer ({type(fault).__name__})") from None
        if answer.status_code != 200:
            raise _no_token(f"the issuer of tokens answered {answer.status_code}")
        return self._read(answer.content)

    def _read(self, body: bytes) -> Token:
        try:
            grant = msgspec.json.decode(body[:MAX_TOKEN_BYTES], type=_Grant)
        except msgspec.MsgspecError:
            raise _no_token("the issuer's answer is no grant of a token (RFC 6749 5.1)") from None
        lasts_s = _expiry_of(grant.access_token)
        return Token(grant.access_token, lasts_s or self._now_s() + (grant.expires_in or LIFETIME_S))


class _Grant(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: float | None = None


def _expiry_of(text: str) -> float | None:
    """Its own ``exp``, read without trust: it only says how long it is worth keeping."""
    try:
        expires = jwt.decode(text, options={"verify_signature": False}).get("exp")
    except jwt.PyJWTError:
        return None
    return float(expires) if isinstance(expires, int | float) else None


class Tokens:
    """Keeps tokens by audience and scope until a minute before they expire; one fetch of each at a time."""

    def __init__(self, source: Source, now_s: Callable[[], float] = time.time) -> None:
        self._source = source
        self._now_s = now_s
        self._kept: OrderedDict[tuple[str, str], Token] = OrderedDict()
        self._fetching: dict[tuple[str, str], asyncio.Task[Token]] = {}

    async def token(self, url: str, scopes: Iterable[str]) -> str:
        """For a call of the URL. Raises Unavailable ``no-token``."""
        key = (audience_of(url), " ".join(sorted(scopes)))
        kept = self._kept.get(key)
        if kept is not None and self._now_s() < kept.expires_s - RENEW_BEFORE_S:
            self._kept.move_to_end(key)
            return kept.text
        fetching = self._fetching.get(key)
        if fetching is None:
            fetching = asyncio.create_task(self._source.issue(*key))
            self._fetching[key] = fetching
            fetching.add_done_callback(lambda done: self._fetched(key, done))
        # shielded: whoever gives up waiting does not take the token away from the others
        return (await asyncio.shield(fetching)).text

    def _fetched(self, key: tuple[str, str], done: asyncio.Task[Token]) -> None:
        self._fetching.pop(key, None)
        if done.cancelled() or done.exception() is not None:
            return
        self._kept[key] = done.result()
        self._kept.move_to_end(key)
        while len(self._kept) > MAX_TOKENS:
            self._kept.popitem(last=False)


def _bad_key(why: str) -> OpenlineError:
    return Invalid(
        "bad-token-key",
        f"this is no private key to sign tokens with: {why[:120]}",
        field="f3548.token_key",
        remedy="give an RSA or P-256 private key as PEM, without a passphrase",
    )


def _no_token(text: str) -> Unavailable:
    return Unavailable("no-token", text, field="f3548.token_url")
