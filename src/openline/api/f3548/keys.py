"""The public keys of those whose tokens are believed: from PEM and JWKS texts, and from a URL.

A key goes with one algorithm, so that no token can choose another one for it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import msgspec
import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from jwt.exceptions import InvalidKeyError

from openline.api.f3548.limits import KEYS_AGAIN_S, KEYS_WAIT_S, MAX_JWKS_BYTES, MAX_KEYS
from openline.errors import Invalid, OpenlineError

MIN_RSA_BITS: Final = 2048
_log = structlog.get_logger("openline.f3548")

Fetch = Callable[[], Awaitable[bytes]]


class Key(msgspec.Struct, frozen=True):
    """kid: None where it has no name. algorithm: RS256 or ES256."""

    kid: str | None
    algorithm: str
    public: Any


def read_keys(data: bytes) -> tuple[Key, ...]:
    """The keys of a PEM file (public keys, certificates) or a JWKS. Raises Invalid ``bad-keys``."""
    keys = _of_jwks(data) if data.lstrip()[:1] == b"{" else _of_pem(data)
    if not keys:
        raise Invalid("bad-keys", "there is no RSA or P-256 key in it", field="f3548.keys", remedy=REMEDY)
    return keys


REMEDY: Final = "give PEM public keys or certificates, or a JWKS; openline token keys makes a pair"


def _of_pem(data: bytes) -> tuple[Key, ...]:
    if b"PRIVATE KEY" in data:
        raise Invalid("private-key", "it is a private key", field="f3548.keys", remedy=REMEDY)
    found = []
    for part in data.split(b"-----BEGIN ")[1 : MAX_KEYS + 1]:
        pem = b"-----BEGIN " + part
        try:
            public = (
                load_pem_x509_certificate(pem).public_key()
                if part.startswith(b"CERTIFICATE")
                else load_pem_public_key(pem)
            )
        except (ValueError, UnsupportedAlgorithm) as fault:
            text = f"a key cannot be read: {fault}"
            raise Invalid("bad-keys", text[:200], field="f3548.keys", remedy=REMEDY) from None
        found.append(_key(None, public))
    return tuple(key for key in found if key)


class _Jwks(msgspec.Struct, frozen=True):
    keys: tuple[dict[str, Any], ...]


def _of_jwks(data: bytes) -> tuple[Key, ...]:
    """What is for another use, or of another kind, is passed over."""
    try:
        listed = msgspec.json.decode(data, type=_Jwks).keys[:MAX_KEYS]
    except (msgspec.MsgspecError, RecursionError) as fault:
        raise Invalid("bad-keys", f"it is no JWKS: {fault}"[:200], field="f3548.keys") from None
    found = (_of_jwk(jwk) for jwk in listed if jwk.get("use", "sig") == "sig")
    return tuple(key for key in found if key)


def _of_jwk(jwk: dict[str, Any]) -> Key | None:
    reader = {"RSA": RSAAlgorithm.from_jwk, "EC": ECAlgorithm.from_jwk}.get(str(jwk.get("kty")))
    if reader is None:
        return None
    public_parts = {name: value for name, value in jwk.items() if name in ("kty", "n", "e", "crv", "x", "y")}
    try:
        public = reader(public_parts)
    except (InvalidKeyError, ValueError, TypeError):
        return None
    key = _key(jwk.get("kid") if isinstance(jwk.get("kid"), str) else None, public)
    return key if key and jwk.get("alg", key.algorithm) == key.algorithm else None


def _key(kid: str | None, public: Any) -> Key | None:
    if isinstance(public, RSAPublicKey) and public.key_size >= MIN_RSA_BITS:
        return Key(kid, "RS256", public)
    if isinstance(public, EllipticCurvePublicKey) and isinstance(public.curve, SECP256R1):
        return Key(kid, "ES256", public)
    return None


class Keys:
    """Fixed keys, and those of a URL as last fetched.

    changed: called when a key has gone, so that nothing goes on being believed because of it.
    """

    def __init__(
        self,
        fixed: Iterable[Key] = (),
        fetch: Fetch | None = None,
        steady_s: Callable[[], float] = time.monotonic,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._fixed = tuple(fixed)
        self._fetched: tuple[Key, ...] = ()
        self._fetch = fetch
        self._steady_s = steady_s
        self._asked_s: float | None = None
        self._asking: asyncio.Task[None] | None = None
        self.changed = changed

    def __len__(self) -> int:
        return len(self._fixed) + len(self._fetched)

    def candidates(self, kid: str | None, algorithm: str) -> tuple[Key, ...]:
        """A named key where the token names one, else all; keys without a name may be any."""
        return tuple(
            key
            for key in (*self._fixed, *self._fetched)
            if key.algorithm == algorithm and (kid is None or key.kid is None or key.kid == kid)
        )

    def knows(self, kid: str | None) -> bool:
        return kid is None or any(key.kid == kid for key in (*self._fixed, *self._fetched))

    async def ask_again(self) -> None:
        """For a key that is not known: wait for the asking that is under way, or begin one, but not sooner
        than KEYS_AGAIN_S after the last. Never raises.
        """
        under_way = self._asking is not None and not self._asking.done()
        asked_s = self._asked_s
        if under_way or asked_s is None or self._steady_s() - asked_s >= KEYS_AGAIN_S:
            await self.refresh()

    async def refresh(self) -> None:
        """Ask now, once however many want it; where it fails, what is known stands. Never raises."""
        if self._fetch is None:
            return
        if self._asking is None or self._asking.done():
            self._asking = asyncio.ensure_future(self._ask(self._fetch))
        await asyncio.shield(self._asking)

    async def _ask(self, fetch: Fetch) -> None:
        self._asked_s = self._steady_s()
        try:
            async with asyncio.timeout(KEYS_WAIT_S):
                data = await fetch()
            if len(data) > MAX_JWKS_BYTES:
                raise Invalid("jwks-too-large", f"more than {MAX_JWKS_BYTES:,} bytes", field="jwks_url")
            fetched = read_keys(data)
        except (OpenlineError, OSError, TimeoutError) as fault:
            _log.warning("keys not fetched", fault=str(fault)[:200])
            return
        gone = {(key.kid, key.algorithm, _numbers(key)) for key in self._fetched} - {
            (key.kid, key.algorithm, _numbers(key)) for key in fetched
        }
        self._fetched = fetched
        if gone:
            self.changed()


def _numbers(key: Key) -> Any:
    return key.public.public_numbers()
