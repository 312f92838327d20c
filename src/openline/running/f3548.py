"""The listener for suppliers: keys, tokens and limits from the settings, and the application behind it."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import msgspec
import structlog

from openline.api.f3548.application import F3548App
from openline.api.f3548.auth import Tokens
from openline.api.f3548.keys import Fetch, Key, Keys, read_keys
from openline.api.f3548.limits import KEYS_EVERY_S, KEYS_WAIT_S, MAX_JWKS_BYTES
from openline.api.f3548.operation import Operation
from openline.api.f3548.refusals import refusal
from openline.bootstrap import F3548
from openline.errors import Invalid, NotFound, OpenlineError
from openline.running.listening import bind, config_of, in_home, serving_on
from openline.running.patience import Patient, watch

MAX_CONNECTIONS: Final = 1_000
"""Of suppliers, at once; further ones are told 503."""
NAME: Final = "f3548"
_log = structlog.get_logger("openline.f3548")


class Place(msgspec.Struct, frozen=True):
    """Where suppliers come to, before anybody is let in: base_url has no slash at its end."""

    settings: F3548
    home: Path
    bound: socket.socket
    base_url: str
    keys: Keys
    tokens: Tokens

    @property
    def port(self) -> int:
        return int(self.bound.getsockname()[1])


@contextlib.contextmanager
def placed(settings: F3548, home: Path) -> Iterator[Place]:
    """Raises Invalid ``bad-host``, ``bad-keys``; NotFound ``no-such-file`` for keys; Unavailable
    ``port-taken``.
    """
    keys = Keys(read_key_files(settings, home), _fetch_of(settings))
    with bind(settings, NAME) as bound:
        base_url = _base_url(settings, bound)
        tokens = Tokens(keys, audiences(settings, base_url), time.time, settings.clock_margin_s)
        yield Place(settings, home, bound, base_url, keys, tokens)


@contextlib.asynccontextmanager
async def supplying(place: Place, operations: Sequence[Operation]) -> AsyncIterator[F3548App]:
    """The listener at work; it stops when the block ends. Raises Invalid ``bad-tls``."""
    app = F3548App(operations, place.tokens, place.settings.requests_per_second)
    config = config_of(app, place.settings, NAME, place.home, _OfSuppliers, MAX_CONNECTIONS)
    if not len(place.keys) and place.settings.jwks_url is None:
        _log.warning("nobody's tokens are believed: f3548.keys and f3548.jwks_url are empty")
    async with serving_on(place.bound, config) as server, _beside(watch(server), _refresh(place.keys)):
        yield app


class _OfSuppliers(Patient):
    @staticmethod
    def body_of(fault: OpenlineError) -> bytes:
        return refusal(fault, None)[1]


def read_key_files(settings: F3548, home: Path) -> tuple[Key, ...]:
    found: list[Key] = []
    for name in settings.keys:
        try:
            found += read_keys(Path(in_home(home, name) or name).read_bytes())
        except OSError as fault:
            raise NotFound(
                "no-such-file", f"{name} cannot be read ({fault.strerror})", field="f3548.keys"
            ) from None
        except Invalid as fault:
            fault.message = name
            raise
    return tuple(found)


def audiences(settings: F3548, base_url: str) -> tuple[str, ...]:
    """What tokens may call us: as configured, or the host of our base URL (F3548-21 A4: its domain name)."""
    return settings.audiences or (urlsplit(base_url).hostname or settings.host,)


def _base_url(settings: F3548, bound: socket.socket) -> str:
    if settings.base_url:
        return settings.base_url.rstrip("/")
    scheme = "https" if settings.tls_certificate else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{scheme}://{host}:{bound.getsockname()[1]}"


def _fetch_of(settings: F3548) -> Fetch | None:
    url = settings.jwks_url
    if url is None:
        return None

    async def fetch() -> bytes:
        try:
            async with httpx.AsyncClient(timeout=KEYS_WAIT_S, trust_env=False) as http:
                return await _read_at_most(http, url, MAX_JWKS_BYTES)
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise OSError(f"{url}: {fault or type(fault).__name__}") from None

    return fetch


async def _read_at_most(http: httpx.AsyncClient, url: str, most: int) -> bytes:
    """One byte more than the limit at the most, so that the reader sees that it is too large."""
    body = bytearray()
    async with http.stream("GET", url) as answer:
        answer.raise_for_status()
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > most:
                break
    return bytes(body[: most + 1])


async def _refresh(keys: Keys) -> None:
    while True:
        await keys.refresh()
        await asyncio.sleep(KEYS_EVERY_S)


@contextlib.asynccontextmanager
async def _beside(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(it) for it in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
