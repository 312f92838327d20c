"""The connections to one partner: several, kept warm, so that what one of them loses goes over another."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx

from openline.errors import Unavailable
from openline.link.batch import MAX_BODY_BYTES, MEDIA_TYPE, Answer, body_too_large, decode_answer
from openline.link.failures import ANSWERED
from openline.link.pace import give_up_s
from openline.link.sockets import OPTIONS

WARM: Final = 3
"""Connections that stand ready while a session is open."""
MAX_CONNECTIONS: Final = 32
"""Beyond that the one that has waited longest for its answer is given up for the next."""
CONNECT_TIMEOUT_S: Final = 5.0
WARM_AGAIN_S: Final = 25.0
"""A connection that has been idle for so long is used once, so that nobody on the way forgets it."""
KEEP_S: Final = 60.0
"""Less than the listener's patience with an idle connection."""

_HEADERS: Final = {"content-type": MEDIA_TYPE, "accept": MEDIA_TYPE, "accept-encoding": "identity"}
_PATIENCE: Final = {"timeout": {"connect": CONNECT_TIMEOUT_S, "read": None, "write": None, "pool": None}}
"""A connection may take so long; who uses it sees to the rest."""


class GivenUp(Exception):
    """The connection was taken away from here, for a newer exchange: no fault of anybody."""


class _Channel:
    """One connection at the most. It is httpx's transport without its client: nothing here is redirected,
    authenticated or kept in cookies, and no proxy that happens to be in the environment stands between two
    control centres.
    """

    def __init__(self, trust: ssl.SSLContext) -> None:
        self._http = httpx.AsyncHTTPTransport(
            verify=trust,
            limits=httpx.Limits(max_connections=1, keepalive_expiry=KEEP_S),
            socket_options=OPTIONS,
            trust_env=False,
        )
        self.used_s: float | None = None

    @property
    def is_warm(self) -> bool:
        return self.used_s is not None and time.monotonic() - self.used_s < KEEP_S

    async def post(self, url: httpx.URL, body: bytes) -> Answer:
        async with self._asked("POST", url, body) as response:
            media_type = response.headers.get("content-type", "")
            if response.status_code != 200 or media_type != MEDIA_TYPE:
                raise Unavailable(
                    f"{ANSWERED}{response.status_code}",
                    f"the partner's listener answered {response.status_code} {media_type[:60]}",
                    field="partners.url",
                )
            answer = decode_answer(await _bounded(response))
        self.used_s = time.monotonic()
        return answer

    async def touch(self, url: httpx.URL) -> None:
        """Open the connection, or use it, for nothing but itself."""
        async with self._asked("GET", url) as response:
            await _bounded(response)
        self.used_s = time.monotonic()

    @asynccontextmanager
    async def _asked(
        self, method: str, url: httpx.URL, body: bytes | None = None
    ) -> AsyncIterator[httpx.Response]:
        """The answer, of which only the head has come yet."""
        request = httpx.Request(method, url, headers=_HEADERS, content=body, extensions=_PATIENCE)
        response = await self._http.handle_async_request(request)
        try:
            yield response
        finally:
            await response.aclose()

    async def close(self) -> None:
        await self._http.aclose()


class Channels:
    """To one partner. Each exchange has a connection to itself until its answer has come."""

    def __init__(self, base_url: str, path: str, trust: ssl.SSLContext) -> None:
        self._url = httpx.URL(base_url + path)
        self._health = httpx.URL(base_url + "/health")
        self._trust = trust
        self._idle: list[_Channel] = []  # the last one answered last
        self._busy: dict[_Channel, asyncio.Task[Any]] = {}  # the first one has waited longest
        self._touching = 0
        self._beside: set[asyncio.Task[None]] = set()

    async def post(self, body: bytes, *, fresh: bool = False) -> Answer:
        """The partner's answer. fresh: over a new connection, for the old ones may all be dead.

        Raises as httpx does; TimeoutError; Unavailable ``partner-answered-...``; LimitExceeded
        ``body-too-large``; GivenUp.
        """
        channel = self._new() if fresh else self._free()
        was_warm = channel.is_warm
        try:
            return await self._use(channel, channel.post(self._url, body), give_up_s(len(body)))
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            if not was_warm:
                raise
        channel = self._new()  # the partner has closed it while it was idle
        return await self._use(channel, channel.post(self._url, body), give_up_s(len(body)))

    def keep_warm(self) -> None:
        """Open what is missing of the warm connections, and use those that have been idle for long."""
        now_s = time.monotonic()
        self._idle, cold = (
            [it for it in self._idle if it.is_warm],
            [it for it in self._idle if not it.is_warm],
        )
        for channel in cold:
            self._later(channel.close())
        stale = [it for it in self._idle if now_s - (it.used_s or 0.0) > WARM_AGAIN_S]
        missing = max(0, WARM - len(self._idle) - len(self._busy) - self._touching)
        for channel in stale:
            self._idle.remove(channel)
        for channel in (*stale, *(_Channel(self._trust) for _ in range(missing))):
            self._touching += 1
            self._later(self._touch(channel))

    def drop(self) -> None:
        """The partner was not reached: what is open is of no use any more."""
        for channel in self._idle:
            self._later(channel.close())
        self._idle = []
        for task in self._busy.values():
            task.cancel()

    async def close(self) -> None:
        self.drop()
        waiting = [*self._busy.values(), *self._beside]
        await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.gather(*self._beside, return_exceptions=True)

    # Connections come and go

    def _free(self) -> _Channel:
        while self._idle:
            channel = self._idle.pop()
            if channel.is_warm:
                return channel
            self._later(channel.close())
        return self._new()

    def _new(self) -> _Channel:
        if len(self._busy) >= MAX_CONNECTIONS:
            next(iter(self._busy.values())).cancel()
        return _Channel(self._trust)

    async def _use(self, channel: _Channel, work: Coroutine[Any, Any, Answer], at_most_s: float) -> Answer:
        """Do this work on the channel, which is free again afterwards; one that failed is closed."""
        task = asyncio.ensure_future(work)
        self._busy[channel] = task
        try:
            async with asyncio.timeout(at_most_s):
                answer = await task
        except asyncio.CancelledError:
            self._later(channel.close())
            this = asyncio.current_task()
            if this is not None and this.cancelling():
                raise
            raise GivenUp from None
        except BaseException:
            self._later(channel.close())
            raise
        finally:
            self._busy.pop(channel, None)
        self._idle.append(channel)
        return answer

    async def _touch(self, channel: _Channel) -> None:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await channel.touch(self._health)
        except (httpx.HTTPError, OSError):
            await channel.close()
        else:
            self._idle.insert(0, channel)
        finally:
            self._touching -= 1

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)


async def _bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise body_too_large()
    return bytes(body)
