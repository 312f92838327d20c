"""Who asks, and what he may: OAuth 2 bearer tokens, JWTs signed with RS256 or ES256 (F3548-21 A4, RFC 6750).

A signature is checked once a token: what was verified is remembered, by its hash, until it expires.
"""

import hashlib
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final

import jwt
import msgspec

from openline.api.f3548.keys import Keys
from openline.api.f3548.limits import MAX_SCOPES, MAX_SUBJECT, MAX_TOKEN_BYTES, MAX_VERIFIED
from openline.api.f3548.operation import Scopes
from openline.api.f3548.refusals import BadToken
from openline.errors import Refused, Unavailable
from openline.utm.dss.requests import Caller

ALGORITHMS: Final = ("RS256", "ES256")
_JWS: Final = jwt.PyJWS(algorithms=list(ALGORITHMS))


class _Header(msgspec.Struct, frozen=True):
    alg: str
    kid: str | None = None
    crit: Any = None


class _Claims(msgspec.Struct, frozen=True):
    """exp, nbf, iat: seconds since 1970."""

    sub: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_SUBJECT)]
    exp: float
    aud: str | tuple[str, ...]
    scope: str = ""
    nbf: float | None = None
    iat: float | None = None


class _Verified(msgspec.Struct, frozen=True):
    caller: Caller
    until_s: float


_read_header: Final = msgspec.json.Decoder(_Header).decode
_read_claims: Final = msgspec.json.Decoder(_Claims).decode


class Tokens:
    """Turns an Authorization header into a caller.

    audiences: the names by which tokens may mean us. now_s: seconds since 1970. All faults are BadToken
    (401), but Unavailable ``keys-unknown`` where no key is known yet because its URL has not answered.
    """

    def __init__(
        self,
        keys: Keys,
        audiences: Iterable[str],
        now_s: Callable[[], float],
        margin_s: float = 5.0,
        most: int = MAX_VERIFIED,
    ) -> None:
        self._keys = keys
        self._audiences = frozenset(audiences)
        self._now_s = now_s
        self._margin_s = margin_s
        self._most = most
        self._verified: dict[bytes, _Verified] = {}
        keys.changed = self._verified.clear

    def known(self, authorization: bytes | None) -> Caller | None:
        """The caller of a token that was verified before and has not expired."""
        if authorization is None:
            return None
        name = hashlib.sha256(authorization).digest()
        found = self._verified.get(name)
        if found is None:
            return None
        if found.until_s <= self._now_s():
            del self._verified[name]
            return None
        return found.caller

    async def verify(self, authorization: bytes | None) -> Caller:
        token = _bearer(authorization)
        header = _header(token)
        claims = await self._signed(token, header)
        self._check_times(claims)
        self._check_audience(claims)
        caller = Caller(claims.sub, _scopes(claims))
        self._remember(authorization or b"", caller, claims.exp + self._margin_s)
        return caller

    async def _signed(self, token: str, header: _Header) -> _Claims:
        """The claims, once the signature fits a key. A key that is not known may be new: its URL is asked."""
        if not self._keys.knows(header.kid):
            await self._keys.ask_again()
        keys = self._keys.candidates(header.kid, header.alg)
        if not keys and not len(self._keys):
            await self._keys.ask_again()
            keys = self._keys.candidates(header.kid, header.alg)
            if not keys and not len(self._keys):
                raise Unavailable(
                    "keys-unknown", "no key of an issuer is known here (yet)", field="f3548.keys"
                )
        for key in keys:
            try:
                payload = _JWS.decode(token, key.public, algorithms=[key.algorithm])
            except jwt.InvalidTokenError:
                continue
            return _claims(payload)
        raise _refused("bad-signature" if keys else "unknown-key", "no key that is believed here signed it")

    def _check_times(self, claims: _Claims) -> None:
        now, margin = self._now_s(), self._margin_s
        if claims.exp + margin <= now:
            raise _refused("token-expired", "its time is over", field="exp")
        if claims.nbf is not None and claims.nbf - margin > now:
            raise _refused("token-not-yet", "its time has not begun", field="nbf")
        if claims.iat is not None and claims.iat - margin > now:
            raise _refused("token-not-yet", "it was issued in the future", field="iat")

    def _check_audience(self, claims: _Claims) -> None:
        named = (claims.aud,) if isinstance(claims.aud, str) else claims.aud
        if self._audiences.isdisjoint(named):
            raise _refused(
                "wrong-audience",
                f"it is for {', '.join(named)[:100]!r}",
                field="aud",
                remedy=f"ask the issuer for one for {' or '.join(sorted(self._audiences))}",
            )

    def _remember(self, authorization: bytes, caller: Caller, until_s: float) -> None:
        if len(self._verified) >= self._most:
            del self._verified[next(iter(self._verified))]
        self._verified[hashlib.sha256(authorization).digest()] = _Verified(caller, until_s)


def check_scopes(caller: Caller, scopes: Scopes) -> None:
    """Raises Refused ``scope-missing`` (403); BadToken ``no-scope`` where a token allows nothing."""
    if not scopes:
        return
    for needed in scopes:
        if needed <= caller.scopes:
            return
    if not caller.scopes:
        raise _refused("no-scope", "the token names no scope", field="scope", clause="F3548-21 A4 security")
    wanted = ", or ".join(" with ".join(sorted(needed)) for needed in scopes)
    raise Refused(
        "scope-missing",
        "the token is good, and does not allow this",
        field="scope",
        clause="F3548-21 A4 security",
        remedy=f"ask for {wanted}",
    )


def _bearer(authorization: bytes | None) -> str:
    if not authorization:
        raise _refused("token-missing", "it takes a bearer token", field="authorization")
    if len(authorization) > MAX_TOKEN_BYTES:
        raise _refused("token-too-large", f"more than {MAX_TOKEN_BYTES:,} bytes", clause="MAX_TOKEN_BYTES")
    kind, _, token = authorization.partition(b" ")
    if kind.lower() != b"bearer" or not token.isascii():
        raise _refused("token-missing", "it takes a bearer token", field="authorization")
    return token.strip().decode()


def _header(token: str) -> _Header:
    try:
        header = _read_header(jwt.utils.base64url_decode(token.partition(".")[0]))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise _refused("token-malformed", "it is no JWT") from None
    if header.alg not in ALGORITHMS:
        raise _refused("wrong-algorithm", f"signed with {header.alg[:20]!r}", remedy="use RS256 or ES256")
    if header.crit is not None:
        raise _refused("token-malformed", "it demands what is not understood here", field="crit")
    return header


def _claims(payload: bytes) -> _Claims:
    try:
        return _read_claims(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError) as fault:
        raise _refused("token-malformed", f"its claims do not do: {fault}"[:200]) from None


def _scopes(claims: _Claims) -> frozenset[str]:
    scopes = claims.scope.split()
    if len(scopes) > MAX_SCOPES:
        raise _refused("token-malformed", f"more than {MAX_SCOPES} scopes", field="scope")
    return frozenset(scopes)


def _refused(code: str, text: str, **more: str | None) -> BadToken:
    return BadToken(code, text, **more)
